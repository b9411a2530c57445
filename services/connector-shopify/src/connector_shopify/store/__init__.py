"""SQL only Shopify needs."""

from connector_shopify.store.oauth import SignIn, insert_sign_in, lock_sign_in, use_sign_in
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
from connector_shopify.store.scopes import save_scopes

__all__ = [
    "SaidPayout",
    "SignIn",
    "advance_payouts",
    "forget_dead_webhooks",
    "forget_raw_webhooks",
    "insert_sign_in",
    "keep_payouts_error",
    "keep_said",
    "lock_sign_in",
    "payouts_read_up_to",
    "said_of_payout",
    "save_scopes",
    "set_payouts_back",
    "use_sign_in",
]
