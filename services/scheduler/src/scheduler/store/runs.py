"""SQL of runs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from uuid import UUID

from kit import bulk
from kit.connection import Row
from kit.unit_of_work import UnitOfWork
from sqlalchemy import select, tuple_

from scheduler import tables
from scheduler.domain import Counts, Origin, Run, Scope, State

_runs = tables.runs
_COUNTS = tuple(field.name for field in fields(Counts))
_PLAIN = tuple(
    field.name for field in fields(Run) if field.name not in ("counts", "scope", "origin", "desired", "state")
)


async def lock_runs(uow: UnitOfWork, ids: Collection[UUID], *, skip_locked: bool = False) -> dict[UUID, Run]:
    """The runs of these that exist, locked in id order until the commit."""
    query = select(_runs).where(_runs.c.run_id.in_(ids)).order_by(_runs.c.run_id)
    rows = await uow.conn.execute(query.with_for_update(skip_locked=skip_locked))
    return {row.run_id: _run(row) for row in rows}


async def lock_active_runs(uow: UnitOfWork, accounts: Collection[UUID]) -> Mapping[UUID, Sequence[Run]]:
    """Runs on their way, by account, locked in id order until the commit."""
    query = select(_runs).where(_runs.c.account_id.in_(accounts), _runs.c.finished_at.is_(None))
    found: dict[UUID, list[Run]] = defaultdict(list)
    for row in await uow.conn.execute(query.order_by(_runs.c.run_id).with_for_update()):
        found[row.account_id].append(_run(row))
    return found


async def newest_runs(
    uow: UnitOfWork, *, visible_only: bool, before: tuple[datetime, UUID] | None, limit: int
) -> Sequence[Run]:
    """The tenant's runs, newest first, from after `before` (time asked for, id) on."""
    query = select(_runs).order_by(_runs.c.requested_at.desc(), _runs.c.run_id.desc()).limit(limit)
    if visible_only:
        query = query.where(_runs.c.visible)
    if before is not None:
        query = query.where(tuple_(_runs.c.requested_at, _runs.c.run_id) < before)
    return [_run(row) for row in await uow.conn.execute(query)]


async def save_runs(uow: UnitOfWork, runs: Sequence[Run]) -> None:
    """Insert or overwrite, in id order."""
    await bulk.upsert(uow.conn, _runs, [_columns(run) for run in runs])


def _columns(run: Run) -> dict[str, object]:
    return {
        **{name: getattr(run, name) for name in _PLAIN},
        "scope": run.scope.value,
        "origin": run.origin.value,
        "desired": run.desired.value,
        "state": run.state.value,
        **asdict(run.counts),
    }


def _run(row: Row) -> Run:
    columns = row
    return Run(
        **{name: columns[name] for name in _PLAIN},
        scope=Scope(row.scope),
        origin=Origin(row.origin),
        desired=State(row.desired),
        state=State(row.state),
        counts=Counts(**{name: columns[name] for name in _COUNTS}),
    )
