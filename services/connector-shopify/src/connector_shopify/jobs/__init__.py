"""Background work only Shopify needs."""

from connector_shopify.jobs.health import KeepHealth, MeasureHealth

__all__ = ["KeepHealth", "MeasureHealth"]
