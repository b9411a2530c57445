"""Tokens on record: read, replaced by newer ones, given up; each renewal is fenced by its lease."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from connector_kit import store as shared_store
from connector_kit import usecases as shared
from connector_kit.domain import Account
from connector_kit.sealing import Sealer
from connector_kit.store import Chore, LeasedChore
from kit.unit_of_work import UnitOfWork

from connector_shopify.wire.credentials import Credentials
from connector_shopify.wire.oauth import is_over

TOKEN = "token"  # noqa: S105 - a kind of chore


def renewal(account: Account) -> Chore:
    """The chore that renews an account's token; its lease is what makes renewing one at a time."""
    return Chore(account.tenant_id, account.account_id, TOKEN)


async def want_renewal(uow: UnitOfWork, account: Account) -> None:
    """Have the token of an account just connected renewed in time, if it ends and can be."""
    after = Credentials.read(account.credentials).renewal_after(uow.now)
    if after is not None:
        await shared_store.want_chores(uow, [renewal(account)], uow.now + after)


async def lease_renewal(uow: UnitOfWork, account: Account) -> LeasedChore | None:
    """Take the renewal of an account's token in hand now; None while somebody else has it."""
    leased = await shared_store.lease_chore(uow, renewal(account))
    if leased is None:
        await shared_store.plan_chores(uow, [renewal(account)], uow.now)  # nobody can have what is not there
    return leased


async def end_renewal(
    uow: UnitOfWork, leased: LeasedChore, at: datetime | None, *, failed: bool = False
) -> None:
    """Give the renewal back; it is due again `at`, or never (None)."""
    if at is None:
        await shared_store.end_chore(uow, leased)
    else:
        await shared_store.postpone_chore(uow, leased, at, failed=failed)


async def on_record(uow: UnitOfWork, sealer: Sealer, account_id: UUID) -> Account | None:
    """An account with the credentials it has now; None when it is gone or was disconnected."""
    account = (await shared_store.load_accounts(uow, [account_id], sealer)).get(account_id)
    return account if account and account.state != "revoked" else None


def is_signed_out(account: Account) -> bool:
    """Whether only its seller can make the account work again: it can't get tokens any more.

    One without a scope still has a token, and what was refused once may be accepted again.
    """
    return account.state == "needs_login" and is_over(account.reason)


async def keep_token(
    uow: UnitOfWork, sealer: Sealer, leased: LeasedChore, before: Account, fresh: Credentials
) -> Account | None:
    """Put newer tokens on record. None, and nothing kept, when the lease was lost or the account has others since."""
    if not await _still(uow, sealer, leased, before):
        return None
    await shared.keep_credentials(uow, sealer, before, fresh.kept())
    return replace(before, credentials=fresh.kept())


async def give_up_token(
    uow: UnitOfWork, sealer: Sealer, leased: LeasedChore, before: Account, reason: str
) -> bool:
    """The seller must sign in again, unless the account has other credentials since; whether it is so."""
    if not await _still(uow, sealer, leased, before):
        return False
    await shared.login_needed(uow, before.account_id, reason=reason, anew=True)
    return True


async def _still(uow: UnitOfWork, sealer: Sealer, leased: LeasedChore, before: Account) -> bool:
    """Whether the account is as it was, and its renewal ours; both are locked then, in the order of connecting."""
    found = await shared_store.load_accounts(uow, [before.account_id], sealer, lock=True)
    now = found.get(before.account_id)
    if now is None or now.state == "revoked" or now.credentials != before.credentials:
        return False
    return await shared_store.hold_chore(uow, leased)
