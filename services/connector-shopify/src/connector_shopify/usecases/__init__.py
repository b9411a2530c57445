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
from connector_shopify.usecases.health import (
    ShopAccount,
    count_by_health,
    record_reports,
    shop,
    shop_with_keys,
    shops,
)
from connector_shopify.usecases.orders import read_order_again
from connector_shopify.usecases.privacy import forget_buyer, forget_shop
from connector_shopify.usecases.settings import set_sold_out

__all__ = [
    "DISCONNECTED",
    "ShopAccount",
    "accounts",
    "change",
    "client_secret_of",
    "connect",
    "count_by_health",
    "directory_key",
    "disconnect",
    "forget_buyer",
    "forget_shop",
    "read_order_again",
    "record_reports",
    "set_sold_out",
    "shop",
    "shop_ever_known",
    "shop_with_keys",
    "shops",
]
