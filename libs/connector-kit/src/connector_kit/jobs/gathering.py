"""Whose webhooks are gathered for a moment before they are mapped (ADR 0011)."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from uuid import UUID

SECONDS = 0.2
"""How long an account that sells much rests after its webhooks were mapped."""
_OFTEN, _WITHIN = 4, 1.0
"""It sells much when it was mapped so often within so many seconds."""


class Gathering:
    """Accounts that were mapped often just now, in this process: what they sell meanwhile is mapped together.

    A batch costs every service on the sale's way about as much as a single sale, so that one account's sales taken one
    by one fill the machine for all. Whoever is told of less than four times a second never waits.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._turns: dict[UUID, deque[float]] = {}
        self._until: dict[UUID, float] = {}
        self._tidied = clock()

    def mapped(self, accounts: Iterable[UUID]) -> bool:
        """Webhooks of these accounts are being mapped, fewer than a turn takes; whether any of them rests now."""
        now = self._clock()
        rests = False
        for account in accounts:
            turns = self._turns.setdefault(account, deque(maxlen=_OFTEN))
            turns.append(now)
            if len(turns) == _OFTEN and now - turns[0] < _WITHIN:
                self._until[account] = now + SECONDS
                rests = True
        if now - self._tidied > _WITHIN:
            self._tidied = now
            self._turns = {one: turns for one, turns in self._turns.items() if now - turns[-1] < _WITHIN}
        return rests

    def resting(self) -> list[UUID]:
        """The accounts whose webhooks wait."""
        now = self._clock()
        self._until = {account: until for account, until in self._until.items() if now < until}
        return list(self._until)
