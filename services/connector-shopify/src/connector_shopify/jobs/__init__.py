"""Background work only Shopify needs."""

from connector_shopify.jobs.health import KeepHealth

__all__ = ["KeepHealth"]
