"""SQL of the last seen state of order lines."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kit.bulk import among
from kit.unit_of_work import UnitOfWork
from sqlalchemy import select, text

from connector_kit.domain import OrderLine
from connector_kit.store.codec import as_rows, line_from_json, line_to_json
from connector_kit.tables import sale_lines


@dataclass(frozen=True, slots=True)
class HeldLine:
    """An order line as held: its state, revision, and how it was found first."""

    sale_id: UUID
    tenant_id: UUID
    account_id: UUID
    listing_id: UUID | None
    content_hash: str
    revision: int
    line: OrderLine
    found_by: str
    accepted_at: datetime


_COLUMNS = (
    "sale_id, tenant_id, account_id, order_id, line_id, listing_id, content_hash, revision, line, found_by, "
    "accepted_at, sold_at, changed_at"
)
_INSERT = text(
    f"insert into sale_lines ({_COLUMNS}) select {_COLUMNS} from "  # noqa: S608 - constant columns
    "jsonb_populate_recordset(null\\:\\:sale_lines, cast(:rows as jsonb)) order by sale_id "
    "on conflict (sale_id) do nothing returning sale_id"
)
_UPDATE = text(
    "update sale_lines s set content_hash = r.content_hash, revision = r.revision, line = r.line, "
    "listing_id = r.listing_id, sold_at = r.sold_at, changed_at = r.changed_at from "
    "jsonb_populate_recordset(null\\:\\:sale_lines, cast(:rows as jsonb)) r where s.sale_id = r.sale_id"
)
_OF_ORDERS = text(
    "select sale_id from sale_lines where account_id = :account and order_id = any(cast(:orders as text[]))"
)


async def lock_lines(uow: UnitOfWork, sale_ids: Iterable[UUID]) -> dict[UUID, HeldLine]:
    """Lock order lines in id order; those not held yet are left out."""
    ids = set(sale_ids)
    if not ids:
        return {}
    wanted = sale_lines.c.sale_id == among(ids)
    query = select(sale_lines).where(wanted).order_by(sale_lines.c.sale_id).with_for_update()
    return {
        row.sale_id: HeldLine(
            row.sale_id,
            row.tenant_id,
            row.account_id,
            row.listing_id,
            row.content_hash,
            row.revision,
            line_from_json(row.line),
            row.found_by,
            row.accepted_at,
        )
        for row in await uow.conn.execute(query)
    }


async def lock_orders(
    uow: UnitOfWork, account_id: UUID, order_ids: Collection[str]
) -> dict[str, list[HeldLine]]:
    """Lock the lines held of an account's orders in id order; by order, each order's lines by their id."""
    ids = await uow.conn.execute(_OF_ORDERS, {"account": account_id, "orders": sorted(order_ids)})
    held = await lock_lines(uow, ids.scalars())
    found: dict[str, list[HeldLine]] = {}
    for line in sorted(held.values(), key=lambda held: held.line.line_id):
        found.setdefault(line.line.order_id, []).append(line)
    return found


def _rows(lines: Sequence[HeldLine], now: datetime) -> str:
    return as_rows(
        [
            {
                "sale_id": held.sale_id,
                "tenant_id": held.tenant_id,
                "account_id": held.account_id,
                "order_id": held.line.order_id,
                "line_id": held.line.line_id,
                "listing_id": held.listing_id,
                "content_hash": held.content_hash,
                "revision": held.revision,
                "line": line_to_json(held.line),
                "found_by": held.found_by,
                "accepted_at": held.accepted_at,
                "sold_at": held.line.sold_at,
                "changed_at": now,
            }
            for held in lines
        ]
    )


async def insert_lines(uow: UnitOfWork, lines: Sequence[HeldLine]) -> set[UUID]:
    """Insert new order lines in id order; returns those inserted, the others were another transaction's meanwhile."""
    if not lines:
        return set()
    inserted = await uow.conn.execute(_INSERT, {"rows": _rows(lines, uow.now)})
    return set(inserted.scalars())


async def update_lines(uow: UnitOfWork, lines: Sequence[HeldLine]) -> None:
    """Write the new state of locked order lines."""
    if lines:
        await uow.conn.execute(_UPDATE, {"rows": _rows(lines, uow.now)})
