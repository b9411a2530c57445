"""Figures that a marketplace may still change without a word: those of sales younger than its delay."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from sales_ledger.domain.line import Line

Delays = Mapping[str, timedelta]
"""By platform, how long after a sale its figures are provisional; a platform without one has final figures at once."""

_LAST = datetime.max.replace(tzinfo=UTC)
"""A marketplace may date a sale as late as it likes."""


def provisional_until(line: Line, delays: Delays) -> datetime | None:
    """When a sale's figures are as good as final; None where they are from the start."""
    delay = delays.get(line.platform)
    return min(line.sold_at, _LAST - delay) + delay if delay else None


def is_provisional(line: Line, delays: Delays, now: datetime) -> bool:
    """Whether a sale's figures may still change."""
    until = provisional_until(line, delays)
    return until is not None and now < until
