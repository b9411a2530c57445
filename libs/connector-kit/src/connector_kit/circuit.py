"""A circuit for each scope of a marketplace: one whose side fails again and again is left alone, then tried by one call."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from connector_kit import metrics
from connector_kit.budget import Lane
from connector_kit.errors import RETRY, CallFailed

FAILURES = 5
"""In a row; any answer in between, also a refusal, shows that the scope is there."""
FIRST, LONGEST = 1.0, 30.0
"""Seconds it stays open: at first, and at most, doubled with each call that tried in vain."""
_GRACE = 2.0
"""Seconds after a pause in which the try is kept for the lane before all others that was refused: it comes back by a sweep."""


class CircuitOpen(CallFailed):
    """Nothing was sent: the scope failed so often that it is left alone until `retry_after`."""

    def __init__(self, scope: str, wait: float) -> None:
        super().__init__(replace(RETRY, retry_after=timedelta(seconds=wait)), f"circuit of {scope} is open")


@dataclass
class Circuit:
    """One scope's circuit, forgotten at its first answer. Times are seconds of a clock that never goes back."""

    failures: int = 0
    pause: float = 0.0
    """0 while it is closed."""
    until: float = 0.0
    trying: bool = False
    refused: Lane | None = None
    """The first of the lanes that were refused since it opened."""

    def wait(self, now: float, lane: Lane) -> float:
        """Seconds until a call of this lane may go out; 0: now."""
        if not self.pause:
            return 0.0
        if self.trying:
            return FIRST
        kept = _GRACE if self.refused is not None and self.refused < lane else 0.0
        return max(0.0, self.until + kept - now)

    def refuse(self, lane: Lane) -> None:
        """A call of this lane was turned away: it comes back when the pause is over."""
        self.refused = lane if self.refused is None else min(self.refused, lane)

    def begin(self) -> bool:
        """A call goes out that `wait` let pass; whether it is the one that tries an open circuit."""
        tries = self.pause > 0
        self.trying = self.trying or tries
        return tries

    def failed(self, now: float, *, tried: bool) -> None:
        """The scope's side failed. What was under way when the circuit opened adds nothing."""
        self.failures += 1
        if tried and self.pause:
            self.trying = False
            self._open(min(2 * self.pause, LONGEST), now)
        elif not self.pause and self.failures >= FAILURES:
            self._open(FIRST, now)

    def broke_off(self, *, tried: bool) -> None:
        """The call ended without an outcome, by our own hand: the next may try."""
        self.trying = self.trying and not tried

    def _open(self, pause: float, now: float) -> None:
        self.pause, self.until = pause, now + pause


class Circuits:
    """The circuits of this process's scopes. A scope is a shop, or whatever fails as one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._circuits: dict[str, Circuit] = {}

    def check(self, scope: str, lane: Lane) -> None:
        """Raises CircuitOpen, with the time to come back, while a call of this lane would not go out."""
        circuit = self._circuits.get(scope)
        wait = circuit.wait(self._clock(), lane) if circuit else 0.0
        if circuit and wait:
            circuit.refuse(lane)
            raise CircuitOpen(scope, wait)

    @contextmanager
    def calling(self, scope: str, lane: Lane) -> Iterator[None]:
        """Around one call: its outcome counts. Raises CircuitOpen as `check` does, before the block."""
        self.check(scope, lane)
        tries = self._circuits.setdefault(scope, Circuit()).begin()
        try:
            yield
        except CallFailed as failed:
            if failed.problem.away:
                self._failed(scope, tries)
            else:
                self._answered(scope)
            raise
        except BaseException:
            if circuit := self._circuits.get(scope):
                circuit.broke_off(tried=tries)
            raise
        self._answered(scope)

    def _answered(self, scope: str) -> None:
        """The scope is there, whatever it said: its circuit closes."""
        circuit = self._circuits.pop(scope, None)
        if circuit and circuit.pause:
            metrics.circuit_open.labels(scope).set(0)

    def _failed(self, scope: str, tried: bool) -> None:
        circuit = self._circuits.setdefault(scope, Circuit())
        circuit.failed(self._clock(), tried=tried)
        if circuit.pause:
            metrics.circuit_open.labels(scope).set(1)
