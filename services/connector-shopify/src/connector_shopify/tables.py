"""The Shopify connector keeps what every connector keeps, and nothing besides."""

from connector_kit.tables import BUS_TABLES, TENANT_TABLES, metadata, raw_webhooks

__all__ = ["BUS_TABLES", "TENANT_TABLES", "metadata", "raw_webhooks"]
