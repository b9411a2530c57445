"""Background jobs: woken by an event of this process, swept by a timer, never overlapping themselves."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from kit import metrics
from kit.errors import is_transient
from kit.logs import logger

log = logger(__name__)

_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 10.0
_DOUBLINGS = 6
"""Enough to reach the longest pause; a power of all failures would overflow after some hours of outage."""


class Wake:
    """Something to do has come up in this process. Hand `wake` to `UnitOfWork.after_commit`."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def wake(self) -> None:
        """Let the job turn now."""
        self._event.set()

    async def wait(self, timeout: float) -> None:
        """Wait until woken, at most `timeout` seconds; what was woken before counts."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._event.wait(), timeout)
        self._event.clear()


@dataclass
class Job:
    """One function called for ever: `every` seconds, or sooner when woken. A failure is logged and backed off."""

    name: str
    run: Callable[[], Awaitable[object]]
    every: float
    wake: Wake | None = None
    pace: float = 0.0
    """Seconds at least between the starts of two turns, so that under load each finds more to do."""
    failures: int = field(default=0, init=False)

    async def loop(self) -> None:
        """Turn until cancelled."""
        wake = self.wake or Wake()
        while True:
            started = time.monotonic()
            await self._turn()
            if self.failures:
                pause = min(_FIRST_PAUSE * 2 ** min(self.failures, _DOUBLINGS), _LONGEST_PAUSE)
                await asyncio.sleep(pause * random.uniform(0.7, 1.0))  # noqa: S311
            else:
                await wake.wait(self.every)
                await asyncio.sleep(max(0.0, started + self.pace - time.monotonic()))

    async def _turn(self) -> None:
        started = time.perf_counter()
        try:
            await self.run()
        except Exception as error:
            self.failures += 1
            metrics.job_runs.labels(self.name, "failed").inc()
            if is_transient(error):
                log.warning("job waits", job=self.name, error=repr(error), failures=self.failures)
            else:
                log.error("job failed", job=self.name, failures=self.failures, exc_info=error)
        else:
            self.failures = 0
            metrics.job_runs.labels(self.name, "ok").inc()
        metrics.job_seconds.labels(self.name).observe(time.perf_counter() - started)
