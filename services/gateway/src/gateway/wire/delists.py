"""The delist-orchestrator's answers: each sold article's listings, by what they need."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from gateway.wire.base import Answer
from gateway.wire.steps import Step, newest_of_each


class Delist(Answer):
    """One sold article whose listings are being taken down."""

    sale_id: UUID
    article_id: UUID
    platform: str
    title: str
    sku: str | None = None
    outcome: str
    state: str
    sold_at: datetime
    completed_at: datetime | None = None
    steps: tuple[Step, ...]

    @property
    def shown(self) -> tuple[Step, ...]:
        """The newest step of each listing."""
        return newest_of_each(self.steps)


class Counts(Answer):
    """How many sold articles each group of the Delist tab holds."""

    failed: int
    waiting: int
    running: int
    done: int

    @property
    def asking(self) -> int:
        """How many want something of the seller."""
        return self.failed + self.waiting


class Exposure(Answer):
    """How long listings stayed for sale after their article sold: how many, and the middle one's milliseconds."""

    listings: int
    median_ms: int | None = None


class Pause(Answer):
    """Delisting held back, until it is resumed."""

    id: UUID
    scope: str
    platform: str | None = None
    account_id: UUID | None = None
    everywhere: bool
    reason: str
    paused_by: str
    paused_at: datetime
    resumed_at: datetime | None = None


class StepResult(Answer):
    """What became of one step a person acted on."""

    done: bool
    message: str | None = None


class CommandAnswer(Answer):
    """A result per step."""

    results: tuple[StepResult, ...]
