"""The sweep: articles that follow owner rules which have changed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from kit.database import Database

from inventory import usecases


def sweep_owners(db: Database) -> Callable[[], Awaitable[None]]:
    """A turn that tells all articles there are to tell, some per transaction; what a crash cuts off the next goes on with."""

    async def turn() -> None:
        more = True
        while more:
            async with db.bus() as uow:
                more = await usecases.sweep_owners(uow)

    return turn
