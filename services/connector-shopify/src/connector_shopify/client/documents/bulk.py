"""Reading all articles at once: Shopify writes them to a file."""

from __future__ import annotations

_STATE = "id status errorCode objectCount rootObjectCount url"

BULK = {
    "RunBulk": f"""mutation RunBulk($query: String!) {{
      bulkOperationRunQuery(query: $query, groupObjects: true) {{
        bulkOperation {{ {_STATE} query }}
        userErrors {{ code message }}
      }}
    }}""",
    "BulkOperation": f"query BulkOperation($id: ID!) {{ bulkOperation(id: $id) {{ {_STATE} query }} }}",
    "BulkOperations": f"""query BulkOperations($first: Int!) {{
      bulkOperations(first: $first, sortKey: CREATED_AT, reverse: false) {{ nodes {{ {_STATE} query }} }}
    }}""",
    "CancelBulk": """mutation CancelBulk($id: ID!) {
      bulkOperationCancel(id: $id) { userErrors { message } }
    }""",
}


def all_articles(name: str) -> str:
    """What a bulk operation reads: every variant with its stock. `name` tells it from others of the same shop."""
    return f"""query {name} {{
      productVariants {{
        edges {{ node {{
          id title sku price inventoryQuantity inventoryPolicy updatedAt
          inventoryItem {{
            id tracked updatedAt
            inventoryLevels {{
              edges {{ node {{ id updatedAt location {{ id }} quantities(names: ["available"]) {{ quantity }} }} }}
            }}
          }}
          product {{
            id title status updatedAt vendor onlineStoreUrl featuredMedia {{ preview {{ image {{ url }} }} }}
          }}
        }} }}
      }}
    }}"""
