"""Finds connected shops that have no chore of a kind: those of before there were such, and those whose chore was lost."""

from __future__ import annotations

from datetime import timedelta

from kit.database import Database

from connector_shopify import usecases

_AT_ONCE = 500


class PlanChores:
    """A job of one kind of chores, which each shop has `every` so often."""

    def __init__(self, database: Database, kind: str, every: timedelta) -> None:
        self._database = database
        self._kind = kind
        self._every = every

    async def turn(self) -> None:
        """Begin what is missing, a transaction for some hundred shops."""
        found = _AT_ONCE
        while found == _AT_ONCE:
            async with self._database.bus() as uow:
                found = await usecases.plan_for_all(uow, self._kind, self._every, _AT_ONCE)
