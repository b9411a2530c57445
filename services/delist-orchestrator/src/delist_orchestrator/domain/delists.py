"""One sold article's listings seen together: which of the seller's groups it is in, and when it is over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from delist_orchestrator.domain.states import OPEN, StepState
from delist_orchestrator.domain.steps import Step


class Outcome(StrEnum):
    """What the sale did to the stock, by inventory's word."""

    HELD = "held"
    CONTENDED = "contended"
    HISTORY = "history"


class Group(StrEnum):
    """The Delist tab's groups, most urgent first."""

    FAILED = "failed"
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Delist:
    """The taking down of one sale's article. `revision` rises with each change said."""

    sale_id: UUID
    tenant_id: UUID
    article_id: UUID
    account_id: UUID
    platform: str
    title: str
    sku: str | None
    outcome: Outcome
    sold_at: datetime
    reserved_at: datetime
    created_at: datetime
    stock_revision: int = 0
    """Of inventory's word that this is: words of one sale may come from two articles, in any order."""
    revision: int = 0
    state: Group = Group.RUNNING
    changed_at: datetime | None = None
    completed_at: datetime | None = None
    traceparent: str | None = None
    test: bool = False

    def retold(self, word: Delist) -> Delist:
        """Inventory's word on the sale taken over, unless a newer one is known; what is under way stays."""
        if word.stock_revision < self.stock_revision:
            return self
        return replace(
            self,
            article_id=word.article_id,
            account_id=word.account_id,
            platform=word.platform,
            title=word.title,
            sku=word.sku,
            outcome=word.outcome,
            reserved_at=word.reserved_at,
            stock_revision=word.stock_revision,
        )

    def turned(self, steps: Iterable[Step], now: datetime) -> Delist:
        """The next revision, after its steps changed; completed once all have ended, open again if one has not."""
        state = group_of(steps)
        completed = (self.completed_at or now) if state is Group.DONE else None
        return replace(self, revision=self.revision + 1, state=state, changed_at=now, completed_at=completed)


def _group(step: Step) -> Group:
    if step.is_ended:
        return Group.DONE
    if step.state is StepState.FAILED:
        return Group.RUNNING if step.look_at is not None else Group.FAILED
    return Group.RUNNING if step.state in (StepState.ASKED, StepState.SUPERSEDED) else Group.WAITING


def group_of(steps: Iterable[Step]) -> Group:
    """The most urgent of its steps' groups; a failed step that will be asked again by itself is running."""
    groups = {_group(step) for step in steps}
    return next((group for group in Group if group in groups), Group.DONE)


def groups_with(state: StepState) -> frozenset[Group]:
    """The groups a delist can be in while one of its steps is in this state: that step's, or a more urgent one."""
    if state not in OPEN:
        return frozenset(Group)
    waits = state not in (StepState.ASKED, StepState.FAILED)
    return frozenset({Group.FAILED, Group.WAITING} if waits else set(Group) - {Group.DONE})


def latest(steps: Iterable[Step]) -> tuple[Step, ...]:
    """The newest step of each listing, in listing order: what a seller sees of the delist."""
    newest: dict[UUID, Step] = {}
    for step in steps:
        held = newest.get(step.listing_id)
        if held is None or held.version < step.version:
            newest[step.listing_id] = step
    return tuple(newest[listing] for listing in sorted(newest))


@dataclass(frozen=True, slots=True)
class ListedStep:
    """A step by itself, with what is known of its sale; nothing where a stock change made it."""

    step: Step
    title: str | None
    sku: str | None
    sale_sold_at: datetime | None


@dataclass(frozen=True, slots=True)
class Chapter:
    """A delist with its steps, as it is said and shown."""

    delist: Delist
    steps: Sequence[Step]
    completed_now: bool = False
