"""SQL of shops: how listings are taken down, how far browsers have read, and forgetting a tenant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from kit.unit_of_work import UnitOfWork
from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert

from connector_depop_ingest.domain import TakeDown
from connector_depop_ingest.tables import OWN_BUS_TABLES, OWN_TENANT_TABLES, shops


@dataclass(frozen=True, slots=True)
class ShopRow:
    """What is kept of a shop beside its account."""

    account_id: UUID
    take_down: TakeDown
    currency: str
    sold_read_at: datetime | None
    listings_read_at: datetime | None


async def ensure_shop(uow: UnitOfWork, tenant_id: UUID, account_id: UUID, currency: str) -> None:
    """Keep a shop's row from its first pairing on."""
    statement = insert(shops).values(account_id=account_id, tenant_id=tenant_id, currency=currency)
    await uow.conn.execute(
        statement.on_conflict_do_update(index_elements=["account_id"], set_={"currency": currency})
    )


async def load_shop(uow: UnitOfWork, account_id: UUID) -> ShopRow | None:
    """One shop of the transaction's tenants."""
    row = (await uow.conn.execute(select(shops).where(shops.c.account_id == account_id))).one_or_none()
    if row is None:
        return None
    return ShopRow(
        row.account_id, TakeDown(row.take_down), row.currency, row.sold_read_at, row.listings_read_at
    )


async def set_take_down(uow: UnitOfWork, account_id: UUID, take_down: TakeDown) -> bool:
    """Choose how this shop's sold listings are taken down; False when there is no such shop."""
    changed = await uow.conn.execute(
        shops.update().where(shops.c.account_id == account_id).values(take_down=take_down.value)
    )
    return changed.rowcount == 1


_READ = {
    "sold": text("update shops set sold_read_at = greatest(sold_read_at, :at) where account_id = :account"),
    "listings": text(
        "update shops set listings_read_at = greatest(listings_read_at, :at) where account_id = :account"
    ),
}
_NEXT_READ = text(
    "update due_polls set due_at = cast(:next as timestamptz), wanted_at = null where account_id = :account "
    "and (wanted_at is null or wanted_at <= cast(:at as timestamptz))"
)
_WANTED = text(
    """
select coalesce((select due_at <= :now from due_polls where account_id = :account), false) as sold,
  exists (select 1 from runs r where r.account_id = :account and r.outcome is null and r.phase = 'articles'
    and (s.listings_read_at is null or s.listings_read_at < r.started_at)) as listings,
  exists (select 1 from runs r where r.account_id = :account and r.outcome is null and r.phase = 'sales'
    and (s.sold_read_at is null or s.sold_read_at < r.started_at)) as sold_for_run
from shops s where s.account_id = :account
"""
)


async def mark_read(uow: UnitOfWork, account_id: UUID, what: str, at: datetime, every: timedelta) -> None:
    """A browser has read the shop's `sold` items or `listings` as they were at that time."""
    await uow.conn.execute(_READ[what], {"account": account_id, "at": at})
    if what == "sold":
        await uow.conn.execute(_NEXT_READ, {"account": account_id, "at": at, "next": uow.now + every})


async def reading_wanted(uow: UnitOfWork, account_id: UUID) -> tuple[bool, bool]:
    """Whether a browser should read the sold items now, and the listings."""
    row = (await uow.conn.execute(_WANTED, {"account": account_id, "now": uow.now})).one_or_none()
    return (row.sold or row.sold_for_run, row.listings) if row else (False, False)


async def erase_own(uow: UnitOfWork, tenants: Sequence[UUID]) -> None:
    """Delete what only this connector keeps of the tenants."""
    for table in (*OWN_BUS_TABLES, *OWN_TENANT_TABLES):
        await uow.conn.execute(delete(table).where(table.c.tenant_id.in_(list(tenants))))
