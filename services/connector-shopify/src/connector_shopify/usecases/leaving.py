"""Leaving a shop: its token is kept, sealed, until the shop has been told at Shopify too, and then no longer.

Kept under a name of its own, so that nothing else finds a token of an account that left. Whoever connects the shop calls
it off first: nothing is removed under a connection.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from connector_kit import store as shared_store
from connector_kit import usecases as shared
from connector_kit import wire as shared_wire
from connector_kit.domain import Account
from connector_kit.sealing import Sealer, SealError
from connector_kit.store import Chore, LeasedChore
from kit.errors import Refused
from kit.unit_of_work import UnitOfWork
from pydantic_core import from_json, to_json

from connector_shopify.domain import DISCONNECTED, Outcome, is_under_way, words_of
from connector_shopify.wire.credentials import Credentials

LEAVING = "leaving"
"""The chore that tells a shop; its key is the shop's address."""
_KEPT = "leaving"
"""The name under which credentials are kept for that alone."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """A shop to be told, with what it was connected by."""

    account: Account
    credentials: Credentials

    @property
    def our_app(self) -> bool:
        """Whether it is our app that is to go, and not an app of the shop's own that is to fall silent."""
        return self.credentials.grant == "offline"


def reason_of_leaving(before: Account) -> str:
    """Why an account that is disconnected now does not work."""
    left = Leaving(before, Credentials.read(before.credentials))
    return words_of("under_way", our_app=left.our_app) if left.credentials.access_token else DISCONNECTED


async def want_leaving(uow: UnitOfWork, sealer: Sealer, before: Account) -> None:
    """Have a shop told that was just disconnected, with what it was connected by before."""
    if not before.credentials.get("access_token"):
        return
    now = (await shared_store.load_accounts(uow, [before.account_id], sealer))[before.account_id]
    kept = {**now.credentials, _KEPT: to_json(before.credentials).decode()}
    await shared.keep_credentials(uow, sealer, before, kept)
    chore = Chore(before.tenant_id, before.account_id, LEAVING, before.address)
    await shared_store.want_chores(uow, [chore], uow.now)


async def leaving(uow: UnitOfWork, sealer: Sealer, leased: LeasedChore) -> Leaving | None:
    """The shop a chore is about; None when there is nobody to be told any more. Raises SealError."""
    await uow.allow([leased.chore.tenant_id])
    account_id = leased.chore.account_id
    return _leaving((await shared_store.load_accounts(uow, [account_id], sealer)).get(account_id))


async def keep_leaving(uow: UnitOfWork, sealer: Sealer, leased: LeasedChore, fresh: Credentials) -> bool:
    """Put newer tokens on record before they are used; False, and nothing kept, when it was called off or taken over."""
    account = await _held(uow, sealer, leased)
    if account is not None:
        kept = {**account.credentials, _KEPT: to_json(fresh.kept()).decode()}
        await shared.keep_credentials(uow, sealer, account, kept)
    return account is not None


async def still_leaving(uow: UnitOfWork, sealer: Sealer, leased: LeasedChore) -> bool:
    """Whether the shop may be told now; the lease is ours for as long as a call takes."""
    return await _held(uow, sealer, leased) is not None


async def end_leaving(
    uow: UnitOfWork, sealer: Sealer, leased: LeasedChore, left: Leaving, outcome: Outcome
) -> None:
    """The shop was told, or never will be: its token is gone, and its seller reads what there is left to do."""
    account = await _held(uow, sealer, leased)
    if account is not None:
        await _say(uow, sealer, _without(account), outcome, our_app=left.our_app)


async def give_up_closed(uow: UnitOfWork, sealer: Sealer, leased: LeasedChore) -> None:
    """What the shop was to be told with can't be opened and never will be: it is gone, and its seller reads what he has to do."""
    await uow.allow([leased.chore.tenant_id])
    account_id = leased.chore.account_id
    account = (await shared_store.load_accounts(uow, [account_id], lock=True)).get(account_id)
    if account is None or account.state != "revoked" or not await shared_store.hold_chore(uow, leased):
        return
    own = is_under_way(account.reason, our_app=False)
    await _say(uow, sealer, account, "closed", our_app=not own)


async def forget_keys(uow: UnitOfWork, sealer: Sealer, account: Account) -> None:
    """The keys of a shop that is not connected go; what it is still to be told with goes when that is done. Locked before."""
    stay: dict[str, str] = {}
    if any(is_under_way(account.reason, our_app=ours) for ours in (True, False)):
        found, _ = await shared_store.load_openable(uow, [account.account_id], sealer)
        if account.account_id not in found:
            return
        held = found[account.account_id].credentials
        stay = {name: value for name, value in held.items() if name == _KEPT}
    await shared.keep_credentials(uow, sealer, account, stay)


async def call_off_leaving(uow: UnitOfWork, sealer: Sealer, shop: str) -> bool:
    """The shop is being connected, by whatever tenant: it is not to be told. False while somebody is just telling it."""
    chores = await shared_store.chores_named(uow, LEAVING, shop)
    await uow.allow({chore.tenant_id for chore in chores})
    ids = [chore.account_id for chore in chores]
    await shared_store.load_accounts(uow, ids, lock=True)  # in the order of all who have to do with one
    withdrawn = [chore for chore in chores if await shared_store.withdraw_chore(uow, chore)]
    for chore in withdrawn:
        await _forget(uow, sealer, chore)
    return len(withdrawn) == len(chores)


async def require_called_off(uow: UnitOfWork, sealer: Sealer, shop: str) -> None:
    """The same. Raises Refused while somebody is just telling the shop."""
    if not await call_off_leaving(uow, sealer, shop):
        raise Refused(
            "being_removed",
            f"Soldwire is just being removed from {shop}, as it was disconnected. Start again in a few seconds.",
        )


async def _forget(uow: UnitOfWork, sealer: Sealer, chore: Chore) -> None:
    """What can't be opened any more is no longer kept either."""
    try:
        found = await shared_store.load_accounts(uow, [chore.account_id], sealer)
    except SealError:
        found = await shared_store.load_accounts(uow, [chore.account_id])
    left = _leaving(account := found.get(chore.account_id))
    if account is not None and account.state == "revoked":
        await _say(uow, sealer, _without(account), "called_off", our_app=left is None or left.our_app)


async def _held(uow: UnitOfWork, sealer: Sealer, leased: LeasedChore) -> Account | None:
    """The account, locked, while its shop is to be told and that is ours to do; both locked in the order of connecting."""
    await uow.allow([leased.chore.tenant_id])
    account_id = leased.chore.account_id
    account = (await shared_store.load_accounts(uow, [account_id], sealer, lock=True)).get(account_id)
    if _leaving(account) is None or not await shared_store.hold_chore(uow, leased):
        return None
    return account


def _leaving(account: Account | None) -> Leaving | None:
    if account is None or account.state != "revoked" or _KEPT not in account.credentials:
        return None
    return Leaving(account, Credentials.read(from_json(account.credentials[_KEPT])))


def _without(account: Account) -> Account:
    stay = {name: value for name, value in account.credentials.items() if name != _KEPT}
    return replace(account, credentials=stay)


async def _say(uow: UnitOfWork, sealer: Sealer, account: Account, outcome: Outcome, *, our_app: bool) -> None:
    said = replace(account, reason=words_of(outcome, our_app=our_app), revision=account.revision + 1)
    await shared_store.save_account(uow, said, sealer.seal(said.tenant_id, said.credentials))
    uow.emit(shared_wire.account_status(said, uow.now))
