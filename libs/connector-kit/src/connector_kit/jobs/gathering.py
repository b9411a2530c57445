"""Whose webhooks are gathered for a moment before they are mapped (ADR 0011)."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

WITHIN = 1.0
"""Seconds that are looked back."""
LOUD, LOUD_RESTS = 16, 0.2
"""An account of so many webhooks within them rests so many seconds after a turn. A sale comes with some four."""
BUSY, BUSY_RESTS = 48, 0.1
"""Where so many were mapped of all accounts, those among them wait for a common turn, so many seconds after the last."""

_A_TICK = 0.002
"""What an event loop's timers may be early by."""


@dataclass(slots=True)
class _Recent:
    """How much there was within the time that is looked back."""

    turns: deque[tuple[float, int]] = field(default_factory=deque)
    total: int = 0

    def add(self, now: float, count: int) -> None:
        self.turns.append((now, count))
        self.total += count

    def at(self, now: float) -> int:
        while self.turns and now - self.turns[0][0] >= WITHIN:
            self.total -= self.turns.popleft()[1]
        return self.total


class Gathering:
    """Accounts that were mapped much just now, in this process: what they sell meanwhile is mapped together.

    A batch costs every service on the sale's way about as much as a single sale, so that sales taken one by one fill the
    machine for all. An account that has had nothing mapped for a second never waits.
    """

    def __init__(self, wake: Callable[[], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._wake = wake
        self._clock = clock
        self._timer: asyncio.TimerHandle | None = None
        self._accounts: dict[UUID, _Recent] = {}
        self._all = _Recent()
        self._loud_until: dict[UUID, float] = {}
        self._common_at = clock()

    def stored(self, accounts: Iterable[UUID]) -> None:
        """There is more to map of these: at once, unless all of them rest."""
        if set(accounts) <= set(self.resting()):
            self._wake_after_rest()
        else:
            self._wake()

    def mapped(self, webhooks: Mapping[UUID, int]) -> None:
        """So many of each account, all that were due of it, were taken by a turn that took all accounts that had some."""
        now = self._clock()
        for account, count in webhooks.items():
            recent = self._accounts.setdefault(account, _Recent())
            recent.add(now, count)
            if recent.at(now) >= LOUD:
                self._loud_until[account] = now + LOUD_RESTS
        self._all.add(now, sum(webhooks.values()))
        if webhooks and now >= self._common_at:
            self._common_at = now + BUSY_RESTS
        self._wake_after_rest()

    def resting(self) -> list[UUID]:
        """The accounts whose webhooks wait."""
        now = self._clock()
        self._accounts = {account: recent for account, recent in self._accounts.items() if recent.at(now)}
        self._loud_until = {account: until for account, until in self._loud_until.items() if now < until}
        return list(self._accounts if self._all_rest(now) else self._loud_until)

    def _all_rest(self, now: float) -> bool:
        return now < self._common_at and self._all.at(now) >= BUSY

    def _wake_after_rest(self) -> None:
        """See to it that the job turns when the first rest is over: what came in before it began is not told again."""
        if not self.resting() or self._timer is not None:
            return
        now = self._clock()
        ends = [*self._loud_until.values(), *([self._common_at] if self._all_rest(now) else [])]
        rest = min(ends, default=now) - now  # it may have ended since it was asked for
        self._timer = asyncio.get_running_loop().call_later(rest + _A_TICK, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self._wake()
        self._wake_after_rest()
