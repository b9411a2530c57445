"""SQL of leases in hand: those of the work queues are fenced by number, a webhook's is the time it is due again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from enum import Enum
from uuid import UUID

from kit.unit_of_work import UnitOfWork
from sqlalchemy import TextClause, text

LEASE = timedelta(seconds=6)
"""What a process that died held is free after so long; a living one keeps its own (`connector_kit.leases`)."""


class Queue(Enum):
    """A table of work and its key."""

    INTENTS = ("due_intents", "listing_id")
    POLLS = ("due_polls", "account_id")
    RUNS = ("due_runs", "run_id")
    CHORES = ("due_chores", "chore_id")
    WEBHOOKS = ("raw_webhooks", "id")


def _keep(table: str, key: str) -> str:
    """Rows that somebody has locked are being ended or handed out: those are left alone."""
    return (
        f"update {table} q set lease_until = clock_timestamp() + cast(:lease_for as interval) from (select d.{key} from {table} d "  # noqa: S608 - constants
        f"join unnest(cast(:keys as uuid[]), cast(:numbers as bigint[])) as r(k, n) on d.{key} = r.k "
        f"where d.lease_no = r.n and d.lease_until is not null order by d.{key} for update of d skip locked) h "
        f"where q.{key} = h.{key}"
    )


_KEEP: dict[Queue, TextClause] = {
    queue: text(_keep(*queue.value)) for queue in Queue if queue is not Queue.WEBHOOKS
}
_KEEP[Queue.WEBHOOKS] = text(
    "update raw_webhooks w set due_at = :until from (select d.id from raw_webhooks d "
    "join unnest(cast(:keys as uuid[]), cast(:numbers as bigint[])) as r(k, n) on d.id = r.k "
    "where d.attempts = r.n and d.mapped_at is null order by d.id for update of d skip locked) h where w.id = h.id"
)


async def keep_leases(uow: UnitOfWork, queue: Queue, held: Sequence[tuple[UUID, int]]) -> None:
    """Prolong leases, (key, lease number), that are still ours; a webhook's number is that of its attempts."""
    values: dict[str, object] = {"keys": [key for key, _ in held], "numbers": [number for _, number in held]}
    until = {"until": uow.now + LEASE} if queue is Queue.WEBHOOKS else {"lease_for": LEASE}
    await uow.conn.execute(_KEEP[queue], values | until)
