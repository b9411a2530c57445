"""Accounts: connected, connected again, disconnected, signed out; and tenants that are erased."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from kit import erasing
from kit.errors import NotFound, Refused
from kit.logs import logger
from kit.unit_of_work import UnitOfWork
from soldwire_contracts.ids import account_id as mint_account_id
from soldwire_contracts.values import Platform
from sqlalchemy import Table

from connector_kit import store, wire
from connector_kit.domain import Account
from connector_kit.sealing import Sealed, Sealer, SealError

log = logger(__name__)

CLOSED_PAUSE = timedelta(minutes=5)
"""When work of an account is looked at again whose credentials can't be opened: operations must give back their key."""
CLOSED = "Soldwire can't open the sign-in it keeps for this account. Connect the account again: nothing else of it is lost."
"""What its seller is told: a new sign-in is kept under the key in use."""


@dataclass(frozen=True, slots=True)
class NewAccount:
    """A login that was checked with the marketplace. `keys` are the marketplace's names that lead to it.

    `stock_master` False: one that is connected again goes on as it was.
    """

    tenant_id: UUID
    platform: Platform
    seller_id: str
    address: str
    name: str
    keys: tuple[str, ...]
    credentials: Mapping[str, str] = field(repr=False)
    stock_master: bool = False

    @property
    def account_id(self) -> UUID:
        """The same whenever this seller connects for this tenant."""
        return mint_account_id(self.tenant_id, self.platform, self.seller_id)


async def connect_account(uow: UnitOfWork, sealer: Sealer, new: NewAccount) -> Account:
    """Connect, or connect again with fresh credentials: the same account, its first connection kept.

    Waiting intents and the order poll start at once. Raises Refused when the account is connected for another
    tenant. Bus role: it enters the directory.
    """
    if await erasing.erased_among(uow, [new.tenant_id]):
        raise Refused("tenant_erased", "This tenant was erased.")
    held = (await store.load_accounts(uow, [new.account_id], lock=True)).get(new.account_id)
    account = Account(
        account_id=new.account_id,
        tenant_id=new.tenant_id,
        platform=new.platform,
        seller_id=new.seller_id,
        address=new.address,
        name=new.name,
        connected_at=held.connected_at if held else uow.now,
        stock_master=new.stock_master or (held is not None and held.stock_master),
        revision=held.revision + 1 if held else 1,
        watermark=held.watermark if held else None,
        credentials=new.credentials,
        granted_at=uow.now,
        articles_up_to=held.articles_up_to if held else None,
        articles_whole_at=held.articles_whole_at if held else None,
    )
    taken = await store.enter_directory(uow, account, new.keys)
    if taken:
        raise Refused("account_taken", f"{new.name} is already connected for another Soldwire customer.")
    await store.save_account(uow, account, sealer.seal(new.tenant_id, new.credentials))
    await store.start_polling(uow, account.account_id, account.tenant_id)
    await store.make_account_due(uow, account.account_id)
    uow.emit(wire.account_status(account, uow.now))
    return account


async def connected_accounts(
    uow: UnitOfWork, sealer: Sealer, after: UUID, limit: int
) -> tuple[list[Account], UUID | None]:
    """Connected accounts of all tenants with their credentials, by id after `after`, and where to go on; None ends.

    One whose credentials can't be opened is left out.
    """
    known = await store.connected_after(uow, after, limit)
    await uow.allow({k.tenant_id for k in known})
    found, _ = await store.load_openable(uow, [k.account_id for k in known], sealer)
    further = known[-1].account_id if len(known) == limit else None
    return [account for account in found.values() if account.state == "connected"], further


@dataclass(frozen=True, slots=True)
class Parting:
    """What goes with our access to an account: its credentials, and chores of these kinds."""

    sealer: Sealer
    chores: tuple[str, ...] = ()


_OUTLIVE = ("client_secret",)
"""Credentials that stay: what a marketplace still says of an account that left, such as whom to forget, is signed."""


async def disconnect_account(
    uow: UnitOfWork,
    account_id: UUID,
    *,
    reason: str,
    at: datetime | None = None,
    parting: Parting | None = None,
) -> Account:
    """Our access was taken away, or given back: no more calls, its webhooks are refused. Raises NotFound.

    `at`: when, as far as the marketplace tells. News of it that comes late, after the account was connected again,
    changes nothing.
    """
    account = (await store.load_accounts(uow, [account_id], lock=True)).get(account_id)
    if account is None:
        raise NotFound("no_such_account", "There is no such account.")
    if account.state == "revoked" or (at is not None and account.outlived(at)):
        return account
    changed = replace(account, state="revoked", reason=reason, revision=account.revision + 1)
    if parting is None:
        await store.save_account(uow, changed)
    else:
        stay = await _outliving(uow, parting.sealer, account_id)
        changed = replace(changed, credentials=stay)
        await store.save_account(uow, changed, parting.sealer.seal(account.tenant_id, stay))
        await store.drop_chores(uow, account_id, parting.chores)
    await store.stop_polling(uow, account_id)
    await store.deactivate_directory(uow, account_id)
    uow.emit(wire.account_status(changed, uow.now))
    return changed


