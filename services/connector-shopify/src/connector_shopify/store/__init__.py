"""SQL only Shopify needs."""

from connector_shopify.store.oauth import SignIn, insert_sign_in, lock_sign_in, use_sign_in
from connector_shopify.store.privacy import forget_dead_webhooks, forget_raw_webhooks
from connector_shopify.store.scopes import save_scopes

__all__ = [
    "SignIn",
    "forget_dead_webhooks",
    "forget_raw_webhooks",
    "insert_sign_in",
    "lock_sign_in",
    "save_scopes",
    "use_sign_in",
]
