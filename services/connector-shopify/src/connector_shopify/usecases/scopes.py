"""Scopes that a shop gives us: on record, and an account without a needed one waits for its seller."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from uuid import UUID

from connector_kit import store as shared_store
from connector_kit import usecases as shared
from connector_kit.domain import Account
from connector_kit.store import Chore
from kit.unit_of_work import UnitOfWork

from connector_shopify import store
from connector_shopify.usecases.payouts import want_payouts_once_allowed
from connector_shopify.usecases.tokens import is_signed_out
from connector_shopify.wire.scopes import needed_and_missing, reason_of
from connector_shopify.wire.webhooks import SCOPES

SCOPES_EVERY = timedelta(hours=1)
SCOPES_SOON = timedelta(minutes=1)


async def record_scopes(uow: UnitOfWork, account_id: UUID, granted: Collection[str]) -> None:
    """What the shop grants now. Without a needed one the account needs a login; with all of them it works again.

    For it has answered to the credentials on record, whatever it refused before; not so where no newer tokens can be had.
    """
    account = (await shared_store.load_accounts(uow, [account_id], lock=True)).get(account_id)
    if account is None or account.state == "revoked":
        return
    await want_payouts_once_allowed(uow, account, granted)
    await store.save_scopes(uow, account, granted)
    missing = needed_and_missing(granted)
    if missing:
        await shared.login_needed(uow, account_id, reason=reason_of(missing))
    elif not is_signed_out(account):
        await shared.login_found(uow, account_id)


async def want_scopes_soon(uow: UnitOfWork, signed_out: Mapping[UUID, UUID]) -> None:
    """Ask these accounts' shops soon, tenants by account: a shop has refused a token, which may have been a whim of it."""
    chores = [Chore(tenant, account, SCOPES) for account, tenant in signed_out.items()]
    await shared_store.want_chores(uow, chores, uow.now + SCOPES_SOON)


async def want_scopes_checked(uow: UnitOfWork, account: Account) -> None:
    """Have the scopes of an account just connected looked at from now on."""
    await shared_store.want_chores(
        uow, [Chore(account.tenant_id, account.account_id, SCOPES)], uow.now + SCOPES_EVERY
    )
