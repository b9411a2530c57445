"""Timers: plans that are due, runs that have gone silent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from kit.database import Database
from kit.failpoints import Failpoint
from kit.service import Job
from kit.unit_of_work import UnitOfWork

from scheduler import usecases

Turn = Callable[[UnitOfWork], Awaitable[int]]
_TAKEN = Failpoint("sweep.taken", "what was due is written, nothing of it is committed")


def build(database: Database, every: float) -> list[Job]:
    """Both sweeps, `every` seconds apart."""
    return [
        Job("fire-plans", lambda: sweep(database, usecases.fire_due_plans), every=every),
        Job("judge-runs", lambda: sweep(database, usecases.judge_silent_runs), every=every),
    ]


async def sweep(database: Database, turn: Turn) -> None:
    """Take what is due, a transaction at a time, until there is nothing left."""
    while True:
        async with database.bus() as uow:
            taken = await turn(uow)
            if taken:
                _TAKEN.reached()
        if not taken:
            return
