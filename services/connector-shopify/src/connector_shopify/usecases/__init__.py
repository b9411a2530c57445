"""One function = one transaction: shops, what must be forgotten, orders redriven."""

from connector_shopify.usecases.accounts import (
    DISCONNECTED,
    accounts,
    change,
    client_secret_of,
    connect,
    directory_key,
    disconnect,
    shop_ever_known,
)
from connector_shopify.usecases.orders import read_order_again
from connector_shopify.usecases.privacy import forget_buyer, forget_shop

__all__ = [
    "DISCONNECTED",
    "accounts",
    "change",
    "client_secret_of",
    "connect",
    "directory_key",
    "disconnect",
    "forget_buyer",
    "forget_shop",
    "read_order_again",
    "shop_ever_known",
]
