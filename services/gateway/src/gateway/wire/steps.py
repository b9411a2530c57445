"""One listing of a sold article on its way to its target, as owners tell it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from gateway.wire.base import Answer


class Step(Answer):
    """One version of one listing's target."""

    listing_id: UUID
    platform: str
    account_id: UUID | None = None
    version: int = 0
    target_quantity: int = 0
    state: str
    sold_here: bool = False
    reason: str | None = None
    can_retry: bool = False
    overdue: bool = False
    attempts: int = 0
    next_look_at: datetime | None = None
    asked_at: datetime | None = None
    called_at: datetime | None = None
    applied_at: datetime | None = None
    verified_at: datetime | None = None
    exposure_ms: int | None = None


def newest_of_each(steps: Iterable[Step]) -> tuple[Step, ...]:
    """The highest version of each listing; the listing that sold comes last, it was down already."""
    newest: dict[UUID, Step] = {}
    for step in sorted(steps, key=lambda s: s.version):
        newest[step.listing_id] = step
    return tuple(sorted(newest.values(), key=lambda s: (s.sold_here, s.platform, str(s.listing_id))))
