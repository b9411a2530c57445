"""What a list of steps or delists, or a command in bulk, is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from delist_orchestrator.domain.states import Platform, StepState


@dataclass(frozen=True, slots=True)
class StepFilter:
    """All that is named must hold of one step; what is None leaves everything in. `until` is the first moment left out."""

    article_id: UUID | None = None
    sale_id: UUID | None = None
    account_id: UUID | None = None
    platform: Platform | None = None
    state: StepState | None = None
    code: str | None = None
    overdue: bool | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it leaves everything in."""
        return self == StepFilter()

    @property
    def looks_into_steps(self) -> bool:
        """Whether it asks for more than a delist knows of itself."""
        of_steps = (self.account_id, self.platform, self.state, self.code, self.overdue)
        return any(value is not None for value in of_steps)
