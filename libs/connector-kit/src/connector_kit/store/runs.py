"""SQL of runs: desired state, checkpoint, and the lease that fences zombies."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from kit.connection import Row
from kit.unit_of_work import UnitOfWork
from soldwire_contracts.sync import SyncRequested
from sqlalchemy import select, text

from connector_kit.store.codec import as_rows
from connector_kit.store.leases import LEASE
from connector_kit.tables import runs


@dataclass(frozen=True, slots=True)
class Run:
    """One run as asked for and as far as it is."""

    run_id: UUID
    tenant_id: UUID
    account_id: UUID
    desired: str
    scope: str
    since: datetime | None
    lookback_hours: int
    started_at: datetime | None = None
    articles_since: datetime | None = None
    """Articles changed since then are read; None: all are."""
    phase_began_at: datetime | None = None
    phase: str = "waiting"
    cursor: str | None = None
    done: int = 0
    total: int | None = None
    listings: int = 0
    drafts: int = 0
    sales: int = 0
    new_sales: int = 0
    sequence: int = 0
    failures: int = 0
    complete_up_to: datetime | None = None
    outcome: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class LeasedRun:
    """A run in hand until its lease ends; `due_at` is when it was due."""

    run_id: UUID
    tenant_id: UUID
    account_id: UUID
    lease_no: int
    due_at: datetime


_UPSERT = text(
    """
insert into runs (run_id, tenant_id, account_id, revision, desired, scope, since, lookback_hours, visible,
  requested_at, changed_at)
select run_id, tenant_id, account_id, revision, desired, scope, since, lookback_hours, visible, requested_at, :now
from jsonb_populate_recordset(null\\:\\:runs, cast(:rows as jsonb)) order by run_id
on conflict (run_id) do update set revision = excluded.revision, desired = excluded.desired, changed_at = :now
where excluded.revision > runs.revision and runs.outcome is null
returning run_id, tenant_id, account_id
"""
)
_QUEUE = text(
    "insert into due_runs (run_id, tenant_id, account_id, due_at) select run_id, tenant_id, account_id, :now "
    "from jsonb_populate_recordset(null\\:\\:due_runs, cast(:rows as jsonb)) order by run_id "
    "on conflict (run_id) do update set due_at = :now"
)
_LEASE = text(
    """
update due_runs q set lease_until = clock_timestamp() + cast(:lease_for as interval), lease_no = lease_no + 1 from (
  select run_id from due_runs where due_at <= :now and (lease_until is null or lease_until < clock_timestamp())
  order by due_at limit :most for update skip locked
) p where q.run_id = p.run_id returning q.run_id, q.tenant_id, q.account_id, q.lease_no, q.due_at
"""
)
_HOLD = text(
    "update due_runs set lease_until = clock_timestamp() + cast(:lease_for as interval) where run_id = :run and lease_no = :lease returning run_id"
)
_LATER = text(
    "update due_runs set lease_until = null, due_at = case when due_at = :was then :at else due_at end "
    "where run_id = :run and lease_no = :lease"
)
_HURRY = text(
    "update due_runs q set due_at = :now from (select run_id from due_runs "
    "where account_id = any(cast(:accounts as uuid[])) order by run_id for update) h where q.run_id = h.run_id"
)
_END = text("delete from due_runs where run_id = :run and lease_no = :lease")
_RUN_FIELDS = tuple(f.name for f in fields(Run))


async def upsert_runs(uow: UnitOfWork, requests: Sequence[SyncRequested]) -> int:
    """Take requested runs over, the highest revision of each, and queue them. An ended run stays ended."""
    newest: dict[UUID, SyncRequested] = {}
    for request in requests:
        held = newest.get(request.run_id)
        if held is None or request.revision > held.revision:
            newest[request.run_id] = request
    rows = [
        {
            "run_id": r.run_id,
            "tenant_id": r.tenant_id,
            "account_id": r.account_id,
            "revision": r.revision,
            "desired": r.desired,
            "scope": r.scope,
            "since": r.since,
            "lookback_hours": r.lookback_hours,
            "visible": r.visible,
            "requested_at": r.requested_at,
        }
        for r in newest.values()
    ]
    taken = (await uow.conn.execute(_UPSERT, {"rows": as_rows(rows), "now": uow.now})).all()
    if taken:
        queue = [{"run_id": r.run_id, "tenant_id": r.tenant_id, "account_id": r.account_id} for r in taken]
        await uow.conn.execute(_QUEUE, {"rows": as_rows(queue), "now": uow.now})
    return len(taken)


async def lease_runs(uow: UnitOfWork, *, most: int) -> list[LeasedRun]:
    """Lease due runs; the lease number rises with each takeover."""
    rows = await uow.conn.execute(_LEASE, {"now": uow.now, "lease_for": LEASE, "most": most})
    return [LeasedRun(r.run_id, r.tenant_id, r.account_id, r.lease_no, r.due_at) for r in rows]


async def hold_run(uow: UnitOfWork, leased: LeasedRun) -> Run | None:
    """Lock a run and extend its lease; None when the lease was taken over: stop without a word."""
    values = {"run": leased.run_id, "lease": leased.lease_no, "lease_for": LEASE}
    query = select(runs).where(runs.c.run_id == leased.run_id).with_for_update()
    row = (await uow.conn.execute(query)).one_or_none()
    if row is None or (await uow.conn.execute(_HOLD, values)).one_or_none() is None:
        return None
    return _run(row)


async def load_run(uow: UnitOfWork, run_id: UUID) -> Run | None:
    """A run as it is on record, without a lock."""
    row = (await uow.conn.execute(select(runs).where(runs.c.run_id == run_id))).one_or_none()
    return _run(row) if row is not None else None


def _run(r: Row) -> Run:
    return Run(**{name: r[name] for name in _RUN_FIELDS})


async def save_run(uow: UnitOfWork, run: Run) -> None:
    """Write a run's checkpoint and counts."""
    asked = {"run_id", "tenant_id", "account_id", "desired", "scope", "since", "lookback_hours"}
    values = {name: getattr(run, name) for name in _RUN_FIELDS if name not in asked}
    await uow.conn.execute(
        runs.update().where(runs.c.run_id == run.run_id).values(**values, changed_at=uow.now)
    )


async def postpone_run(uow: UnitOfWork, leased: LeasedRun, at: datetime) -> None:
    """Give a lease back until `at`; one that was hurried, or asked for anew, meanwhile stays due."""
    values = {"run": leased.run_id, "lease": leased.lease_no, "at": at, "was": leased.due_at}
    await uow.conn.execute(_LATER, values)


async def hurry_runs(uow: UnitOfWork, account_ids: Collection[UUID]) -> None:
    """Have the runs of these accounts go on now; one in hand is due again as soon as it is given back."""
    if account_ids:
        await uow.conn.execute(_HURRY, {"accounts": sorted(account_ids), "now": uow.now})


async def end_run(uow: UnitOfWork, leased: LeasedRun) -> None:
    """Take an ended run off the queue."""
    await uow.conn.execute(_END, {"run": leased.run_id, "lease": leased.lease_no})
