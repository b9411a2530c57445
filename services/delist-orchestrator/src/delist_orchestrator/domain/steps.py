"""One listing of one sold article on its way to its target: its states, what moves it, what is refused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from delist_orchestrator.domain.states import (
    HELD,
    NEEDS_BROWSER,
    OPEN,
    TRANSITIONS,
    Cause,
    IllegalMoveError,
    Move,
    Platform,
    StepState,
)
from delist_orchestrator.domain.timing import Timing

BROWSER_REASON = (
    "Open the browser that has the Soldwire extension, and stay signed in to this marketplace there. "
    "It then takes the listing down by itself."
)
OVERDUE_REASON = (
    "This takes longer than it should. Soldwire goes on by itself; you can also change the listing on the "
    "marketplace and mark it done here."
)


@dataclass(frozen=True, slots=True)
class Reached:
    """How a target was reached: since when it shows, and what was read back of it and when."""

    applied_at: datetime
    verified_at: datetime | None = None
    called_at: datetime | None = None
    """When the call that did it went out; None where the marketplace already showed it."""
    read_quantity: int | None = None
    read_buyable: bool | None = None


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
    waited: bool = False
    """Whether it ever waited for a person's yes, a grace or a pause: time the seller chose, not the marketplace's."""
    overdue: bool = False
    reason: str | None = None
    code: str | None = None
    """What kind of failure stands; `link` is where the seller does it by hand."""
    link: str | None = None
    can_retry: bool = False
    attempts: int = 0
    asked_at: datetime | None = None
    called_at: datetime | None = None
    applied_at: datetime | None = None
    verified_at: datetime | None = None
    """When the marketplace was read back; None where nobody but a person says that it is done."""
    read_quantity: int | None = None
    read_buyable: bool | None = None
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
    def is_commanded(self) -> bool:
        """A person has just said so, listing by listing: no policy asks again, and the brake is not for it."""
        return self.cause is Cause.UNLINK

    @property
    def lowers(self) -> bool:
        """Whether the brake counts it: it takes down what nobody bought there."""
        return not (self.history or self.may_raise or self.sold_here or self.is_commanded)

    @property
    def is_ended(self) -> bool:
        """Nothing more will happen to it by itself or needs a person."""
        return self.state not in OPEN and not (self.state is StepState.SUPERSEDED and self.follows)

    @property
    def is_proposed(self) -> bool:
        """Only proposed so far: a later number than its listing's target, but no target before somebody says yes."""
        return self.history and self.asked_at is None and self.state is not StepState.DONE

    def displaces(self, older: Step) -> bool:
        """Whether it takes an older one's place.

        A proposal takes none. A lowering that is held takes none of another that is under way, tried again, or goes by
        itself at its time: what that one lowers must come down whatever is decided of the rest, and however soon sales
        follow each other.
        """
        if self.is_proposed:
            return False
        held = self.asked_at is None and self.state is not StepState.DONE
        raises = self.may_raise or older.may_raise or self.target_quantity > older.target_quantity
        older_is_stuck = older.state in HELD and older.look_at is None
        return not held or older_is_stuck or raises

    def is_led_by(self, newer: Step) -> bool:
        """Whether reaching the newer one's target is as good as reaching its own."""
        return newer.version > self.version and newer.target_quantity <= self.target_quantity

    @property
    def is_under_way(self) -> bool:
        """Its connector has the target and works on it."""
        return self.state in (StepState.ASKED, StepState.WAITING_FOR_BROWSER)

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
        """Send the target; taking down where there is no open interface then waits for a browser, and says so."""
        asked = self._cleared(Move.ASK)
        if self.platform in NEEDS_BROWSER and not self.target_quantity:
            asked = replace(asked, state=StepState.WAITING_FOR_BROWSER, reason=BROWSER_REASON)
        deadline = timing.deadline(self.platform, now)
        return replace(asked, attempts=self.attempts + 1, asked_at=now, deadline=deadline, look_at=deadline)

    def _cleared(self, move: Move) -> Step:
        """After a move that leaves no failure standing and nothing due. Raises IllegalMoveError."""
        return replace(
            self,
            state=self.moved(move),
            follows=False,
            overdue=False,
            reason=None,
            code=None,
            link=None,
            can_retry=False,
            look_at=None,
        )

    def pause(self, reason: str) -> Step:
        """Hold the target back until the pause is lifted."""
        return replace(self._cleared(Move.PAUSE), waited=True, reason=reason)

    def wait(self, reason: str, until: datetime | None) -> Step:
        """Wait for a person's yes, or until a grace time has passed."""
        state = StepState.WAITING_FOR_APPROVAL
        return replace(self, state=state, waited=True, reason=reason, look_at=until)

    def supersede(self, newer_target: int) -> Step:
        """A newer version took over; this one still ends well if the newer one goes at least as low."""
        follows = newer_target <= self.target_quantity and (self.follows or self.state in OPEN)
        return replace(self._cleared(Move.SUPERSEDE), follows=follows)

    def reach(self, reached: Reached) -> Step:
        """The marketplace shows the target."""
        return self._told(self._cleared(Move.REACH), reached)

    @staticmethod
    def _told(step: Step, reached: Reached) -> Step:
        return replace(
            step,
            called_at=reached.called_at or step.called_at,
            applied_at=reached.applied_at,
            verified_at=reached.verified_at,
            read_quantity=reached.read_quantity,
            read_buyable=reached.read_buyable,
        )

    @property
    def reached(self) -> Reached | None:
        """How it was reached; None while it is not."""
        if self.state is not StepState.DONE or self.applied_at is None:
            return None
        return Reached(
            self.applied_at, self.verified_at, self.called_at, self.read_quantity, self.read_buyable
        )

    def learns_from(self, reached: Reached) -> bool:
        """Whether an outcome that comes after its end tells more: it reads back a person's word, or is earlier."""
        if self.applied_at is None or not self.can(Move.VERIFY):
            return False
        return self.verified_at is None or reached.applied_at < self.applied_at

    def verify(self, reached: Reached) -> Step:
        """The marketplace's word on what was taken for done: it says since when, unless it only found it so later."""
        state = self.moved(Move.VERIFY)
        if reached.called_at is None and self.applied_at is not None:
            reached = replace(reached, applied_at=min(reached.applied_at, self.applied_at))
        return self._told(replace(self, state=state), reached)

    def fail(
        self, code: str, reason: str, link: str | None, retry_at: datetime | None, *, can_retry: bool
    ) -> Step:
        """The connector gave up for now; `link` is where the seller does it by hand."""
        return replace(
            self,
            state=self.moved(Move.FAIL),
            code=code,
            reason=reason,
            link=link,
            can_retry=can_retry,
            look_at=retry_at,
        )

    def skip(self, reason: str) -> Step:
        """A person decided to leave the listing as it is."""
        return replace(self._cleared(Move.SKIP), reason=reason)

    def mark_done(self, reason: str, now: datetime) -> Step:
        """A person says they did it by hand: nobody has read it back."""
        return replace(self._cleared(Move.MARK_DONE), reason=reason, applied_at=now)

    def alert(self) -> Step:
        """The deadline has passed; the step goes on, but someone is told."""
        return replace(self, overdue=True, reason=self.reason or OVERDUE_REASON, look_at=None)
