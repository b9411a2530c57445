"""SQL only Shopify needs."""

from connector_shopify.store.health import HealthRow, load_health, merge_reports
from connector_shopify.store.privacy import forget_dead_webhooks, forget_raw_webhooks
from connector_shopify.store.settings import KEEP, Grant, load_grants, load_sold_out, save_sold_out

__all__ = [
    "KEEP",
    "Grant",
    "HealthRow",
    "forget_dead_webhooks",
    "forget_raw_webhooks",
    "load_grants",
    "load_health",
    "load_sold_out",
    "merge_reports",
    "save_sold_out",
]
