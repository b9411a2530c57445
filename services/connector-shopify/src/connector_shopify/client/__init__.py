"""Outgoing HTTP to shops: Admin GraphQL calls, their limits, and what their answers mean."""

from connector_shopify.client.checks import Checks
from connector_shopify.client.documents import API_VERSION, DOCUMENTS
from connector_shopify.client.http import Admin
from connector_shopify.client.limits import Bucket, Limits
from connector_shopify.client.marketplace import ShopifyMarketplace
from connector_shopify.client.shops import ShopReader
from connector_shopify.client.subscriptions import Subscriptions

__all__ = [
    "API_VERSION",
    "DOCUMENTS",
    "Admin",
    "Bucket",
    "Checks",
    "Limits",
    "ShopReader",
    "ShopifyMarketplace",
    "Subscriptions",
]
