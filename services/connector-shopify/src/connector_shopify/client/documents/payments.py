"""Reading what Shopify Payments paid out."""

from __future__ import annotations

from connector_shopify.client.documents.parts import MORE

_SUM = "{ amount currencyCode }"

PAYMENTS = {
    "Payouts": f"""query Payouts($first: Int!, $after: String, $query: String) {{
      shopifyPaymentsAccount {{
        payouts(first: $first, after: $after, query: $query, sortKey: ISSUED_AT) {{
          {MORE}
          nodes {{ legacyResourceId status issuedAt net {_SUM} transactionType }}
        }}
      }}
    }}""",
    "BalanceTransactions": f"""query BalanceTransactions($first: Int!, $after: String, $query: String!) {{
      shopifyPaymentsAccount {{
        balanceTransactions(first: $first, after: $after, query: $query, sortKey: ID) {{
          {MORE}
          nodes {{ id type test transactionDate amount {_SUM} fee {_SUM} associatedOrder {{ id }} }}
        }}
      }}
    }}""",
}
