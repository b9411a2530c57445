"""What the delist-orchestrator says: each sold article's listings on their way to their targets."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from soldwire_contracts.envelope import Value
from soldwire_contracts.stock import ArticleFact
from soldwire_contracts.values import Platform, StepState


class Step(Value):
    """One listing of one sold article. `exposure_ms` is how long it stayed for sale after the sale."""

    listing_id: UUID
    account_id: UUID
    platform: Platform
    version: int = Field(ge=1)
    target_quantity: int = Field(ge=0)
    state: StepState
    sold_here: bool = False
    reason: str | None = None
    code: str | None = None
    """What kind of failure it is, such as `relist_by_hand`."""
    link: str | None = None
    """Where the seller does it by hand."""
    can_retry: bool = False
    attempts: int = Field(default=0, ge=0)
    asked_at: AwareDatetime | None = None
    called_at: AwareDatetime | None = None
    applied_at: AwareDatetime | None = None
    verified_at: AwareDatetime | None = None
    deadline: AwareDatetime | None = None
    exposure_ms: int | None = Field(default=None, ge=0)


class DelistProgress(ArticleFact):
    """The state of every listing of one sold article, whole; `revision` rises with each change."""

    topic: ClassVar[str] = "delist.progress"
    type: ClassVar[str] = "delist.progress.v1"

    sale_id: UUID
    revision: int = Field(ge=1)
    steps: tuple[Step, ...]
    at: AwareDatetime


class DelistCompleted(ArticleFact):
    """Every step has ended, with how long each listing stayed for sale."""

    topic: ClassVar[str] = "delist.completed"
    type: ClassVar[str] = "delist.completed.v1"

    sale_id: UUID
    revision: int = Field(ge=1)
    steps: tuple[Step, ...]
    at: AwareDatetime
