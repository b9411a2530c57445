"""Sign-ins: begun by a user in a session, used once by the same."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from kit.errors import Forbidden, Invalid
from kit.unit_of_work import UnitOfWork

from connector_shopify import store
from connector_shopify.store import SignIn

_GOOD_FOR = timedelta(minutes=10)
_AGAIN = "Start connecting again."


async def begin_sign_in(
    uow: UnitOfWork, tenant_id: UUID, user_id: UUID, session: str, shop: str, *, stock_master: bool
) -> str:
    """The state to send a seller to Shopify with; only its hash is kept."""
    state = secrets.token_urlsafe(32)
    expires_at = uow.now + _GOOD_FOR
    sign_in = SignIn(_hash(state), tenant_id, user_id, session, shop, stock_master, expires_at)
    await store.insert_sign_in(uow, sign_in)
    return state


async def use_sign_in(
    uow: UnitOfWork, tenant_id: UUID, user_id: UUID, session: str, *, state: str, shop: str
) -> SignIn:
    """Take a sign-in whose seller has come back; in a transaction of its own, so that no second one can.

    Raises Forbidden (state_unknown, state_used, state_expired, other_session) or Invalid (wrong_shop): then it stays
    as it was.
    """
    found = await store.lock_sign_in(uow, _hash(state))
    if found is None:
        raise Forbidden("state_unknown", f"This sign-in was not started in Soldwire. {_AGAIN}")
    if found.used_at is not None:
        raise Forbidden("state_used", f"This sign-in was used already. {_AGAIN}")
    if found.expires_at <= uow.now:
        raise Forbidden("state_expired", f"This sign-in took longer than ten minutes. {_AGAIN}")
    mine = secrets.compare_digest(found.session.encode(), session.encode())
    if not mine or (found.tenant_id, found.user_id) != (tenant_id, user_id):
        raise Forbidden("other_session", f"This sign-in was started by somebody else, or elsewhere. {_AGAIN}")
    if found.shop != shop:
        raise Invalid("wrong_shop", f"You asked to connect {found.shop}, but signed in to {shop}. {_AGAIN}")
    await store.use_sign_in(uow, found.hash)
    return found


def _hash(state: str) -> str:
    return hashlib.sha256(state.encode("utf-8", "replace")).hexdigest()
