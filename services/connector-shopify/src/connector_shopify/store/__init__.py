"""SQL only Shopify needs."""

from connector_shopify.store.privacy import forget_dead_webhooks, forget_raw_webhooks

__all__ = ["forget_dead_webhooks", "forget_raw_webhooks"]
