"""One listing of one sold article on its way to its target: its states, what moves it, what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID


class Platform(StrEnum):
    """Where a listing can be asked to change."""

    SHOPIFY = "shopify"
    EBAY = "ebay"
    DEPOP = "depop"


NEEDS_BROWSER = frozenset({Platform.DEPOP})
"""Platforms without an open interface: a paired browser carries the step out."""


class Cause(StrEnum):
    """Why a listing should show another quantity."""

    SALE = "sale"
    OBSERVATION = "observation"
    RELEASE = "release"
    EDIT = "edit"
    LINK = "link"


class StepState(StrEnum):
    """Where a step is."""

    WAITING_FOR_APPROVAL = "waiting_for_approval"
    PAUSED = "paused"
    ASKED = "asked"
    WAITING_FOR_BROWSER = "waiting_for_browser"
    DONE = "done"
    FAILED = "failed"
    SUPERSEDED = "superseded"
    SKIPPED = "skipped"


class Move(StrEnum):
    """What can happen to a step."""

    ASK = "ask"
    PAUSE = "pause"
    REACH = "reach"
    FAIL = "fail"
    SUPERSEDE = "supersede"
    SKIP = "skip"
    MARK_DONE = "mark_done"


class IllegalMoveError(Exception):
    """The step is in a state this can't happen in."""

    def __init__(self, move: Move, state: StepState) -> None:
        super().__init__(f"{move} from {state}")
        self.move = move
        self.state = state


_S = StepState
_RUNNING = (_S.ASKED, _S.WAITING_FOR_BROWSER)
_OPEN = (_S.WAITING_FOR_APPROVAL, _S.PAUSED, *_RUNNING, _S.FAILED)


def _from(*states: StepState, to: StepState) -> Mapping[StepState, StepState]:
    return MappingProxyType(dict.fromkeys(states, to))


TRANSITIONS: Mapping[Move, Mapping[StepState, StepState]] = MappingProxyType(
    {
        Move.ASK: _from(_S.WAITING_FOR_APPROVAL, _S.PAUSED, _S.FAILED, to=_S.ASKED),
        Move.PAUSE: _from(_S.WAITING_FOR_APPROVAL, _S.PAUSED, _S.FAILED, to=_S.PAUSED),
        Move.REACH: _from(*_OPEN, _S.SUPERSEDED, _S.SKIPPED, to=_S.DONE),
        Move.FAIL: _from(*_RUNNING, _S.FAILED, to=_S.FAILED),
        Move.SUPERSEDE: _from(*_OPEN, _S.SUPERSEDED, to=_S.SUPERSEDED),
        Move.SKIP: _from(*_OPEN, to=_S.SKIPPED),
        Move.MARK_DONE: _from(*_OPEN, to=_S.DONE),
    }
)
"""From which states each move leads where; what is not here does not happen."""

OPEN = frozenset(_OPEN)
HELD = frozenset({_S.WAITING_FOR_APPROVAL, _S.PAUSED})
"""The target has not been sent."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How long steps may take before someone is told, and when a failed one is asked again."""

    deadlines: Mapping[Platform, timedelta]
    retry_first: timedelta
    retry_longest: timedelta
    retry_attempts: int

    def deadline(self, platform: Platform, now: datetime) -> datetime:
        """When a step asked now is overdue."""
        return now + self.deadlines[platform]

    def retry_at(self, attempts: int, now: datetime, jitter: float) -> datetime | None:
        """When a step that failed after so many asks is asked again; None once they are used up.

        Doubles from the first wait up to the longest; `jitter` in [0, 1) takes up to half off, so that what
        failed together does not come back together.
        """
        if attempts >= self.retry_attempts:
            return None
        doubled = self.retry_first * (1 << max(attempts - 1, 0))
        wait = min(doubled, self.retry_longest)
        return now + wait * (1 - jitter / 2)


