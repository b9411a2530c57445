"""Background work only Shopify needs."""

from connector_shopify.jobs.health import KeepHealth, MeasureHealth
from connector_shopify.jobs.heard import NoteWebhooks
from connector_shopify.jobs.leaving import LeaveShops
from connector_shopify.jobs.payouts import ReadPayouts
from connector_shopify.jobs.planning import PlanChores
from connector_shopify.jobs.privacy import CarryOutPrivacy
from connector_shopify.jobs.products import TidyProducts
from connector_shopify.jobs.scopes import CheckScopes
from connector_shopify.jobs.subscriptions import WatchSubscriptions
from connector_shopify.jobs.tokens import RenewTokens

__all__ = [
    "CarryOutPrivacy",
    "CheckScopes",
    "KeepHealth",
    "LeaveShops",
    "MeasureHealth",
    "NoteWebhooks",
    "PlanChores",
    "ReadPayouts",
    "RenewTokens",
    "TidyProducts",
    "WatchSubscriptions",
]
