"""The GraphQL operations of this connector, by name, against Admin API 2026-10."""

from __future__ import annotations

API_VERSION = "2026-10"

_MONEY = "{ shopMoney { amount } }"


def _order(lines: int, refunded: int, parcels: int) -> str:
    """An order's fields; inner pages are small, for their size counts towards the query's cost."""
    return f"""
      id name currencyCode displayFinancialStatus processedAt updatedAt cancelledAt taxesIncluded test
      totalShippingPriceSet {_MONEY}
      totalTaxSet {_MONEY}
      lineItems(first: {lines}) {{
        pageInfo {{ hasNextPage }}
        nodes {{
          id name sku quantity currentQuantity
          discountedTotalSet(withCodeDiscounts: true) {_MONEY}
          taxLines {{ priceSet {_MONEY} }}
          variant {{ id }}
        }}
      }}
      refunds {{
        id createdAt processedAt
        totalRefundedSet {_MONEY}
        refundLineItems(first: {refunded}) {{
          pageInfo {{ hasNextPage }}
          nodes {{ lineItem {{ id }} quantity restockType subtotalSet {_MONEY} totalTaxSet {_MONEY} }}
        }}
      }}
      fulfillments {{
        id status createdAt
        trackingInfo {{ company number url }}
        fulfillmentLineItems(first: {parcels}) {{
          pageInfo {{ hasNextPage }}
          nodes {{ lineItem {{ id }} }}
        }}
      }}"""


_VARIANT = """
      id title sku price inventoryQuantity inventoryPolicy
      inventoryItem {
        id tracked
        inventoryLevels(first: %d) {
          nodes { location { id } quantities(names: ["available"]) { name quantity } }
        }
      }
      product { id title status vendor onlineStoreUrl featuredMedia { preview { image { url } } } }"""

DOCUMENTS = {
    "Shop": "query Shop { shop { id name myshopifyDomain currencyCode } }",
    "Orders": f"""query Orders($first: Int!, $after: String, $query: String!) {{
      orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {{
        pageInfo {{ hasNextPage endCursor }}
        nodes {{ {_order(5, 3, 5)} }}
      }}
    }}""",
    "Order": f"query Order($id: ID!) {{ order(id: $id) {{ {_order(50, 40, 50)} }} }}",
    "Variant": f"query Variant($id: ID!) {{ productVariant(id: $id) {{ {_VARIANT % 10} }} }}",
    "ItemVariant": f"query ItemVariant($id: ID!) {{ inventoryItem(id: $id) {{ variant {{ {_VARIANT % 10} }} }} }}",
    "Variants": f"""query Variants($first: Int!, $after: String) {{
      productVariants(first: $first, after: $after, sortKey: ID) {{
        pageInfo {{ hasNextPage endCursor }}
        nodes {{ {_VARIANT % 3} }}
      }}
    }}""",
    "Siblings": """query Siblings($id: ID!) {
      product(id: $id) {
        status
        variants(first: 100) {
          pageInfo { hasNextPage }
          nodes { id inventoryQuantity inventoryPolicy inventoryItem { tracked } }
        }
      }
    }""",
    "SetQuantities": """mutation SetQuantities($input: InventorySetQuantitiesInput!, $key: String!) {
      inventorySetQuantities(input: $input) @idempotent(key: $key) {
        userErrors { code message }
      }
    }""",
    "DraftProduct": """mutation DraftProduct($product: ProductUpdateInput!) {
      productUpdate(product: $product) { userErrors { message } }
    }""",
    "Subscriptions": """query Subscriptions($after: String) {
      webhookSubscriptions(first: 100, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes { id topic uri }
      }
    }""",
    "Subscribe": """mutation Subscribe($topic: WebhookSubscriptionTopic!, $webhookSubscription: WebhookSubscriptionInput!) {
      webhookSubscriptionCreate(topic: $topic, webhookSubscription: $webhookSubscription) {
        userErrors { message }
      }
    }""",
}

# Points a call draws from the shop's bucket: about what its answer really costs, not the worst case asked for.
POINTS = {
    "Shop": 1.0,
    "Orders": 60.0,
    "Order": 15.0,
    "Variant": 10.0,
    "ItemVariant": 11.0,
    "Variants": 250.0,
    "Siblings": 25.0,
    "SetQuantities": 10.0,
    "DraftProduct": 10.0,
    "Subscriptions": 20.0,
    "Subscribe": 10.0,
}
