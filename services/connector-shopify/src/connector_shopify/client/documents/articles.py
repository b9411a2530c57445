"""Reading articles."""

from __future__ import annotations

from connector_shopify.client.documents.parts import MORE

_VARIANT = f"""
      id title sku price inventoryQuantity inventoryPolicy updatedAt
      inventoryItem {{
        id tracked updatedAt
        inventoryLevels(first: $levels) {{
          {MORE}
          nodes {{ updatedAt location {{ id }} quantities(names: ["available"]) {{ quantity }} }}
        }}
      }}
      product {{
        id title status updatedAt vendor onlineStoreUrl featuredMedia {{ preview {{ image {{ url }} }} }}
      }}"""

ARTICLES = {
    "Variant": f"""query Variant($id: ID!, $levels: Int!) {{
      productVariant(id: $id) {{ {_VARIANT} }}
      shop {{ currencyCode }}
    }}""",
    "ItemVariant": f"""query ItemVariant($id: ID!, $levels: Int!) {{
      inventoryItem(id: $id) {{ variant {{ {_VARIANT} }} }}
      shop {{ currencyCode }}
    }}""",
    "Variants": f"""query Variants($first: Int!, $after: String, $query: String, $levels: Int!) {{
      productVariants(first: $first, after: $after, query: $query, sortKey: ID) {{ {MORE} nodes {{ {_VARIANT} }} }}
      shop {{ currencyCode }}
    }}""",
    "ChangedVariants": f"""query ChangedVariants($first: Int!, $after: String, $query: String, $levels: Int!) {{
      productVariants(first: $first, after: $after, query: $query, sortKey: ID) {{ {MORE} nodes {{ {_VARIANT} }} }}
      shop {{ currencyCode }}
    }}""",
    "ChangedProducts": f"""query ChangedProducts($first: Int!, $after: String, $query: String!) {{
      products(first: $first, after: $after, query: $query, sortKey: ID) {{ {MORE} nodes {{ id }} }}
    }}""",
    "CountVariants": "query CountVariants { productVariantsCount(limit: null) { count precision } }",
    "Levels": f"""query Levels($id: ID!, $levels: Int!, $after: String) {{
      inventoryItem(id: $id) {{
        inventoryLevels(first: $levels, after: $after) {{
          {MORE}
          nodes {{ updatedAt location {{ id }} quantities(names: ["available"]) {{ quantity }} }}
        }}
      }}
    }}""",
}
