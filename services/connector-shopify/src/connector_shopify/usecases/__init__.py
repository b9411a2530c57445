"""One function = one transaction: shops, what must be forgotten, orders redriven, payouts."""

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
from connector_shopify.usecases.payouts import (
    LOOKBACK,
    PAYOUTS,
    PayoutReading,
    begin_payouts,
    keep_payouts_error,
    keep_payouts_read,
    record_payout_fees,
    settle_payout,
    want_payouts,
    want_payouts_after_run,
)
from connector_shopify.usecases.privacy import forget_buyer, forget_shop

__all__ = [
    "DISCONNECTED",
    "LOOKBACK",
    "PAYOUTS",
    "PayoutReading",
    "accounts",
    "begin_payouts",
    "change",
    "client_secret_of",
    "connect",
    "directory_key",
    "disconnect",
    "forget_buyer",
    "forget_shop",
    "keep_payouts_error",
    "keep_payouts_read",
    "read_order_again",
    "record_payout_fees",
    "settle_payout",
    "shop_ever_known",
    "want_payouts",
    "want_payouts_after_run",
]
