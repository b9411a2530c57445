"""Removed sales and erased tenants: what has to be remembered for events still to come."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from kit import bulk, erasing
from kit.bulk import among
from kit.unit_of_work import UnitOfWork
from sqlalchemy import delete, select

from inventory.tables import BUSINESS, BUSINESS_0005, owner_sweeps, removals


async def removed_sales(uow: UnitOfWork, sales: Collection[UUID]) -> set[UUID]:
    """Which of the sales a person removed, still having the article."""
    query = select(removals.c.sale_id).where(removals.c.sale_id == among(sales), removals.c.removed)
    return set((await uow.conn.execute(query)).scalars())


async def note_removals(uow: UnitOfWork, said: Mapping[UUID, tuple[UUID, int, bool]]) -> set[UUID]:
    """Keep the ledger's newest word on each sale (tenant, revision, removed); returns those that were news."""
    known = await uow.conn.execute(
        select(removals.c.sale_id, removals.c.revision)
        .where(removals.c.sale_id == among(said))
        .order_by(removals.c.sale_id)
        .with_for_update()
    )
    revisions = {row.sale_id: row.revision for row in known}
    rows: list[dict[str, object]] = [
        {"sale_id": sale_id, "tenant_id": tenant_id, "revision": revision, "removed": removed}
        for sale_id, (tenant_id, revision, removed) in said.items()
        if revision > revisions.get(sale_id, 0)
    ]
    await bulk.upsert(uow.conn, removals, rows)
    return {sale_id for sale_id, (_, revision, _) in said.items() if revision > revisions.get(sale_id, 0)}


async def erase(uow: UnitOfWork, tenant_id: UUID, erased_at: datetime) -> None:
    """Forget everything of a tenant, and remember that."""
    await erasing.remember(uow, tenant_id, erased_at)
    for table in (*BUSINESS, *BUSINESS_0005, owner_sweeps):
        await uow.conn.execute(delete(table).where(table.c.tenant_id == tenant_id))
