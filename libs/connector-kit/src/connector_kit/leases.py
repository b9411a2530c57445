"""Leases of work in hand: short, and kept while this process lives, so that what a killed one held is soon free."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from kit.database import Database

from connector_kit import store
from connector_kit.store import LEASE, Queue

KEEP_EVERY = 2.0
"""Seconds; twice that may fail before a lease runs out."""


class Leases:
    """What this process has in hand. `turn` is the body of the job that keeps it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._held: dict[int, tuple[Queue, UUID, int]] = {}
        self._next = 0

    @contextmanager
    def kept(self, queue: Queue, key: UUID, lease_no: int = 0) -> Iterator[None]:
        """Keep a lease taken just now as long as the block runs."""
        self._next += 1
        number, self._held[number] = self._next, (queue, key, lease_no)
        try:
            yield
        finally:
            self._held.pop(number)

    async def turn(self) -> None:
        """Prolong what is in hand now; what another process has taken over meanwhile stays its own."""
        due: dict[Queue, list[tuple[UUID, int]]] = defaultdict(list)
        for queue, key, lease_no in self._held.values():
            due[queue].append((key, lease_no))
        for queue, held in due.items():
            async with self._database.bus() as uow:
                await store.keep_leases(uow, queue, held)


__all__ = ["KEEP_EVERY", "LEASE", "Leases", "Queue"]
