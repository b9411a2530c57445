"""The sweeps: removals whose undo has passed, and sales that waited for terms."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from kit.database import Database

from sales_ledger import usecases


def sweep(database: Database, batch: int) -> Callable[[], Awaitable[None]]:
    """A turn that says all that is due, a batch per transaction, under a lease committed first."""

    async def turn() -> None:
        while True:
            async with database.bus() as uow:
                due = await usecases.claim(uow, batch)
            if not due:
                return
            async with database.bus() as uow:
                await usecases.say_removed(uow, due)

    return turn


def fill(database: Database, batch: int) -> Callable[[], Awaitable[None]]:
    """A turn that lets sales recorded before new terms take them, a batch per transaction, under a lease."""

    async def turn() -> None:
        while True:
            async with database.bus() as uow:
                claimed = await usecases.claim_terms(uow, 1)
            if not claimed:
                return
            for due in claimed:
                async with database.bus() as uow:
                    await usecases.fill_gap(uow, due, batch)

    return turn
