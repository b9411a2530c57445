"""Reading orders."""

from __future__ import annotations

from connector_shopify.client.documents.parts import BOTH, MONEY, MORE

_LINES = f"""
        {MORE}
        nodes {{
          id name sku quantity currentQuantity
          originalUnitPriceSet {BOTH}
          discountAllocations {{ allocatedAmountSet {BOTH} }}
          taxLines {{ priceSet {BOTH} }}
          variant {{ id }}
        }}"""
_PARCELS = f"""
      fulfillments {{
        id status createdAt
        trackingInfo {{ company number url }}
        fulfillmentLineItems(first: $parts) {{ {MORE} nodes {{ quantity lineItem {{ id }} }} }}
      }}"""
_REFUNDS = f"""
      refunds {{
        id processedAt
        refundLineItems(first: $parts) {{
          {MORE}
          nodes {{ lineItem {{ id }} quantity restockType subtotalSet {MONEY} totalTaxSet {MONEY} }}
        }}
        transactions(first: $charges) {{ {MORE} nodes {{ kind status amountSet {BOTH} }} }}
      }}"""
# The inner pages are small, for they multiply a query's cost; an order that holds more is read on its own.
_ORDER = f"""
      id name currencyCode presentmentCurrencyCode sourceName displayFinancialStatus
      processedAt updatedAt cancelledAt taxesIncluded test
      totalTaxSet {BOTH}
      totalPriceSet {BOTH}
      shippingLines(first: $shipping) {{
        {MORE}
        nodes {{
          originalPriceSet {BOTH}
          discountAllocations {{ allocatedAmountSet {BOTH} }}
          taxLines {{ priceSet {BOTH} }}
        }}
      }}
      lineItems(first: $lines) {{ {_LINES} }}
      {_PARCELS}
      {_REFUNDS}"""

ORDERS = {
    "Orders": f"""query Orders(
      $first: Int!, $after: String, $query: String!, $lines: Int!, $parts: Int!, $charges: Int!, $shipping: Int!
    ) {{
      orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {{ {MORE} nodes {{ {_ORDER} }} }}
    }}""",
    "Order": f"""query Order($id: ID!, $lines: Int!, $parts: Int!, $charges: Int!, $shipping: Int!) {{
      order(id: $id) {{ {_ORDER} }}
    }}""",
    "OrderLines": f"""query OrderLines($id: ID!, $lines: Int!, $after: String) {{
      order(id: $id) {{ lineItems(first: $lines, after: $after) {{ {_LINES} }} }}
    }}""",
    "OrderParcels": f"query OrderParcels($id: ID!, $parts: Int!) {{ order(id: $id) {{ {_PARCELS} }} }}",
    "OrderRefunds": f"""query OrderRefunds($id: ID!, $parts: Int!, $charges: Int!) {{
      order(id: $id) {{ {_REFUNDS} }}
    }}""",
}
