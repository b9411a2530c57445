"""Mutations of stock, of variants and of products."""

from sandbox.shopify.mutations.inventory import adjust_quantities, set_quantities
from sandbox.shopify.mutations.products import product_update, publish, unpublish
from sandbox.shopify.mutations.variants import bulk_update, item_update

__all__ = [
    "adjust_quantities",
    "bulk_update",
    "item_update",
    "product_update",
    "publish",
    "set_quantities",
    "unpublish",
]
