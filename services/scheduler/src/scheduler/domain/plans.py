"""Sync plans: how often an account is read, and when next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from scheduler.domain.runs import Scope


class Interval(StrEnum):
    """How often a plan fires."""

    HOURLY = "hourly"
    SIX_HOURLY = "six_hourly"
    DAILY = "daily"
    OFF = "off"

    @property
    def every(self) -> timedelta | None:
        """The time between two runs; None when the plan is off."""
        return _EVERY.get(self)


_EVERY = {
    Interval.HOURLY: timedelta(hours=1),
    Interval.SIX_HOURLY: timedelta(hours=6),
    Interval.DAILY: timedelta(days=1),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """One account's plan. `start_from`: the seller wants no sales from before."""

    account_id: UUID
    tenant_id: UUID
    interval: Interval = Interval.HOURLY
    scope: Scope = Scope.SALES
    start_from: datetime | None = None

    def starts_earlier_than(self, before: Plan) -> bool:
        """Whether the seller now wants sales that the plan before left out, or never named."""
        if self.start_from is None:
            return False
        return before.start_from is None or self.start_from < before.start_from


def next_due(due: datetime, every: timedelta, now: datetime) -> datetime:
    """The plan's next time: on its own beat, after now, however long nobody looked.

    Times missed while the scheduler was down are one run, not many. A clock that went back would leave a due time
    too far ahead: the beat starts again from now.
    """
    if due > now + every:
        return now + every
    missed = max(0, (now - due) // every)
    return due + every * (missed + 1)
