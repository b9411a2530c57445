"""SQL of sales: locked in id order, written whole, with the terms they are found by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from kit import bulk
from kit.ids import new_id
from kit.unit_of_work import UnitOfWork
from sqlalchemy import text

from sales_ledger import tables
from sales_ledger.domain import Sale, Turn, terms_of
from sales_ledger.store import rows

_LOCK = text("select * from sales where sale_id = any(:ids) order by sale_id for update")
_GET = text("select * from sales where sale_id = :id and tenant_id = :tenant and line is not null")
_RECORDED = text("select * from sales where sale_id = any(:ids) and tenant_id = :tenant and line is not null")
_CHANGES = text(
    "select what, changed_by, reason, changed_at, detail from changes where tenant_id = :tenant and sale_id = :id "
    "order by changed_at, id"
)
_DROP_TERMS = text("delete from sale_terms where sale_id = any(:ids)")
_ADD_TERMS = text(
    "insert into sale_terms (tenant_id, term, sale_id) "
    "select * from unnest(cast(:tenants as uuid[]), cast(:terms as text[]), cast(:sales as uuid[])) "
    "on conflict do nothing"
)


async def lock_or_start(uow: UnitOfWork, owners: Mapping[UUID, UUID]) -> dict[UUID, Sale]:
    """Lock these sales (id → tenant), making a row for each met for the first time."""
    held = await lock(uow, list(owners))
    new = [sale for sale in owners if sale not in held]
    if new:
        fresh = [rows.sale_row(Sale(tenant_id=owners[sale], sale_id=sale)) for sale in new]
        await bulk.upsert(uow.conn, tables.sales, fresh, replace=False)
        held |= await lock(uow, new)
    return held


async def lock(uow: UnitOfWork, ids: Sequence[UUID]) -> dict[UUID, Sale]:
    """Lock those of these sales that exist."""
    found = await uow.conn.execute(_LOCK, {"ids": list(ids)})
    return {row["sale_id"]: rows.sale(row) for row in found}


async def save(uow: UnitOfWork, turns: Sequence[Turn]) -> None:
    """Write the sales as they became; terms only where the marketplace's word changed."""
    await bulk.upsert(uow.conn, tables.sales, [rows.sale_row(turn.after) for turn in turns])
    renamed = [t.after for t in turns if terms_of(t.before) != terms_of(t.after)]
    if not renamed:
        return
    await uow.conn.execute(_DROP_TERMS, {"ids": [sale.sale_id for sale in renamed]})
    found = [(sale.tenant_id, term, sale.sale_id) for sale in renamed for term in sorted(terms_of(sale))]
    await uow.conn.execute(
        _ADD_TERMS,
        {"tenants": [f[0] for f in found], "terms": [f[1] for f in found], "sales": [f[2] for f in found]},
    )


async def get(uow: UnitOfWork, tenant_id: UUID, sale_id: UUID) -> Sale | None:
    """One recorded sale, without a lock."""
    found = await uow.conn.execute(_GET, {"id": sale_id, "tenant": tenant_id})
    row = found.one_or_none()
    return rows.sale(row) if row else None


async def save_changes(
    uow: UnitOfWork,
    tenant_id: UUID,
    sales: Sequence[UUID],
    what: str,
    by: str,
    reason: str | None,
    detail: str | None = None,
) -> None:
    """Keep who did what, when and why."""
    await bulk.upsert(
        uow.conn,
        tables.changes,
        [
            {
                "id": new_id(),
                "tenant_id": tenant_id,
                "sale_id": sale,
                "what": what,
                "changed_by": by,
                "reason": reason,
                "detail": detail,
                "changed_at": uow.now,
            }
            for sale in sales
        ],
    )


async def recorded(uow: UnitOfWork, tenant_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Sale]:
    """Those of these sales that are recorded, without a lock."""
    found = await uow.conn.execute(_RECORDED, {"ids": list(ids), "tenant": tenant_id})
    return {row["sale_id"]: rows.sale(row) for row in found}


SaleChange = tuple[str, str, str | None, datetime, str | None]
"""What, who, why, when, and to what."""


async def changes_of(uow: UnitOfWork, tenant_id: UUID, sale_id: UUID) -> list[SaleChange]:
    """Every decision on a sale, oldest first."""
    found = await uow.conn.execute(_CHANGES, {"tenant": tenant_id, "id": sale_id})
    return [(row.what, row.changed_by, row.reason, row.changed_at, row.detail) for row in found]
