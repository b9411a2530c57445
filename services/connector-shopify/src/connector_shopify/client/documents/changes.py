"""Changing what is for sale: parts of mutations, and the documents that carry one or two of them in one request."""

from __future__ import annotations

from itertools import product

from connector_shopify.client.documents.parts import MORE

# What a part asks for by itself: its variables, and the root field that it is.
_STOCK = {
    "SetQuantities": (
        "$input: InventorySetQuantitiesInput!, $key: String!",
        "inventorySetQuantities(input: $input) @idempotent(key: $key) { userErrors { code message } }",
    ),
    "ChangeVariant": (
        "$of: ID!, $variants: [ProductVariantsBulkInput!]!",
        "productVariantsBulkUpdate(productId: $of, variants: $variants, allowPartialUpdates: false) "
        "{ userErrors { code message } }",
    ),
}
_PRODUCT = {
    "SetStatus": (
        "$product: ProductUpdateInput!",
        "productUpdate(product: $product) { userErrors { message } }",
    ),
    "Publish": (
        "$product_id: ID!, $publications: [PublicationInput!]!",
        "publishablePublish(id: $product_id, input: $publications) { userErrors { message } }",
    ),
}
_UNPUBLISH = (
    "$product_id: ID!, $publications: [PublicationInput!]!",
    "publishableUnpublish(id: $product_id, input: $publications) { userErrors { message } }",
)


def _document(name: str, *parts: tuple[str, str]) -> str:
    """Root fields of a mutation are carried out one after the other, each whether or not the one before it was."""
    variables = ", ".join(variables for variables, _ in parts)
    return f"mutation {name}({variables}) {{ {' '.join(field for _, field in parts)} }}"


def both(of_product: str, of_stock: str) -> str:
    """The name of the document that does the one, then the other."""
    return f"{of_product}And{of_stock}"


CHANGES = {
    **{name: _document(name, part) for name, part in {**_STOCK, **_PRODUCT, "Unpublish": _UNPUBLISH}.items()},
    **{
        both(first, then): _document(both(first, then), _PRODUCT[first], _STOCK[then])
        for first, then in product(_PRODUCT, _STOCK)
    },
    "Product": f"""query Product($id: ID!, $after: String) {{
      product(id: $id) {{
        status updatedAt
        variants(first: 100, after: $after) {{
          {MORE}
          nodes {{ id updatedAt availableForSale inventoryQuantity inventoryPolicy inventoryItem {{ tracked updatedAt }} }}
        }}
      }}
    }}""",
    "ProductPublications": f"""query ProductPublications($id: ID!, $after: String) {{
      product(id: $id) {{
        status
        resourcePublications(first: 50, after: $after, onlyPublished: true) {{
          {MORE} nodes {{ publication {{ id }} }}
        }}
      }}
    }}""",
    "PublicationsOfSeveral": f"""query PublicationsOfSeveral($ids: [ID!]!, $each: Int!) {{
      nodes(ids: $ids) {{
        ... on Product {{
          id status
          resourcePublications(first: $each, onlyPublished: true) {{
            {MORE} nodes {{ publication {{ id }} }}
          }}
        }}
      }}
    }}""",
}
