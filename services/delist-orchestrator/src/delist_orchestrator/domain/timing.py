"""How long steps may take, and when a failed one is asked again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from delist_orchestrator.domain.states import Platform


@dataclass(frozen=True, slots=True)
class Timing:
    """How long steps may take before someone is told, and when a failed one is asked again."""

    deadlines: Mapping[Platform, timedelta]
    retry_first: timedelta
    retry_longest: timedelta
    retry_attempts: int

    def deadline(self, platform: Platform, now: datetime) -> datetime:
        """When a step asked now is overdue."""
        return now + self.deadlines[platform]

    def retry_at(self, attempts: int, now: datetime, jitter: float) -> datetime | None:
        """When a step that failed after so many asks is asked again; None once they are used up.

        Doubles from the first wait up to the longest; `jitter` in [0, 1) takes up to half off, so that what
        failed together does not come back together.
        """
        if attempts >= self.retry_attempts:
            return None
        doubled = self.retry_first * (1 << max(attempts - 1, 0))
        wait = min(doubled, self.retry_longest)
        return now + wait * (1 - jitter / 2)
