"""Leases of work in hand: short, and kept while this process lives, so that what a killed one held is soon free."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self
from uuid import UUID

from kit.database import Database
from kit.settings import ServiceSettings

from connector_kit import store
from connector_kit.store import LEASE, Queue

KEEP_EVERY = 2.0
"""Seconds; twice that may fail before a lease runs out."""


class Leases:
    """What this process has in hand, and an async context. `turn` is the body of the job that keeps it.

    It has two connections of its own: where slow statements hold all others, waiting for one outlasts a lease.
    """

    def __init__(self, settings: ServiceSettings, source: str) -> None:
        self._database = Database(settings.model_copy(update={"pool_size": 1}), f"{source}:leases")
        self._held: dict[int, tuple[Queue, UUID, int]] = {}
        self._next = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._database.dispose()

    def held(self, queue: Queue) -> list[UUID]:
        """Keys in hand now: not to be taken again, even if this process stood still until their leases had run out."""
        return [key for key, _ in self._of(queue)]

    @contextmanager
    def kept(self, queue: Queue, key: UUID, lease_no: int) -> Iterator[None]:
        """Keep a lease taken just now as long as the block runs."""
        self._next += 1
        number, self._held[number] = self._next, (queue, key, lease_no)
        try:
            yield
        finally:
            self._held.pop(number)

    async def turn(self) -> None:
        """Prolong what is in hand now; what another process has taken over meanwhile stays its own."""
        kept = await asyncio.gather(*(self._keep(queue) for queue in Queue), return_exceptions=True)
        for outcome in kept:
            if isinstance(outcome, BaseException):
                raise outcome

    async def _keep(self, queue: Queue) -> None:
        if not self._of(queue):
            return
        async with self._database.bus() as uow:
            if held := self._of(queue):  # what has ended meanwhile may be due at a time of its own
                await store.keep_leases(uow, queue, held)

    def _of(self, queue: Queue) -> list[tuple[UUID, int]]:
        return [(key, lease_no) for of, key, lease_no in self._held.values() if of is queue]


__all__ = ["KEEP_EVERY", "LEASE", "Leases", "Queue"]
