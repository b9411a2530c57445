"""Shopify's own rules: what was taken off sale or off show, how it goes with a shop, what is asked about buyers."""

from connector_shopify.domain.health import STATES, Arrivals, Facts, Health, health_of
from connector_shopify.domain.leaving import DISCONNECTED, Outcome, is_under_way, words_of
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
    "DISCONNECTED",
    "ON_SHOW",
    "STATES",
    "UNFOLLOWED",
    "Arrivals",
    "Changed",
    "Facts",
    "Health",
    "Held",
    "Outcome",
    "OwnSettings",
    "PrivacyRequest",
    "ShownProduct",
    "SoldOut",
    "TakenProduct",
    "health_of",
    "is_under_way",
    "words_of",
]
