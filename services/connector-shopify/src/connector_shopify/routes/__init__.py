"""HTTP in: Shopify's webhooks, and the shops of a tenant."""

from connector_shopify.routes.accounts import accounts_router
from connector_shopify.routes.connecting import ConnectRequest, connecting_router
from connector_shopify.routes.hooks import hooks_router
from connector_shopify.routes.testing import testing_router

__all__ = ["ConnectRequest", "accounts_router", "connecting_router", "hooks_router", "testing_router"]
