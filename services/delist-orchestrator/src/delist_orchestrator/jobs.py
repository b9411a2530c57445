"""The sweep: retries, deadlines, graces and lifted pauses, as they come due."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from kit.database import Database
from kit.failpoints import Failpoint

from delist_orchestrator import usecases
from delist_orchestrator.usecases import Conduct

_CLAIMED = Failpoint("steps.claimed", "steps that came due are leased, nothing about them is decided")


def sweep(database: Database, conduct: Conduct, batch: int) -> Callable[[], Awaitable[None]]:
    """A turn that takes all that is due, a batch per transaction. The lease is committed first, so that locks on
    the queue are never held while waiting for listings."""

    async def turn() -> None:
        while True:
            async with database.bus() as uow:
                due = await usecases.claim(uow, batch)
            if not due:
                return
            _CLAIMED.reached()
            async with database.bus() as uow:
                await usecases.look(uow, due, conduct)

    return turn
