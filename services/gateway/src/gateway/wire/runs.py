"""The scheduler's answers: runs that read a marketplace again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from gateway.wire.base import Answer


class Run(Answer):
    """One refresh of one account."""

    run_id: UUID
    account_id: UUID
    platform: str
    scope: str
    state: str
    phase: str | None = None
    done: int
    total: int | None = None
    reason: str | None = None
    complete_up_to: datetime | None = None
    requested_at: datetime
    finished_at: datetime | None = None
    visible: bool


class Plan(Answer):
    """How often an account is read by itself, and up to when its sales are complete."""

    account_id: UUID
    interval: str
    complete_up_to: datetime | None = None


class Plans(Answer):
    """Every account's."""

    items: tuple[Plan, ...]
