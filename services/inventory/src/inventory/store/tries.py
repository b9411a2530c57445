"""SQL of test orders: what each has of its listing, as was last said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from uuid import UUID

from kit import bulk
from kit.bulk import among
from kit.unit_of_work import UnitOfWork
from sqlalchemy import func, select

from inventory.tables import tries


@dataclass(frozen=True, slots=True)
class Try:
    """The newest state of one test order line."""

    sale_id: UUID
    tenant_id: UUID
    listing_id: UUID
    revision: int
    units: int


async def tries_of(uow: UnitOfWork, sales: Collection[UUID]) -> dict[UUID, Try]:
    """Those of these test orders that were heard of before."""
    rows = await uow.conn.execute(select(tries).where(tries.c.sale_id == among(sales)))
    return {
        row.sale_id: Try(row.sale_id, row.tenant_id, row.listing_id, row.revision, row.units) for row in rows
    }


async def units_tried(uow: UnitOfWork, listings: Collection[UUID]) -> Counter[tuple[UUID, UUID]]:
    """How many units the test orders of a tenant have of each of these listings together, by (tenant, listing)."""
    query = (
        select(tries.c.tenant_id, tries.c.listing_id, func.sum(tries.c.units).label("units"))
        .where(tries.c.listing_id == among(listings))
        .group_by(tries.c.tenant_id, tries.c.listing_id)
    )
    return Counter({(row.tenant_id, row.listing_id): row.units for row in await uow.conn.execute(query)})


async def save_tries(uow: UnitOfWork, changed: Iterable[Try]) -> None:
    """Keep what was said now in place of what was said before."""
    await bulk.upsert(uow.conn, tries, [asdict(one) for one in changed])
