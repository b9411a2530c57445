"""HTTP bodies of the Delist tab, policies and pauses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from delist_orchestrator.domain import (
    Chapter,
    Group,
    Mode,
    Outcome,
    Pause,
    Platform,
    Policy,
    Scope,
    Step,
    StepState,
)
from delist_orchestrator.wire.commands import StepKey


class EvidenceView(BaseModel):
    """What the marketplace was read back to show, and when."""

    quantity: int
    buyable: bool
    read_at: AwareDatetime


class StepView(StepKey):
    """A step as the Delist tab shows it."""

    account_id: UUID
    platform: Platform
    target_quantity: int
    state: StepState
    sold_here: bool
    reason: str | None
    code: str | None
    """What kind of failure stands, such as `relist_by_hand`."""
    link: str | None
    """Where the seller does it by hand."""
    can_retry: bool
    overdue: bool
    waited: bool
    """Whether it ever waited for a yes, a grace or the end of a pause."""
    attempts: int
    next_look_at: AwareDatetime | None
    """When the next try, the end of the grace, or the deadline is."""
    asked_at: AwareDatetime | None
    called_at: AwareDatetime | None
    applied_at: AwareDatetime | None
    verified_at: AwareDatetime | None
    """None where it is done by a person's word alone."""
    evidence: EvidenceView | None
    deadline: AwareDatetime | None
    exposure_ms: int | None


class DelistView(BaseModel):
    """One sold article's listings on their way."""

    sale_id: UUID
    article_id: UUID
    account_id: UUID
    platform: str
    title: str
    sku: str | None
    outcome: Outcome
    state: Group
    revision: int
    sold_at: AwareDatetime
    completed_at: AwareDatetime | None
    steps: list[StepView]
    """Every version of every listing, oldest first."""


class DelistPage(BaseModel):
    """A page of delists, newest sale first."""

    items: list[DelistView]
    next: str | None


class GroupCounts(BaseModel):
    """How many delists each group holds; done ones since the time asked."""

    failed: int
    waiting: int
    running: int
    done: int


class Exposure(BaseModel):
    """How long listings stayed for sale after their article sold; those taken down since the time asked."""

    listings: int
    median_ms: int | None


class PolicyBody(BaseModel):
    """A seller's choice for one platform."""

    mode: Mode
    grace_seconds: int = Field(default=0, ge=0, le=7 * 86_400)


class PolicyView(PolicyBody):
    """A platform's policy as it stands."""

    platform: Platform


class PauseBody(BaseModel):
    """Hold delisting back: everything, one platform, or one account."""

    scope: Scope
    platform: Platform | None = None
    account_id: UUID | None = None
    reason: str = Field(min_length=1, max_length=500)


class OperationsPauseBody(PauseBody):
    """Operations' pause; a platform's without a tenant holds for every tenant."""

    tenant_id: UUID | None = None


class ResumeBody(BaseModel):
    """Why delisting goes on."""

    reason: str | None = Field(default=None, max_length=500)


class PauseView(BaseModel):
    """A pause on record."""

    id: UUID
    scope: Scope
    platform: Platform | None
    account_id: UUID | None
    everywhere: bool
    unbacked_only: bool
    reason: str
    paused_by: str
    paused_at: AwareDatetime
    resumed_by: str | None
    resumed_at: AwareDatetime | None
    resume_reason: str | None


def evidence_view(step: Step) -> EvidenceView | None:
    """None for what nobody read back, and for what was read before evidence was kept."""
    if step.verified_at is None or step.read_quantity is None or step.read_buyable is None:
        return None
    return EvidenceView(quantity=step.read_quantity, buyable=step.read_buyable, read_at=step.verified_at)


def step_view(step: Step) -> StepView:
    """A step as it stands."""
    exposure = step.exposure
    return StepView(
        listing_id=step.listing_id,
        version=step.version,
        account_id=step.account_id,
        platform=step.platform,
        target_quantity=step.target_quantity,
        state=step.state,
        sold_here=step.sold_here,
        reason=step.reason,
        code=step.code,
        link=step.link,
        can_retry=step.can_retry,
        overdue=step.overdue,
        waited=step.waited,
        attempts=step.attempts,
        next_look_at=step.look_at,
        asked_at=step.asked_at,
        called_at=step.called_at,
        applied_at=step.applied_at,
        verified_at=step.verified_at,
        evidence=evidence_view(step),
        deadline=step.deadline,
        exposure_ms=None if exposure is None else exposure // timedelta(milliseconds=1),
    )


def delist_view(chapter: Chapter) -> DelistView:
    """A delist with every step it ever had."""
    delist = chapter.delist
    return DelistView(
        sale_id=delist.sale_id,
        article_id=delist.article_id,
        account_id=delist.account_id,
        platform=delist.platform,
        title=delist.title,
        sku=delist.sku,
        outcome=delist.outcome,
        state=delist.state,
        revision=delist.revision,
        sold_at=delist.sold_at,
        completed_at=delist.completed_at,
        steps=[step_view(step) for step in chapter.steps],
    )


def group_counts(counts: Mapping[Group, int]) -> GroupCounts:
    """Counts as the Delist tab's heads show them."""
    return GroupCounts(**{group.value: count for group, count in counts.items()})


def exposure(listings: int, median: timedelta | None) -> Exposure:
    """In whole milliseconds."""
    return Exposure(
        listings=listings, median_ms=None if median is None else median // timedelta(milliseconds=1)
    )


def policy(mode: Mode, grace: timedelta) -> Policy:
    """A policy from what a person chose."""
    return Policy(mode, grace)


def policy_views(policies: Mapping[Platform, Policy]) -> list[PolicyView]:
    """Every platform's policy, the default where none was chosen."""
    return [
        PolicyView(platform=p, mode=policy.mode, grace_seconds=int(policy.grace.total_seconds()))
        for p, policy in ((platform, policies.get(platform, Policy())) for platform in Platform)
    ]


def pause_view(pause: Pause) -> PauseView:
    """A pause as people see it."""
    return PauseView(
        id=pause.id,
        scope=pause.scope,
        platform=pause.platform,
        account_id=pause.account_id,
        everywhere=pause.tenant_id is None,
        unbacked_only=pause.unbacked_only,
        reason=pause.reason,
        paused_by=pause.paused_by,
        paused_at=pause.paused_at,
        resumed_by=pause.resumed_by,
        resumed_at=pause.resumed_at,
        resume_reason=pause.resume_reason,
    )
