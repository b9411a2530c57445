"""Whether a process can take more on: said with 503 at the door, before anything it has taken would time out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from kit import metrics
from kit.errors import Refused

PATIENCE = 1.5
"""Seconds something may wait here before more is refused. Shopify hangs up after 5."""
RETRY_AFTER = 5
_BEAT = 0.1


class Overloaded(Refused):
    """There is more than can be done in time; whoever sends again later loses nothing."""

    status = 503

    def __init__(self) -> None:
        super().__init__(
            "overloaded", "There is too much to do right now; send it again.", retry_after=RETRY_AFTER
        )


class Admission:
    """An async context. `waited` says for how long the oldest of what was taken has been waiting, in seconds."""

    def __init__(self, waited: Callable[[], float], patience: float = PATIENCE) -> None:
        self._waited = waited
        self._patience = patience
        self._late = 0.0
        self._beating: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._beating = asyncio.create_task(self._beat(), name="admission")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._beating is not None:
            self._beating.cancel()
            with suppress(asyncio.CancelledError):
                await self._beating

    def check(self) -> None:
        """Raise Overloaded when what comes now would have to wait too long."""
        if max(self._late, self._waited()) > self._patience:
            metrics.requests_shed.inc()
            raise Overloaded

    async def _beat(self) -> None:
        """How late the event loop is: a request has waited as long before anybody looks at it."""
        while True:
            due = time.monotonic() + _BEAT
            await asyncio.sleep(_BEAT)
            self._late = time.monotonic() - due
