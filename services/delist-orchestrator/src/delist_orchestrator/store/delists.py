"""SQL of delists, one per sale, and of how many each group of the Delist tab holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from kit import bulk
from kit.unit_of_work import UnitOfWork
from sqlalchemy import Select, func, or_, select, text

from delist_orchestrator import tables
from delist_orchestrator.domain import Chapter, Delist, Group, Step
from delist_orchestrator.store import rows

_LOCK = text("select * from delists where sale_id = any(:sales) order by sale_id for update")
_STEPS = text("select * from steps where sale_id = any(:sales) order by sale_id, listing_id, version")


async def start_delists(uow: UnitOfWork, delists: Sequence[Delist]) -> None:
    """Make rows for sales met for the first time; those known already stay as they are."""
    first = {delist.sale_id: delist for delist in reversed(delists)}
    await bulk.upsert(uow.conn, tables.delists, [rows.delist_row(d) for d in first.values()], replace=False)


async def lock_delists(uow: UnitOfWork, sales: Collection[UUID]) -> list[Delist]:
    """The delists of these sales, locked in id order."""
    if not sales:
        return []
    found = await uow.conn.execute(_LOCK, {"sales": list(sales)})
    return [rows.delist(row) for row in found]


async def save_delists(uow: UnitOfWork, delists: Sequence[Delist]) -> None:
    """Write delists already there."""
    await bulk.upsert(uow.conn, tables.delists, [rows.delist_row(delist) for delist in delists])


async def steps_of_sales(uow: UnitOfWork, sales: Collection[UUID]) -> dict[UUID, list[Step]]:
    """All steps of these sales, every version, in listing and version order."""
    found: dict[UUID, list[Step]] = defaultdict(list)
    if sales:
        for row in await uow.conn.execute(_STEPS, {"sales": list(sales)}):
            found[row["sale_id"]].append(rows.step(row))
    return found


def groups_query(tenant_id: UUID, done_since: datetime) -> Select[tuple[str, int]]:
    """Each group that has any, and how many."""
    d = tables.delists.c
    open_or_recent = or_(d.state != Group.DONE.value, d.completed_at >= done_since)
    return select(d.state, func.count()).where(d.tenant_id == tenant_id, open_or_recent).group_by(d.state)


async def count_groups(uow: UnitOfWork, tenant_id: UUID, done_since: datetime) -> dict[Group, int]:
    """How many delists each group of the Delist tab holds; done ones since a time."""
    found = await uow.conn.execute(groups_query(tenant_id, done_since))
    counts = {Group(state): count for state, count in found}
    return {group: counts.get(group, 0) for group in Group}


async def load_chapters(uow: UnitOfWork, tenant_id: UUID, sales: Sequence[UUID]) -> list[Chapter]:
    """Delists with all their steps, without locks, in the order asked."""
    d = tables.delists.c
    query = select(tables.delists).where(d.tenant_id == tenant_id, d.sale_id.in_(sales))
    found = {row["sale_id"]: rows.delist(row) for row in await uow.conn.execute(query)}
    steps = await steps_of_sales(uow, list(found))
    return [Chapter(found[sale], steps.get(sale, [])) for sale in sales if sale in found]
