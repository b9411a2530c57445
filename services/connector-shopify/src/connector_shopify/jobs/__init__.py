"""Background work only Shopify needs."""

from connector_shopify.jobs.scopes import CheckScopes
from connector_shopify.jobs.tokens import RenewTokens

__all__ = ["CheckScopes", "RenewTokens"]
