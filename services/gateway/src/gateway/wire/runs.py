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
    scope: str = "everything"
    state: str = "running"
    phase: str | None = None
    done: int = 0
    total: int | None = None
    sales: int = 0
    new_sales: int = 0
    listings: int = 0
    reason: str | None = None
    complete_up_to: datetime | None = None
    requested_at: datetime | None = None
    finished_at: datetime | None = None
    visible: bool = True


class Plan(Answer):
    """How often an account is read by itself, and up to when its sales are complete."""

    account_id: UUID
    interval: str = "off"
    complete_up_to: datetime | None = None
