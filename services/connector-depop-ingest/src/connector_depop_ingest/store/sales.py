"""SQL of the two doors' aliases, the sales they could mean, and questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from kit.bulk import upsert
from kit.unit_of_work import UnitOfWork
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from connector_depop_ingest.domain import Door, Known
from connector_depop_ingest.tables import questions, sale_aliases

_KNOWN = text(
    """
select s.sale_id, s.order_id, s.line_id, s.sold_at, s.line->>'title' as title,
  s.line->'price'->>'amount' as price, exists (
    select 1 from sale_aliases a where a.sale_id = s.sale_id and a.door = :door) as claimed
from sale_lines s where s.account_id = :account and s.sold_at between :since and :until
order by s.sold_at, s.order_id, s.line_id
"""
)


async def find_aliases(uow: UnitOfWork, account_id: UUID, door: Door, keys: Sequence[str]) -> dict[str, UUID]:
    """The sales known by these keys of a door."""
    query = select(sale_aliases.c.key, sale_aliases.c.sale_id).where(
        sale_aliases.c.account_id == account_id, sale_aliases.c.door == door, sale_aliases.c.key.in_(keys)
    )
    return {row.key: row.sale_id for row in await uow.conn.execute(query)}


async def enter_aliases(
    uow: UnitOfWork, tenant_id: UUID, account_id: UUID, door: Door, sales: Mapping[str, UUID]
) -> None:
    """Let keys of a door lead to sales from now on."""
    rows = [
        {"account_id": account_id, "door": door.value, "key": key, "tenant_id": tenant_id, "sale_id": sale}
        for key, sale in sales.items()
    ]
    await upsert(uow.conn, sale_aliases, rows, replace=False)


async def known_sales(
    uow: UnitOfWork, account_id: UUID, door: Door, since: datetime, until: datetime
) -> list[Known]:
    """Sale lines of a time, and whether this door has told them already."""
    values = {"account": account_id, "door": door.value, "since": since, "until": until}
    return [
        Known(r.sale_id, r.order_id, r.line_id, r.title, Decimal(r.price), r.sold_at, r.claimed)
        for r in await uow.conn.execute(_KNOWN, values)
    ]


async def save_questions(uow: UnitOfWork, rows: Sequence[Mapping[str, object]]) -> int:
    """Ask about CSV rows; a row asked about before is not asked again. Returns how many are new."""
    if not rows:
        return 0
    statement = insert(questions).values([dict(row) for row in rows])
    asked = await uow.conn.execute(
        statement.on_conflict_do_nothing(constraint="questions_once").returning(questions.c.question_id)
    )
    return len(asked.all())


async def list_questions(uow: UnitOfWork) -> list[Mapping[str, object]]:
    """The tenant's open questions, oldest first."""
    query = (
        select(questions).where(questions.c.state == "open").order_by(questions.c.created_at, questions.c.row)
    )
    return [dict(row) for row in await uow.conn.execute(query.limit(500))]
