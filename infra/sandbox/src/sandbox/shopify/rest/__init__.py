"""Webhook bodies in the REST shapes: orders, refunds, products, inventory levels, the shop."""

from sandbox.shopify.rest.orders import edit_body, order_body
from sandbox.shopify.rest.parts import refund_body, shipment_body
from sandbox.shopify.rest.products import bulk_body, level_body, product_body, scopes_body, shop_body
from sandbox.shopify.rest.values import Body

__all__ = [
    "Body",
    "bulk_body",
    "edit_body",
    "level_body",
    "order_body",
    "product_body",
    "refund_body",
    "scopes_body",
    "shipment_body",
    "shop_body",
]
