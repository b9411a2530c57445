"""One listing of a sold article on its way to its target, as owners tell it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from gateway.wire.base import Answer


class Chip(Answer):
    """One listing and where its newest target is: all the sales-ledger knows of it."""

    listing_id: UUID
    account_id: UUID
    platform: str
    target_quantity: int
    state: str
    sold_here: bool
    reason: str | None = None
    exposure_ms: int | None = None


class Step(Chip):
    """One version of one listing's target, as the orchestrator holds it: what a person can act on."""

    version: int
    can_retry: bool
    overdue: bool
    attempts: int
    next_look_at: datetime | None = None
    asked_at: datetime | None = None
    called_at: datetime | None = None
    applied_at: datetime | None = None
    verified_at: datetime | None = None


C = TypeVar("C", bound=Chip)


def in_order(chips: Iterable[C]) -> tuple[C, ...]:
    """The listing that sold comes last, it was down already."""
    return tuple(sorted(chips, key=lambda chip: (chip.sold_here, chip.platform, str(chip.listing_id))))


def newest_of_each(steps: Iterable[Step]) -> tuple[Step, ...]:
    """The highest version of each listing, in order."""
    return in_order({step.listing_id: step for step in sorted(steps, key=lambda s: s.version)}.values())
