"""How long to wait before a process that ended is started again."""

import random
from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class Backoff:
    """Quick at first, doubling to a limit, spread by jitter, forgotten after a healthy while. All in seconds."""

    first: float = 0.1
    limit: float = 30.0
    jitter: float = 0.5
    healthy_after: float = 10.0
    failures: int = 0
    chance: Callable[[], float] = random.random

    def after(self, lived: float) -> float:
        """The wait after a process that lived so long: first × 2^failures, up to `jitter` more of it."""
        if lived >= self.healthy_after:
            self.failures = 0
        wait = min(self.limit, self.first * 2.0**self.failures)
        self.failures += 1
        return float(wait * (1 + self.jitter * self.chance()))
