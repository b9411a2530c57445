"""What a seller and the brake decide before a target is sent: policies, pauses, the brake."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from delist_orchestrator.domain.states import Platform, StepState
from delist_orchestrator.domain.steps import Step
from delist_orchestrator.domain.timing import Timing

HISTORY_REASON = (
    "This sale is older than the account's connection, so nothing was taken down by itself. "
    "Approve to take the listing down, or skip to leave it for sale."
)
ASK_REASON = "Your setting for this marketplace asks you first. Approve to take the listing down."
GRACE_REASON = "Your setting for this marketplace waits a while first. Approve to take the listing down now."


class Mode(StrEnum):
    """When a listing of a sold article is taken down."""

    AT_ONCE = "at_once"
    ASK = "ask"
    GRACE = "grace"


@dataclass(frozen=True, slots=True)
class Policy:
    """A tenant's choice for one platform."""

    mode: Mode = Mode.AT_ONCE
    grace: timedelta = timedelta(0)


class Scope(StrEnum):
    """How far a pause reaches."""

    TENANT = "tenant"
    PLATFORM = "platform"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Pause:
    """Delisting held back, on record. Without a tenant it is operations' pause of a platform for everyone."""

    id: UUID
    scope: Scope
    paused_by: str
    paused_at: datetime
    reason: str
    tenant_id: UUID | None = None
    platform: Platform | None = None
    account_id: UUID | None = None
    unbacked_only: bool = False
    """The brake's: lowerings that an order of the marketplace backs go on."""
    resumed_by: str | None = None
    resumed_at: datetime | None = None
    resume_reason: str | None = None

    def covers(self, step: Step) -> bool:
        """Whether the step's target must not be sent while this stands."""
        if self.unbacked_only and (step.order_backed or step.may_raise or step.is_commanded):
            return False
        return (
            self.tenant_id in (None, step.tenant_id)
            and self.platform in (None, step.platform)
            and self.account_id in (None, step.account_id)
        )

    def says(self) -> str:
        """The reason a seller reads on a held step."""
        return f"Delisting is paused: {self.reason} Resume it to go on."


@dataclass(frozen=True, slots=True)
class Brake:
    """Stops what looks like a bad mapping emptying a shop (design.md, Brake)."""

    floor: int
    share: float
    window: timedelta

    def limit(self, live_listings: int) -> float:
        """How many lowerings of one account no order may back within the window."""
        return max(self.floor, self.share * live_listings)

    def since(self, at: datetime) -> datetime:
        """When the window that ends at a time begins."""
        return at - self.window

    def says(self, count: int) -> str:
        """The reason of the pause it makes."""
        minutes = int(self.window.total_seconds() // 60)
        return (
            f"{count} listings of this account were to be lowered within {minutes} minutes without an order behind "
            "them. Check that this is what you want."
        )


@dataclass(frozen=True, slots=True)
class Rules:
    """All that decides whether a step goes out now, for the tenants in hand."""

    timing: Timing
    policies: Mapping[tuple[UUID, Platform], Policy]
    pauses: tuple[Pause, ...]

    def pause_of(self, step: Step) -> Pause | None:
        """The oldest pause that holds this step back."""
        return min(
            (pause for pause in self.pauses if pause.covers(step)),
            key=lambda p: (p.paused_at, p.id),
            default=None,
        )

    def with_pauses(self, more: Iterable[Pause]) -> Rules:
        """The same rules with pauses added, such as the brake's own."""
        return Rules(self.timing, self.policies, (*self.pauses, *more))

    def open(self, step: Step, now: datetime) -> Step:
        """A new step's first state: history and `ask` wait for a yes, `grace` for its time, a pause for its end.

        The listing that sold, raises and a person's commands are not a seller's to approve: the first was lowered by its
        marketplace, the second put back what the seller has, and the third are said already.
        """
        if step.history:
            return step.wait(HISTORY_REASON, None)
        policy = self.policies.get((step.tenant_id, step.platform), Policy())
        asks_nobody = step.sold_here or step.may_raise or step.is_commanded
        if policy.mode is not Mode.AT_ONCE and not asks_nobody:
            if policy.mode is Mode.ASK:
                return step.wait(ASK_REASON, None)
            return step.wait(GRACE_REASON, now + policy.grace)
        return self.release(step, now)

    def release(self, step: Step, now: datetime) -> Step:
        """Ask, unless a pause holds it back."""
        pause = self.pause_of(step)
        return step.pause(pause.says()) if pause else step.ask(now, self.timing)

    def look(self, step: Step, now: datetime) -> Step:
        """What is due of a step the sweep came by: a grace over, a retry, a pause lifted, a deadline passed."""
        if step.state is StepState.PAUSED:
            return self.release(step, now)
        if step.look_at is None or step.look_at > now:
            return step
        if step.state in (StepState.WAITING_FOR_APPROVAL, StepState.FAILED):
            return self.release(step, now)
        return step.alert() if step.is_under_way else step
