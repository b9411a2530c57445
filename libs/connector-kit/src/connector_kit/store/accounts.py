"""SQL of accounts, their directory, and erased tenants."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kit import erasing
from kit.bulk import among
from kit.connection import Row
from kit.logs import logger
from kit.unit_of_work import UnitOfWork
from sqlalchemy import Table, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert

from connector_kit.domain import Account
from connector_kit.sealing import Sealed, Sealer, SealError
from connector_kit.tables import (
    BUS_TABLES,
    TENANT_TABLES,
    account_directory,
    accounts,
    budgets,
    erased_tenants,
)

log = logger(__name__)

_ERASED = "emptied, as the tenant was erased"


@dataclass(frozen=True, slots=True)
class Known:
    """A directory entry: whose account a marketplace's name for a seller is."""

    tenant_id: UUID
    account_id: UUID
    active: bool


async def find_in_directory(uow: UnitOfWork, key: str) -> Known | None:
    """The entry of one name, such as `shop:demo.myshopify.com`."""
    query = select(account_directory).where(account_directory.c.key == key)
    row = (await uow.conn.execute(query)).one_or_none()
    return Known(row.tenant_id, row.account_id, row.active) if row else None


async def list_directory(uow: UnitOfWork, prefix: str) -> list[Known]:
    """Accounts with a name that begins so, also those that left, by id. Reads the whole directory: for what is rare."""
    entry = account_directory.c
    query = select(entry.tenant_id, entry.account_id, func.bool_or(entry.active).label("active"))
    query = query.where(func.starts_with(entry.key, prefix)).group_by(entry.tenant_id, entry.account_id)
    rows = await uow.conn.execute(query.order_by(entry.account_id))
    return [Known(row.tenant_id, row.account_id, row.active) for row in rows]


async def enter_directory(uow: UnitOfWork, account: Account, keys: Collection[str]) -> list[str]:
    """Enter names for an account. Returns those that are an active account of another tenant, which stay."""
    taken = []
    for key in sorted(keys):
        entry = insert(account_directory).values(
            key=key, account_id=account.account_id, tenant_id=account.tenant_id, active=True
        )
        mine = (account_directory.c.tenant_id == account.tenant_id) | ~account_directory.c.active
        changed = await uow.conn.execute(
            entry.on_conflict_do_update(
                index_elements=["key"],
                set_={"account_id": account.account_id, "tenant_id": account.tenant_id, "active": True},
                where=mine,
            ).returning(account_directory.c.key)
        )
        if changed.one_or_none() is None:
            taken.append(key)
    return taken


async def deactivate_directory(uow: UnitOfWork, account_id: UUID) -> None:
    """The account's names no longer lead to it: its webhooks are refused, another tenant may take them."""
    await uow.conn.execute(
        account_directory.update().where(account_directory.c.account_id == account_id).values(active=False)
    )


async def connected_after(uow: UnitOfWork, after: UUID, limit: int) -> list[Known]:
    """Active accounts of all tenants, by id after `after`. Bus role."""
    entry = account_directory.c
    query = select(entry.tenant_id, entry.account_id, entry.active).where(
        entry.active, entry.account_id > after
    )
    rows = await uow.conn.execute(query.distinct().order_by(entry.account_id).limit(limit))
    return [Known(row.tenant_id, row.account_id, row.active) for row in rows]


async def known_after(uow: UnitOfWork, after: UUID, limit: int) -> list[Known]:
    """Accounts of all tenants, also those that left, by id after `after`. Bus role."""
    entry = account_directory.c
    query = select(entry.tenant_id, entry.account_id, func.bool_or(entry.active).label("active"))
    query = query.where(entry.account_id > after).group_by(entry.tenant_id, entry.account_id)
    rows = await uow.conn.execute(query.order_by(entry.account_id).limit(limit))
    return [Known(row.tenant_id, row.account_id, row.active) for row in rows]


@dataclass(frozen=True, slots=True)
class SealedRow:
    """An account's credentials as they are kept."""

    tenant_id: UUID
    account_id: UUID
    sealed: Sealed


async def load_sealed(uow: UnitOfWork, account_ids: Collection[UUID]) -> list[SealedRow]:
    """What these accounts keep, by id, unopened and unlocked."""
    columns = (accounts.c.tenant_id, accounts.c.account_id, accounts.c.key_id, accounts.c.sealed)
    query = select(*columns).where(accounts.c.account_id == among(account_ids))
    rows = await uow.conn.execute(query.order_by(accounts.c.account_id))
    return [SealedRow(r.tenant_id, r.account_id, Sealed(r.key_id, bytes(r.sealed))) for r in rows]


async def swap_sealed(uow: UnitOfWork, row: SealedRow, fresh: Sealed) -> bool:
    """Replace what a row keeps under its lock; False when it keeps something else meanwhile, which stays."""
    same = (accounts.c.key_id == row.sealed.key_id) & (accounts.c.sealed == row.sealed.data)
    changed = await uow.conn.execute(
        accounts.update()
        .where((accounts.c.account_id == row.account_id) & same)
        .values(key_id=fresh.key_id, sealed=fresh.data)
    )
    return changed.rowcount == 1


