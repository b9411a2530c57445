"""Background work only Shopify needs."""

from connector_shopify.jobs.payouts import ReadPayouts
from connector_shopify.jobs.scopes import CheckScopes
from connector_shopify.jobs.tokens import RenewTokens

__all__ = [
    "CheckScopes",
    "ReadPayouts",
    "RenewTokens",
]
