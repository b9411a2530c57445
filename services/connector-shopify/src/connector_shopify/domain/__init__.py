"""Rules only Shopify needs: how it goes with a shop."""

from connector_shopify.domain.health import Facts, Health, health_of

__all__ = ["Facts", "Health", "health_of"]
