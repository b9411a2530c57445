"""How soon listings came down after their article sold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from delist_orchestrator.domain.states import Platform

WITHIN = (timedelta(seconds=5), timedelta(seconds=60), timedelta(minutes=15))
"""The times a seller is promised."""
LONGEST_SPAN = timedelta(days=31)
"""Of sales that one question may be about."""


@dataclass(frozen=True, slots=True)
class Share:
    """Of the listings that sales had taken down: how many came down, and within which time. `platform` None: all."""

    platform: Platform | None
    listings: int = 0
    down: int = 0
    within: tuple[int, ...] = (0,) * len(WITHIN)
    """How many came down within each time of WITHIN."""
    waited: int = 0
    """How many waited for a yes, a grace or the end of a pause, which the seller or operations chose."""
    median: timedelta | None = None
    """Of those that came down."""
    p95: timedelta | None = None
