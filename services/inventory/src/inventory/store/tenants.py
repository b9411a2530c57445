"""Removed sales and erased tenants: what has to be remembered for events still to come."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kit import bulk, erasing
from kit.bulk import among
from kit.unit_of_work import UnitOfWork
from sqlalchemy import delete, select, text

from inventory.domain import Article, Hold
from inventory.store.matching import park
from inventory.tables import (
    BUSINESS,
    BUSINESS_0005,
    BUSINESS_0006,
    BUSINESS_0007,
    holds,
    owner_sweeps,
    removals,
)


@dataclass(frozen=True, slots=True)
class Remembered:
    """What was said of a sale before it meets its article."""

    removed: bool = False
    """A person removed it, and still has the article."""
    revision: int = 0
    """Of the last word on it by the article that it has left."""


async def remembered(uow: UnitOfWork, sales: Collection[UUID]) -> dict[UUID, Remembered]:
    """Those of the sales of which there is something to remember."""
    if not sales:
        return {}
    query = select(removals.c.sale_id, removals.c.removed, removals.c.said_revision)
    worth = removals.c.removed | (removals.c.said_revision > 0)
    rows = await uow.conn.execute(query.where(removals.c.sale_id == among(sales), worth))
    return {row.sale_id: Remembered(row.removed, row.said_revision) for row in rows}


_LEAVE = text(
    "insert into removals (sale_id, tenant_id, revision, removed, said_revision) select s, t, 0, false, r "
    "from unnest(cast(:s as uuid[]), cast(:t as uuid[]), cast(:r as int[])) as row(s, t, r) order by s "
    "on conflict (sale_id) do update set said_revision = greatest(removals.said_revision, excluded.said_revision)"
)


async def leave(uow: UnitOfWork, left: Sequence[tuple[Article, Hold]]) -> None:
    """Send sales that their articles let go back to the unmatched; to be called when that has been said."""
    if not left:
        return
    await uow.conn.execute(delete(holds).where(holds.c.sale_id == among([h.line.sale_id for _, h in left])))
    await park(uow, [hold.line for _, hold in left])
    said = {
        "s": [hold.line.sale_id for _, hold in left],
        "t": [article.tenant_id for article, _ in left],
        "r": [article.revision for article, _ in left],
    }
    await uow.conn.execute(_LEAVE, said)


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
    for table in (*BUSINESS, *BUSINESS_0005, *BUSINESS_0006, *BUSINESS_0007, owner_sweeps):
        await uow.conn.execute(delete(table).where(table.c.tenant_id == tenant_id))