async def _outliving(uow: UnitOfWork, sealer: Sealer, account_id: UUID) -> dict[str, str]:
    """What stays of an account's credentials; nothing of those that can't be opened."""
    found, _ = await store.load_openable(uow, [account_id], sealer)
    held: Mapping[str, str] = found[account_id].credentials if account_id in found else {}
    return {name: held[name] for name in _OUTLIVE if name in held}


async def login_needed(uow: UnitOfWork, account_id: UUID, *, reason: str, anew: bool = False) -> None:
    """The marketplace refuses the account's credentials: say so once; its work waits for a new login.

    `anew`: also of an account that needs one already, when this is another reason and the better one.
    """
    account = (await store.load_accounts(uow, [account_id], lock=True)).get(account_id)
    if account is None or account.state == "revoked":
        return
    if account.state == "needs_login" and (not anew or account.reason == reason):
        return
    changed = replace(account, state="needs_login", reason=reason, revision=account.revision + 1)
    await store.save_account(uow, changed)
    uow.emit(wire.account_status(changed, uow.now))


async def login_found(uow: UnitOfWork, account_id: UUID) -> None:
    """What kept the account from working is mended without a new login: it goes on."""
    account = (await store.load_accounts(uow, [account_id], lock=True)).get(account_id)
    if account is None or account.state != "needs_login":
        return
    changed = replace(account, state="connected", reason=None, revision=account.revision + 1)
    await store.save_account(uow, changed)
    await store.start_polling(uow, account_id, account.tenant_id)
    await store.make_account_due(uow, account_id)
    uow.emit(wire.account_status(changed, uow.now))


async def keep_credentials(
    uow: UnitOfWork, sealer: Sealer, account: Account, fresh: Mapping[str, str]
) -> None:
    """Keep rotated tokens of an account that stays as it is."""
    held = (await store.load_accounts(uow, [account.account_id], lock=True)).get(account.account_id)
    if held is not None:
        await store.save_account(uow, held, sealer.seal(held.tenant_id, fresh))


async def seal_anew(
    uow: UnitOfWork, sealer: Sealer, after: UUID, limit: int
) -> tuple[Counter[str], UUID | None]:
    """Seal what older keys hold of so many accounts of all tenants; whoever saves credentials meanwhile wins.

    How many rows each key holds now, and where to go on; None ends. A row that can't be opened stays as it is.
    """
    known = await store.known_after(uow, after, limit)
    await uow.allow({k.tenant_id for k in known})
    held: Counter[str] = Counter()
    for row in await store.load_sealed(uow, [k.account_id for k in known]):
        fresh = _sealed_anew(sealer, row)
        swapped = fresh is not None and await store.swap_sealed(uow, row, fresh)
        held[sealer.key_id if swapped else row.sealed.key_id] += 1
    return held, known[-1].account_id if len(known) == limit else None


def _sealed_anew(sealer: Sealer, row: store.SealedRow) -> Sealed | None:
    if row.sealed.key_id == sealer.key_id:
        return None
    try:
        return sealer.seal(row.tenant_id, sealer.open(row.tenant_id, row.sealed))
    except SealError as error:
        log.error("an account's credentials can't be opened", account=str(row.account_id), error=str(error))
        return None


async def set_stock_master(uow: UnitOfWork, account_id: UUID, stock_master: bool) -> Account:
    """Say whether this account is where the tenant counts stock. Raises NotFound."""
    account = (await store.load_accounts(uow, [account_id], lock=True)).get(account_id)
    if account is None:
        raise NotFound("no_such_account", "There is no such account.")
    if account.stock_master == stock_master:
        return account
    changed = replace(
        account,
        stock_master=stock_master,
        revision=account.revision + 1,
        articles_whole_at=None,  # it is said with each listing, so all are to be looked at again
    )
    await store.save_account(uow, changed)
    uow.emit(wire.account_status(changed, uow.now))
    return changed


async def erase_tenants(uow: UnitOfWork, tenants: Sequence[UUID], own_tables: Sequence[Table] = ()) -> None:
    """Forget tenants, and remember that they were erased: replays bring nothing back."""
    await store.erase_tenants(uow, tenants, own_tables)
