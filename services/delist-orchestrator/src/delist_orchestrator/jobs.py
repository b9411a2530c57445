"""The sweep: retries, deadlines, graces and lifted pauses, as they come due. The brake: its pauses, once orders explain them."""

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


def lift_brakes(database: Database, conduct: Conduct) -> Callable[[], Awaitable[None]]:
    """A turn that lifts the brake's pauses that have lost their reason. Lifting waits for all batches, so it looks first."""

    async def turn() -> None:
        async with database.bus() as uow:
            found = await usecases.brakes_to_lift(uow, conduct.brake)
        if found:
            async with database.bus() as uow:
                await usecases.lift_brakes(uow, conduct.brake, conduct.wake)

    return turn
