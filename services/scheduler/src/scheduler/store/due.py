"""SQL of the clock's tables: when plans fire, when the silence of runs is judged."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from kit import bulk
from kit.unit_of_work import UnitOfWork
from sqlalchemy import delete, select, text

from scheduler import tables
from scheduler.domain import Plan, Run

# A due time further ahead than two beats was written by a clock that has gone back since: it is due now. One beat
# would not do, for the clocks of two replicas differ a little.
_TAKE = text(
    "select account_id, tenant_id, due_at, every_seconds from due_plans "
    "where due_at <= :now or due_at > :now + make_interval(secs => 2 * every_seconds) "
    "order by account_id limit :limit for update skip locked"
)


@dataclass(frozen=True, slots=True)
class DuePlan:
    """A plan whose time has come."""

    account_id: UUID
    tenant_id: UUID
    due_at: datetime
    every: timedelta


async def take_due_plans(uow: UnitOfWork, limit: int) -> Sequence[DuePlan]:
    """Plans that are due, locked until the commit; those in another replica's hand are skipped."""
    rows = await uow.conn.execute(_TAKE, {"now": uow.now, "limit": limit})
    return [
        DuePlan(row.account_id, row.tenant_id, row.due_at, timedelta(seconds=row.every_seconds))
        for row in rows
    ]


async def schedule(uow: UnitOfWork, plan: Plan, due_at: datetime | None) -> None:
    """Set when a plan fires next; one that is off, or due at None, does not."""
    every = plan.interval.every
    if every is None or due_at is None:
        due = tables.due_plans
        await uow.conn.execute(delete(due).where(due.c.account_id == plan.account_id))
        return
    columns = {
        "account_id": plan.account_id,
        "tenant_id": plan.tenant_id,
        "due_at": due_at,
        "every_seconds": int(every.total_seconds()),
    }
    await bulk.upsert(uow.conn, tables.due_plans, [columns])


async def watch(uow: UnitOfWork, runs: Sequence[Run]) -> None:
    """Have the silence of these runs judged at their time."""
    rows = [{"run_id": run.run_id, "tenant_id": run.tenant_id, "look_at": run.look_at} for run in runs]
    await bulk.upsert(uow.conn, tables.watched_runs, rows)


async def unwatch(uow: UnitOfWork, ids: Collection[UUID]) -> None:
    """These runs have ended."""
    if ids:
        watched = tables.watched_runs
        await uow.conn.execute(delete(watched).where(watched.c.run_id.in_(ids)))


async def find_silent(uow: UnitOfWork, limit: int) -> Mapping[UUID, UUID]:
    """Runs to be judged, with their tenants; not locked, their runs are."""
    watched = tables.watched_runs
    query = select(watched.c.run_id, watched.c.tenant_id).where(watched.c.look_at <= uow.now)
    rows = await uow.conn.execute(query.order_by(watched.c.look_at).limit(limit))
    return {row.run_id: row.tenant_id for row in rows}
