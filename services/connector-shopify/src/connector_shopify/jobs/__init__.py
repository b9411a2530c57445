"""Background work only Shopify needs."""

from connector_shopify.jobs.payouts import ReadPayouts

__all__ = ["ReadPayouts"]
