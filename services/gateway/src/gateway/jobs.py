"""Timers: drop sessions and counters that are over."""

from __future__ import annotations

from kit.database import Database
from kit.service import Job

from gateway import usecases


def build(database: Database) -> list[Job]:
    """The gateway's jobs."""

    async def sweep() -> None:
        async with database.bus() as uow:
            await usecases.sweep(uow)

    return [Job("sweep", sweep, every=600.0)]
