"""SQL only Shopify needs."""

from connector_shopify.store.privacy import forget_dead_webhooks, forget_raw_webhooks
from connector_shopify.store.takedowns import (
    finish_product,
    forget_products,
    forget_variants,
    release_product,
    release_variant,
    save_sold_out,
    scopes_of,
    sold_out_of,
    take_product,
    take_variant,
    taken_products,
    taken_variant,
)

__all__ = [
    "finish_product",
    "forget_dead_webhooks",
    "forget_products",
    "forget_raw_webhooks",
    "forget_variants",
    "release_product",
    "release_variant",
    "save_sold_out",
    "scopes_of",
    "sold_out_of",
    "take_product",
    "take_variant",
    "taken_products",
    "taken_variant",
]