@dataclass(frozen=True, slots=True)
class Step:
    """One listing's target. `follows` marks a superseded step whose end a newer, at least as low one decides."""

    tenant_id: UUID
    listing_id: UUID
    version: int
    article_id: UUID
    account_id: UUID
    platform: Platform
    target_quantity: int
    cause: Cause
    state: StepState
    created_at: datetime
    sale_id: UUID | None = None
    may_raise: bool = False
    sold_here: bool = False
    order_backed: bool = True
    history: bool = False
    sold_at: datetime | None = None
    follows: bool = False
    overdue: bool = False
    reason: str | None = None
    code: str | None = None
    can_retry: bool = False
    attempts: int = 0
    asked_at: datetime | None = None
    called_at: datetime | None = None
    applied_at: datetime | None = None
    verified_at: datetime | None = None
    deadline: datetime | None = None
    look_at: datetime | None = None
    """When the sweep looks next: end of a grace, a retry, a deadline."""
    traceparent: str | None = None
    test: bool = False

    @property
    def key(self) -> tuple[UUID, int]:
        """A listing's versions are its steps."""
        return self.listing_id, self.version

    @property
    def lowers(self) -> bool:
        """Whether the brake counts it: it takes down what nobody bought there."""
        return not (self.history or self.may_raise or self.sold_here)

    @property
    def is_ended(self) -> bool:
        """Nothing more will happen to it by itself or needs a person."""
        return self.state not in OPEN and not (self.state is StepState.SUPERSEDED and self.follows)

    @property
    def is_proposed(self) -> bool:
        """Only proposed so far: a later number than its listing's target, but no target before somebody says yes."""
        return self.history and self.asked_at is None and self.state is not StepState.DONE

    @property
    def is_watched(self) -> bool:
        """Whether the sweep has to look at it: at its time, or once a pause is lifted."""
        return self.look_at is not None or self.state is StepState.PAUSED

    @property
    def exposure(self) -> timedelta | None:
        """How long the listing stayed for sale after the sale; only where it should be off sale."""
        if self.history or self.target_quantity or self.sold_at is None or self.applied_at is None:
            return None
        return max(self.applied_at - self.sold_at, timedelta(0))

    def moved(self, move: Move) -> StepState:
        """The state the move leads to. Raises IllegalMoveError."""
        try:
            return TRANSITIONS[move][self.state]
        except KeyError:
            raise IllegalMoveError(move, self.state) from None

    def can(self, move: Move) -> bool:
        """Whether the move may happen now."""
        return self.state in TRANSITIONS[move]

    def ask(self, now: datetime, timing: Timing) -> Step:
        """Send the target; a platform without an open interface then waits for a browser."""
        state = self.moved(Move.ASK)
        if self.platform in NEEDS_BROWSER:
            state = StepState.WAITING_FOR_BROWSER
        deadline = timing.deadline(self.platform, now)
        return replace(
            self,
            state=state,
            reason=None,
            code=None,
            can_retry=False,
            overdue=False,
            attempts=self.attempts + 1,
            asked_at=now,
            deadline=deadline,
            look_at=deadline,
        )

    def pause(self, reason: str) -> Step:
        """Hold the target back until the pause is lifted."""
        return replace(self, state=self.moved(Move.PAUSE), reason=reason, look_at=None)

    def wait(self, reason: str, until: datetime | None) -> Step:
        """Wait for a person's yes, or until a grace time has passed."""
        return replace(self, state=StepState.WAITING_FOR_APPROVAL, reason=reason, look_at=until)

    def supersede(self, newer_target: int) -> Step:
        """A newer version took over; this one still ends well if the newer one goes at least as low."""
        follows = newer_target <= self.target_quantity and (self.follows or self.state in OPEN)
        return replace(self, state=self.moved(Move.SUPERSEDE), follows=follows, look_at=None, overdue=False)

    def reach(self, applied_at: datetime, verified_at: datetime, called_at: datetime | None) -> Step:
        """The marketplace shows the target, read back."""
        return replace(
            self,
            state=self.moved(Move.REACH),
            follows=False,
            overdue=False,
            reason=None,
            code=None,
            can_retry=False,
            called_at=called_at or self.called_at,
            applied_at=applied_at,
            verified_at=verified_at,
            look_at=None,
        )

    def fail(self, code: str, reason: str, retry_at: datetime | None, *, can_retry: bool) -> Step:
        """The connector gave up for now."""
        return replace(
            self, state=self.moved(Move.FAIL), code=code, reason=reason, can_retry=can_retry, look_at=retry_at
        )

    def skip(self, reason: str) -> Step:
        """A person decided to leave the listing as it is."""
        return replace(self, state=self.moved(Move.SKIP), reason=reason, look_at=None, overdue=False)

    def mark_done(self, reason: str, now: datetime) -> Step:
        """A person says they did it by hand."""
        return replace(
            self, state=self.moved(Move.MARK_DONE), reason=reason, applied_at=now, look_at=None, overdue=False
        )

    def alert(self) -> Step:
        """The deadline has passed; the step goes on, but someone is told."""
        return replace(self, overdue=True, look_at=None)