async def load_accounts(
    uow: UnitOfWork, account_ids: Iterable[UUID], sealer: Sealer | None = None, *, lock: bool = False
) -> dict[UUID, Account]:
    """Accounts by id, with credentials when a sealer is given; those of other tenants are not seen."""
    return {row.account_id: _account(row, sealer) for row in await _rows(uow, account_ids, lock=lock)}


async def load_openable(
    uow: UnitOfWork, account_ids: Iterable[UUID], sealer: Sealer
) -> tuple[dict[UUID, Account], set[UUID]]:
    """The same with credentials; and those whose credentials can't be opened: they hold up nobody else."""
    found, closed = dict[UUID, Account](), set[UUID]()
    for row in await _rows(uow, account_ids):
        try:
            found[row.account_id] = _account(row, sealer)
        except SealError as error:
            log.error(
                "an account's credentials can't be opened", account=str(row.account_id), error=str(error)
            )
            closed.add(row.account_id)
    return found, closed


async def _rows(uow: UnitOfWork, account_ids: Iterable[UUID], *, lock: bool = False) -> Sequence[Row]:
    ids = set(account_ids)
    if not ids:
        return []
    query = select(accounts).where(accounts.c.account_id == among(ids)).order_by(accounts.c.account_id)
    return (await uow.conn.execute(query.with_for_update() if lock else query)).all()


async def list_accounts(uow: UnitOfWork) -> list[Account]:
    """Every account of the transaction's tenants, without credentials."""
    rows = await uow.conn.execute(select(accounts).order_by(accounts.c.connected_at, accounts.c.account_id))
    return [_account(row, None) for row in rows]


def _account(r: Row, sealer: Sealer | None) -> Account:
    opened = sealer.open(r["tenant_id"], Sealed(r["key_id"], r["sealed"])) if sealer else {}
    return Account(
        account_id=r["account_id"],
        tenant_id=r["tenant_id"],
        platform=r["platform"],
        seller_id=r["seller_id"],
        address=r["address"],
        name=r["name"],
        connected_at=r["connected_at"],
        state=r["state"],
        stock_master=r["stock_master"],
        revision=r["revision"],
        watermark=r["watermark"],
        reason=r["reason"],
        granted_at=r["granted_at"],
        articles_up_to=r["articles_up_to"],
        articles_whole_at=r["articles_whole_at"],
        credentials=opened,
    )


async def save_account(uow: UnitOfWork, account: Account, sealed: Sealed | None = None) -> None:
    """Insert or overwrite an account; its credentials stay as they are unless new ones are given."""
    values = {
        "account_id": account.account_id,
        "tenant_id": account.tenant_id,
        "platform": account.platform,
        "seller_id": account.seller_id,
        "address": account.address,
        "name": account.name,
        "state": account.state,
        "reason": account.reason,
        "stock_master": account.stock_master,
        "revision": account.revision,
        "connected_at": account.connected_at,
        "watermark": account.watermark,
        "granted_at": account.granted_at,
        "articles_up_to": account.articles_up_to,
        "articles_whole_at": account.articles_whole_at,
        "changed_at": uow.now,
    }
    secret = {"key_id": sealed.key_id, "sealed": sealed.data} if sealed else {}
    if sealed is None:
        await uow.conn.execute(
            accounts.update().where(accounts.c.account_id == account.account_id).values(**values)
        )
        return
    statement = insert(accounts).values(**values, **secret)
    await uow.conn.execute(
        statement.on_conflict_do_update(index_elements=["account_id"], set_={**values, **secret})
    )


async def erase_tenants(uow: UnitOfWork, tenants: Sequence[UUID], own_tables: Sequence[Table] = ()) -> None:
    """Delete everything of the tenants, also in the connector's own tables, and remember that they were erased."""
    for tenant_id in sorted(set(tenants)):
        await erasing.remember(uow, tenant_id, uow.now)
    for table in (*own_tables, *TENANT_TABLES, *BUS_TABLES):
        if table not in (erased_tenants, budgets):
            await uow.conn.execute(delete(table).where(table.c.tenant_id == among(tenants)))


_ADVANCE_WATERMARK = text(
    "update accounts set watermark = greatest(watermark, :watermark), changed_at = :now where account_id = :account"
)


_ADVANCE_ARTICLES = text(
    "update accounts set articles_up_to = greatest(articles_up_to, :up_to), "
    "articles_whole_at = greatest(articles_whole_at, cast(:whole_at as timestamptz)), changed_at = :now "
    "where account_id = :account"
)


async def advance_articles(uow: UnitOfWork, account_id: UUID, up_to: datetime, *, whole: bool) -> None:
    """Every article changed before `up_to` has been read, `whole`: and all others too; neither time ever goes back."""
    values = {"account": account_id, "up_to": up_to, "whole_at": up_to if whole else None, "now": uow.now}
    await uow.conn.execute(_ADVANCE_ARTICLES, values)


async def advance_watermark(uow: UnitOfWork, account_id: UUID, watermark: object) -> None:
    """Every order changed before `watermark` has been read; it never goes back."""
    await uow.conn.execute(
        _ADVANCE_WATERMARK, {"account": account_id, "watermark": watermark, "now": uow.now}
    )
