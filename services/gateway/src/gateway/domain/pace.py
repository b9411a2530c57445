"""How fast programs may ask: token buckets in memory, one per key."""

from __future__ import annotations

from dataclasses import dataclass, field

_KEYS_AT_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Pace:
    """So many a second in the long run, `burst` at once."""

    per_second: float
    burst: int


@dataclass
class Meter:
    """What each key has left. Times are seconds of one monotonic clock."""

    pace: Pace
    _left: dict[str, tuple[float, float]] = field(default_factory=dict)

    def take(self, key: str, now: float) -> float:
        """Take one; 0 when there was one to take, else the seconds until there is."""
        left = self._left_at(key, now)
        if left < 1:
            return (1 - left) / self.pace.per_second
        if key not in self._left and len(self._left) >= _KEYS_AT_MOST:
            self._forget(now)
        self._left[key] = (left - 1, now)
        return 0.0

    def _left_at(self, key: str, now: float) -> float:
        left, since = self._left.get(key, (float(self.pace.burst), now))
        return min(left + (now - since) * self.pace.per_second, self.pace.burst)

    def _forget(self, now: float) -> None:
        """Drop keys whose bucket is full again, which is what an unknown key has; all of them if none is."""
        self._left = {
            key: held for key, held in self._left.items() if self._left_at(key, now) < self.pace.burst
        }
        if len(self._left) >= _KEYS_AT_MOST:
            self._left.clear()


API_PACES = {"address": Pace(20, 200), "token": Pace(10, 100), "tenant": Pace(30, 300)}
"""Of each replica's public API. An address counts before its key is looked up, so guessing costs nobody else."""
