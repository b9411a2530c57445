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
from connector_shopify.usecases.oauth import begin_sign_in, use_sign_in
from connector_shopify.usecases.orders import read_order_again
from connector_shopify.usecases.privacy import forget_buyer, forget_shop
from connector_shopify.usecases.scopes import (
    EVERY,
    SCOPES,
    look_at_scopes,
    plan_scope_checks,
    record_scopes,
    want_scopes_checked,
)
from connector_shopify.usecases.tokens import (
    TOKEN,
    end_renewal,
    give_up_token,
    is_signed_out,
    keep_token,
    lease_renewal,
    on_record,
    renewal,
    want_renewal,
)

__all__ = [
    "DISCONNECTED",
    "EVERY",
    "SCOPES",
    "TOKEN",
    "accounts",
    "begin_sign_in",
    "change",
    "client_secret_of",
    "connect",
    "directory_key",
    "disconnect",
    "end_renewal",
    "forget_buyer",
    "forget_shop",
    "give_up_token",
    "is_signed_out",
    "keep_token",
    "lease_renewal",
    "look_at_scopes",
    "on_record",
    "plan_scope_checks",
    "read_order_again",
    "record_scopes",
    "renewal",
    "shop_ever_known",
    "use_sign_in",
    "want_renewal",
    "want_scopes_checked",
]
