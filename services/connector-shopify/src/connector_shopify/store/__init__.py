"""SQL only Shopify needs."""

from connector_shopify.store.health import save_heard, save_topics, topics_looked_at
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
from connector_shopify.store.privacy import (
    Page,
    count_forgotten,
    dead_page,
    delete_raw,
    empty_dead,
    forget_dead_webhooks,
    forget_raw_webhooks,
    insert_request,
    list_requests,
    load_request,
    raw_page,
)
from connector_shopify.store.scopes import save_scopes

__all__ = [
    "Page",
    "SaidPayout",
    "SignIn",
    "advance_payouts",
    "count_forgotten",
    "dead_page",
    "delete_raw",
    "empty_dead",
    "forget_dead_webhooks",
    "forget_raw_webhooks",
    "insert_request",
    "insert_sign_in",
    "keep_payouts_error",
    "keep_said",
    "list_requests",
    "load_request",
    "lock_sign_in",
    "payouts_read_up_to",
    "raw_page",
    "said_of_payout",
    "save_heard",
    "save_scopes",
    "save_topics",
    "set_payouts_back",
    "topics_looked_at",
    "use_sign_in",
]
