"""Rules only Shopify needs: how it goes with a shop."""

from connector_shopify.domain.health import STATES, Facts, Health, health_of

__all__ = ["STATES", "Facts", "Health", "health_of"]
