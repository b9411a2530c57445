"""HTTP in: Shopify's webhooks, and the shops of a tenant."""

from connector_shopify.routes.accounts import ConnectRequest, accounts_router
from connector_shopify.routes.hooks import hooks_router

__all__ = ["ConnectRequest", "accounts_router", "hooks_router"]
