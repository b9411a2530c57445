"""Background work only Shopify needs."""

from connector_shopify.jobs.heard import NoteWebhooks
from connector_shopify.jobs.privacy import CarryOutPrivacy
from connector_shopify.jobs.subscriptions import WatchSubscriptions

__all__ = ["CarryOutPrivacy", "NoteWebhooks", "WatchSubscriptions"]
