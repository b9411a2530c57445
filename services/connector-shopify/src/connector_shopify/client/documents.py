"""The GraphQL documents of this connector, by operation name, for Admin API 2026-10."""

from __future__ import annotations

API_VERSION = "2026-10"

_MONEY = "{ shopMoney { amount } }"
_MORE = "pageInfo { hasNextPage endCursor }"

_LINES = f"""
        {_MORE}
        nodes {{
          id name sku quantity currentQuantity
          originalTotalSet {_MONEY}
          discountAllocations {{ allocatedAmountSet {_MONEY} }}
          taxLines {{ priceSet {_MONEY} }}
          variant {{ id }}
        }}"""
_PARCELS = f"""
      fulfillments {{
        id status createdAt
        trackingInfo {{ company number url }}
        fulfillmentLineItems(first: $parts) {{ {_MORE} nodes {{ quantity lineItem {{ id }} }} }}
      }}"""
_REFUNDS = f"""
      refunds {{
        id processedAt
        refundLineItems(first: $parts) {{
          {_MORE}
          nodes {{ lineItem {{ id }} quantity restockType subtotalSet {_MONEY} totalTaxSet {_MONEY} }}
        }}
        transactions(first: $charges) {{ {_MORE} nodes {{ kind status amountSet {_MONEY} }} }}
      }}"""
# The inner pages are small, for they multiply a query's cost; an order that holds more is read on its own.
_ORDER = f"""
      id name currencyCode displayFinancialStatus processedAt updatedAt cancelledAt taxesIncluded test
      totalTaxSet {_MONEY}
      shippingLines(first: $charges) {{
        {_MORE}
        nodes {{ originalPriceSet {_MONEY} discountAllocations {{ allocatedAmountSet {_MONEY} }} }}
      }}
      lineItems(first: $lines) {{ {_LINES} }}
      {_PARCELS}
      {_REFUNDS}"""
_VARIANT = f"""
      id title sku price inventoryQuantity inventoryPolicy
      inventoryItem {{
        id tracked
        inventoryLevels(first: $levels) {{
          {_MORE}
          nodes {{ location {{ id }} quantities(names: ["available"]) {{ quantity }} }}
        }}
      }}
      product {{ id title status vendor onlineStoreUrl featuredMedia {{ preview {{ image {{ url }} }} }} }}"""

DOCUMENTS = {
    "Shop": "query Shop { shop { id name myshopifyDomain currencyCode } }",
    "Orders": f"""query Orders(
      $first: Int!, $after: String, $query: String!, $lines: Int!, $parts: Int!, $charges: Int!
    ) {{
      orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {{ {_MORE} nodes {{ {_ORDER} }} }}
    }}""",
    "Order": f"""query Order($id: ID!, $lines: Int!, $parts: Int!, $charges: Int!) {{
      order(id: $id) {{ {_ORDER} }}
    }}""",
    "OrderLines": f"""query OrderLines($id: ID!, $lines: Int!, $after: String) {{
      order(id: $id) {{ lineItems(first: $lines, after: $after) {{ {_LINES} }} }}
    }}""",
    "OrderParcels": f"query OrderParcels($id: ID!, $parts: Int!) {{ order(id: $id) {{ {_PARCELS} }} }}",
    "OrderRefunds": f"""query OrderRefunds($id: ID!, $parts: Int!, $charges: Int!) {{
      order(id: $id) {{ {_REFUNDS} }}
    }}""",
    "Variant": f"""query Variant($id: ID!, $levels: Int!) {{
      productVariant(id: $id) {{ {_VARIANT} }}
      shop {{ currencyCode }}
    }}""",
    "ItemVariant": f"""query ItemVariant($id: ID!, $levels: Int!) {{
      inventoryItem(id: $id) {{ variant {{ {_VARIANT} }} }}
      shop {{ currencyCode }}
    }}""",
    "Variants": f"""query Variants($first: Int!, $after: String, $query: String, $levels: Int!) {{
      productVariants(first: $first, after: $after, query: $query, sortKey: ID) {{ {_MORE} nodes {{ {_VARIANT} }} }}
      shop {{ currencyCode }}
    }}""",
    "Siblings": f"""query Siblings($id: ID!) {{
      product(id: $id) {{
        variants(first: 100) {{ {_MORE} nodes {{ id inventoryQuantity inventoryPolicy inventoryItem {{ tracked }} }} }}
      }}
    }}""",
    "SetQuantities": """mutation SetQuantities($input: InventorySetQuantitiesInput!, $key: String!) {
      inventorySetQuantities(input: $input) @idempotent(key: $key) { userErrors { code message } }
    }""",
    "DraftProduct": """mutation DraftProduct($product: ProductUpdateInput!) {
      productUpdate(product: $product) { userErrors { message } }
    }""",
    "Subscriptions": f"""query Subscriptions($after: String) {{
      webhookSubscriptions(first: 100, after: $after) {{ {_MORE} nodes {{ id topic uri }} }}
    }}""",
    "Subscribe": """mutation Subscribe($topic: WebhookSubscriptionTopic!, $webhookSubscription: WebhookSubscriptionInput!) {
      webhookSubscriptionCreate(topic: $topic, webhookSubscription: $webhookSubscription) {
        userErrors { message }
      }
    }""",
}
