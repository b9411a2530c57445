"""SQL of what is due and not done yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kit.unit_of_work import UnitOfWork
from sqlalchemy import text

_MOST = 100_000
_WAITING = text(
    """
select 'webhooks' as what, count(*) as count, min(due_at) as since from (
  select due_at from raw_webhooks where mapped_at is null and due_at <= :now limit :most) w
union all
select 'intents', count(*), min(due_at) from (select due_at from due_intents where due_at <= :now limit :most) i
"""
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much is due, counted up to a hundred thousand, and for how many seconds the oldest of it."""

    count: int
    oldest: float


async def read_backlogs(uow: UnitOfWork) -> Mapping[str, Waiting]:
    """What is due now, by what it is: webhooks to be mapped, intents to be brought about."""
    rows = await uow.conn.execute(_WAITING, {"now": uow.now, "most": _MOST})
    return {
        row.what: Waiting(row["count"], (uow.now - row.since).total_seconds() if row.since else 0.0)
        for row in rows
    }
