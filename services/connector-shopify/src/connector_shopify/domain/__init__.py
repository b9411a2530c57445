"""Shopify's own rules: what was taken off sale or off show, how it goes with a shop, what is asked about buyers."""

from connector_shopify.domain.health import STATES, Facts, Health, health_of
from connector_shopify.domain.privacy import Held, PrivacyRequest
from connector_shopify.domain.takedowns import (
    BEING_GIVEN_BACK,
    ON_SHOW,
    UNFOLLOWED,
    Changed,
    OwnSettings,
    ShownProduct,
    SoldOut,
    TakenProduct,
)

__all__ = [
    "BEING_GIVEN_BACK",
    "ON_SHOW",
    "STATES",
    "UNFOLLOWED",
    "Changed",
    "Facts",
    "Health",
    "Held",
    "OwnSettings",
    "PrivacyRequest",
    "ShownProduct",
    "SoldOut",
    "TakenProduct",
    "health_of",
]
