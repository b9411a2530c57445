"""Shopify's own rules: what was taken off sale or off show, and what may be given back."""

from connector_shopify.domain.takedowns import (
    BEING_GIVEN_BACK,
    OwnSettings,
    ShownProduct,
    SoldOut,
    TakenProduct,
)

__all__ = ["BEING_GIVEN_BACK", "OwnSettings", "ShownProduct", "SoldOut", "TakenProduct"]
