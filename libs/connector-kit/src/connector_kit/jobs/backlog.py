"""Measures what is due and how soon it will be through."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from dataclasses import dataclass, field

from kit.database import Database

from connector_kit import metrics, store

_WINDOW = 60.0


@dataclass
class _Pace:
    """What was done over the last minute."""

    seen: deque[tuple[float, int]] = field(default_factory=deque)

    def per_second(self, done: int) -> float:
        now = time.monotonic()
        self.seen.append((now, done))
        while len(self.seen) > 2 and now - self.seen[1][0] > _WINDOW:
            self.seen.popleft()
        begun, first = self.seen[0]
        return (done - first) / (now - begun) if now > begun else 0.0


class MeasureBacklog:
    """The job `backlog`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._paces: defaultdict[str, _Pace] = defaultdict(_Pace)

    async def turn(self) -> None:
        """Look once; infinite drain time is what waits while nothing gets done."""
        async with self._database.bus() as uow:
            found = await store.read_backlogs(uow)
        for what, waiting in found.items():
            pace = self._paces[what].per_second(metrics.done(what))
            metrics.backlog.labels(what).set(waiting.count)
            metrics.backlog_age.labels(what).set(waiting.oldest)
            drain = 0.0 if not waiting.count else waiting.count / pace if pace else float("inf")
            metrics.backlog_drain.labels(what).set(drain)
