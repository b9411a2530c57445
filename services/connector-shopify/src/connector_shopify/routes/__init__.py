"""HTTP in: Shopify's webhooks, what it asks about buyers' data, and the shops of a tenant."""

from connector_shopify.routes.accounts import accounts_router
from connector_shopify.routes.connecting import Connecting, ConnectRequest, connecting_router
from connector_shopify.routes.hooks import Hearing, hooks_router
from connector_shopify.routes.oauth import oauth_router
from connector_shopify.routes.privacy import privacy_router
from connector_shopify.routes.testing import testing_router

__all__ = [
    "ConnectRequest",
    "Connecting",
    "Hearing",
    "accounts_router",
    "connecting_router",
    "hooks_router",
    "oauth_router",
    "privacy_router",
    "testing_router",
]
