"""SQL only Shopify needs."""

from connector_shopify.store.payouts import (
    SaidPayout,
    advance_payouts,
    keep_payouts_error,
    keep_said,
    payouts_read_up_to,
    said_of_payout,
    set_payouts_back,
)
from connector_shopify.store.privacy import forget_dead_webhooks, forget_raw_webhooks

__all__ = [
    "SaidPayout",
    "advance_payouts",
    "forget_dead_webhooks",
    "forget_raw_webhooks",
    "keep_payouts_error",
    "keep_said",
    "payouts_read_up_to",
    "said_of_payout",
    "set_payouts_back",
]
