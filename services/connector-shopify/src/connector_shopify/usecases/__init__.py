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
from connector_shopify.usecases.products import (
    PRODUCT,
    Tidying,
    begin_taking,
    finish_taking,
    forget_taking,
    set_sold_out,
    sold_out_of,
    take_in_hand,
    want_tidying,
)
from connector_shopify.usecases.takedowns import KeptTakedowns

__all__ = [
    "DISCONNECTED",
    "PRODUCT",
    "KeptTakedowns",
    "Tidying",
    "accounts",
    "begin_taking",
    "change",
    "client_secret_of",
    "connect",
    "directory_key",
    "disconnect",
    "finish_taking",
    "forget_buyer",
    "forget_shop",
    "forget_taking",
    "read_order_again",
    "set_sold_out",
    "shop_ever_known",
    "sold_out_of",
    "take_in_hand",
    "want_tidying",
]
