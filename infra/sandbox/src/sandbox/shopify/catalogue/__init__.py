"""Resolvers of what is for sale: products, variants, inventory items and levels."""

from typing import Any

from sandbox.shopify.catalogue import products, variants
from sandbox.shopify.catalogue.queries import product_page, variant_page, variants_count
from sandbox.shopify.catalogue.things import (
    Item,
    Level,
    Product,
    find_item,
    find_level,
    find_product,
    find_variant,
    product_by_number,
)

FIELDS: dict[str, dict[str, Any]] = {**products.FIELDS, **variants.FIELDS}

__all__ = [
    "FIELDS",
    "Item",
    "Level",
    "Product",
    "find_item",
    "find_level",
    "find_product",
    "find_variant",
    "product_by_number",
    "product_page",
    "variant_page",
    "variants_count",
]
