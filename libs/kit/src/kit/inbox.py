"""The inbox: an event counts once per subscriber, however often Kafka brings it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from kit.unit_of_work import UnitOfWork

_CLAIM = text(
    "insert into inbox (subscriber, event_id) "
    "select :subscriber, e from unnest(cast(:ids as uuid[])) as e order by e "
    "on conflict do nothing returning event_id"
)
_PRUNE = text(
    "delete from inbox where (subscriber, event_id) in "
    "(select subscriber, event_id from inbox where received_at < :before limit 10000)"
)
KEPT = timedelta(days=60)


async def claim(uow: UnitOfWork, subscriber: str, event_ids: Sequence[UUID]) -> set[UUID]:
    """Record the events as received in this transaction; returns those never seen before.

    Rows go in in id order so that two owners of a partition, for a moment during a rebalance, can't deadlock.
    """
    if not event_ids:
        return set()
    rows = await uow.conn.execute(_CLAIM, {"subscriber": subscriber, "ids": list(event_ids)})
    return set(rows.scalars())


async def prune(uow: UnitOfWork) -> int:
    """Forget events older than any that Kafka or an outbox could still bring; returns how many."""
    result = await uow.conn.execute(_PRUNE, {"before": uow.now - KEPT})
    return result.rowcount
