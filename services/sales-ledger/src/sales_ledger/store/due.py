"""SQL of removals that wait for their undo to pass, and of forgetting tenants."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from kit import bulk, erasing
from kit.unit_of_work import UnitOfWork
from sqlalchemy import delete, text

from sales_ledger import tables

_LEASE = timedelta(seconds=6)
_CLAIM = text(
    "update due_removals d set lease_until = :until from (select sale_id from due_removals "
    "where due_at <= :now and (lease_until is null or lease_until < :now) order by due_at limit :limit "
    "for update skip locked) taken where d.sale_id = taken.sale_id returning d.tenant_id, d.sale_id"
)
_STILL = text("select sale_id from due_removals where sale_id = any(:ids) and due_at <= :now")
_DONE = text("delete from due_removals where sale_id = any(:ids)")


async def schedule_removals(
    uow: UnitOfWork, tenant_id: UUID, sales: Sequence[UUID], due_at: datetime
) -> None:
    """Have these removals said once their undo has passed."""
    await bulk.upsert(
        uow.conn,
        tables.due_removals,
        [{"sale_id": s, "tenant_id": tenant_id, "due_at": due_at, "lease_until": None} for s in sales],
    )


async def claim_removals(uow: UnitOfWork, limit: int) -> list[tuple[UUID, UUID]]:
    """Lease (tenant, sale) of removals whose undo has passed."""
    found = await uow.conn.execute(_CLAIM, {"now": uow.now, "until": uow.now + _LEASE, "limit": limit})
    return [(row.tenant_id, row.sale_id) for row in found]


async def still_due(uow: UnitOfWork, sales: Sequence[UUID]) -> list[UUID]:
    """Of these locked sales those whose removal is due: it may have been undone, and begun anew, since it was claimed."""
    return list((await uow.conn.execute(_STILL, {"ids": list(sales), "now": uow.now})).scalars())


async def drop_removals(uow: UnitOfWork, sales: Sequence[UUID]) -> None:
    """Nothing is due of these any more."""
    await uow.conn.execute(_DONE, {"ids": list(sales)})


async def erase(uow: UnitOfWork, tenant_id: UUID, at: datetime) -> None:
    """Delete all a tenant has here and remember that it was erased."""
    later = (*tables.MATCHING_TABLES, *reversed(tables.CONSIGNOR_TABLES))
    owned = (*later, *reversed(tables.TENANT_TABLES), *tables.TOTAL_TABLES, *tables.BALANCE_TABLES)
    for table in (*owned, *tables.CONSIGNOR_BUS_TABLES, tables.due_removals):
        await uow.conn.execute(delete(table).where(table.c.tenant_id == tenant_id))
    await erasing.remember(uow, tenant_id, at)
