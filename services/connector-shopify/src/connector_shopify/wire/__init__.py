"""Shopify's JSON ↔ domain: webhooks (REST shapes), Admin GraphQL answers, both to one normalised form."""

from connector_shopify.wire.graphql import Cost, OrderNode, OtherVariant, Shop, UserError, VariantNode
from connector_shopify.wire.listings import levels_of, seen_variant
from connector_shopify.wire.orders import order_lines
from connector_shopify.wire.rest import OrderBody
from connector_shopify.wire.signature import signed_by
from connector_shopify.wire.webhooks import SHOP_HEADER, SUBSCRIBED, TOPICS, map_webhook

__all__ = [
    "SHOP_HEADER",
    "SUBSCRIBED",
    "TOPICS",
    "Cost",
    "OrderBody",
    "OrderNode",
    "OtherVariant",
    "Shop",
    "UserError",
    "VariantNode",
    "levels_of",
    "map_webhook",
    "order_lines",
    "seen_variant",
    "signed_by",
]
