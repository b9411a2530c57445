"""Outgoing HTTP to shops: Admin GraphQL calls, their limits, and what their answers mean."""

from connector_shopify.client.checks import Checks
from connector_shopify.client.documents import API_VERSION, DOCUMENTS
from connector_shopify.client.http import Admin
from connector_shopify.client.leaving import Farewell
from connector_shopify.client.limits import Bucket, Limits
from connector_shopify.client.marketplace import ShopifyMarketplace
from connector_shopify.client.memory import Takedowns
from connector_shopify.client.oauth import App, OAuth
from connector_shopify.client.payments import Payments
from connector_shopify.client.products import Products
from connector_shopify.client.shops import ShopReader
from connector_shopify.client.subscriptions import Registered, Subscriptions
from connector_shopify.client.tokens import Tokens

__all__ = [
    "API_VERSION",
    "DOCUMENTS",
    "Admin",
    "App",
    "Bucket",
    "Checks",
    "Farewell",
    "Limits",
    "OAuth",
    "Payments",
    "Products",
    "Registered",
    "ShopReader",
    "ShopifyMarketplace",
    "Subscriptions",
    "Takedowns",
    "Tokens",
]
