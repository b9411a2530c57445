"""Background work only Shopify needs."""

from connector_shopify.jobs.heard import NoteWebhooks
from connector_shopify.jobs.payouts import ReadPayouts
from connector_shopify.jobs.privacy import CarryOutPrivacy
from connector_shopify.jobs.scopes import CheckScopes
from connector_shopify.jobs.subscriptions import WatchSubscriptions
from connector_shopify.jobs.tokens import RenewTokens

__all__ = [
    "CarryOutPrivacy",
    "CheckScopes",
    "NoteWebhooks",
    "ReadPayouts",
    "RenewTokens",
    "WatchSubscriptions",
]
