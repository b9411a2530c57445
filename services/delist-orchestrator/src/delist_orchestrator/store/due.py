"""SQL of the due queue: what the sweep takes, under leases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from kit import bulk
from kit.unit_of_work import UnitOfWork
from sqlalchemy import text

from delist_orchestrator import tables
from delist_orchestrator.domain import Key, Pause, Step

_LEASE = timedelta(seconds=6)
_CLAIM = text(
    "update due_steps d set lease_until = :until from ("
    "select listing_id, version from due_steps where due_at <= :now and (lease_until is null or lease_until < :now) "
    "order by due_at limit :limit for update skip locked) taken "
    "where d.listing_id = taken.listing_id and d.version = taken.version "
    "returning d.tenant_id, d.listing_id, d.version"
)
_DEQUEUE = text(
    "delete from due_steps where (listing_id, version) in "
    "(select * from unnest(cast(:listings as uuid[]), cast(:versions as int[])))"
)
_RELEASE = text(
    "update due_steps set due_at = :now where due_at is null "
    "and (cast(:tenant as uuid) is null or tenant_id = :tenant) "
    "and (cast(:platform as text) is null or platform = :platform) "
    "and (cast(:account as uuid) is null or account_id = :account)"
)


async def enqueue(uow: UnitOfWork, steps: Sequence[Step]) -> None:
    """Have the sweep look at these steps at their time; paused ones wait for a resume."""
    await bulk.upsert(
        uow.conn,
        tables.due_steps,
        [
            {
                "listing_id": step.listing_id,
                "version": step.version,
                "tenant_id": step.tenant_id,
                "account_id": step.account_id,
                "platform": step.platform,
                "due_at": step.look_at,
                "lease_until": None,
            }
            for step in steps
        ],
    )


async def dequeue(uow: UnitOfWork, steps: Sequence[Step]) -> None:
    """Nothing more is due of these steps."""
    await _dequeue_keys(uow, [step.key for step in steps])


async def _dequeue_keys(uow: UnitOfWork, keys: Sequence[Key]) -> None:
    if keys:
        await uow.conn.execute(_DEQUEUE, {"listings": [k[0] for k in keys], "versions": [k[1] for k in keys]})


async def claim_due(uow: UnitOfWork, limit: int) -> list[tuple[UUID, Key]]:
    """Lease what is due, as (tenant, step key), for this process to look at."""
    found = await uow.conn.execute(_CLAIM, {"now": uow.now, "until": uow.now + _LEASE, "limit": limit})
    return [(row.tenant_id, (row.listing_id, row.version)) for row in found]


async def requeue(uow: UnitOfWork, keys: Sequence[Key], steps: Sequence[Step]) -> None:
    """After a look: steps with more to come get their next time, the other keys leave the queue."""
    watched = {step.key: step for step in steps if step.is_watched}
    await enqueue(uow, list(watched.values()))
    await _dequeue_keys(uow, [key for key in keys if key not in watched])


async def release_held(uow: UnitOfWork, pause: Pause) -> int:
    """Let the sweep look at the steps a lifted pause may have held; returns how many."""
    scope = {"tenant": pause.tenant_id, "platform": pause.platform, "account": pause.account_id}
    return (await uow.conn.execute(_RELEASE, {"now": uow.now, **scope})).rowcount
