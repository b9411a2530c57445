"""Runs: one reading of one account, by what connectors say of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from uuid import UUID

ATTEMPTS = 3
"""How often a run without progress is asked for before it is given up."""


class Scope(StrEnum):
    """What a run reads."""

    EVERYTHING = "everything"
    ARTICLES = "articles"
    SALES = "sales"

    @property
    def reads_sales(self) -> bool:
        """Whether its end moves the watermark."""
        return self is not Scope.ARTICLES

    def covers(self, other: Scope) -> bool:
        """Whether a run of this scope does what one of the other would."""
        return self in (Scope.EVERYTHING, other)


class State(StrEnum):
    """Where a run is; also what it should be (running or cancelled)."""

    RUNNING = "running"
    CANCELLED = "cancelled"
    COMPLETE = "complete"
    FAILED = "failed"


class Origin(StrEnum):
    """Why a run was started."""

    PLAN = "plan"
    CONNECTED = "connected"
    PERSON = "person"


class Verdict(Enum):
    """What a look at a silent run comes to."""

    WAIT = "wait"
    ASK_AGAIN = "ask_again"
    GIVE_UP = "give_up"
    CANCEL = "cancel"


_PATIENCE = {"depop": timedelta(minutes=30)}
_DEFAULT_PATIENCE = timedelta(minutes=10)
_ADVICE = {"depop": "Open Chrome with the Soldwire extension, then refresh."}
_DEFAULT_ADVICE = "Check the connection in Settings, then refresh."


def patience(platform: str) -> timedelta:
    """How long a run may say nothing; one that needs a paired browser waits for a person."""
    return _PATIENCE.get(platform, _DEFAULT_PATIENCE)


def advised(platform: str) -> str:
    """Why a run was given up, in a seller's words."""
    minutes = int(patience(platform) / timedelta(minutes=1)) * ATTEMPTS
    return f"No progress for {minutes} minutes. {_ADVICE.get(platform, _DEFAULT_ADVICE)}"


@dataclass(frozen=True, slots=True)
class Counts:
    """What a run has read so far."""

    listings: int = 0
    drafts: int = 0
    sales: int = 0
    new_sales: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """A connector's word on a run; with an outcome it is the last and decides."""

    run_id: UUID
    lease: int
    sequence: int
    phase: str
    done: int
    total: int | None
    counts: Counts
    complete_up_to: datetime | None
    outcome: State | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Run:
    """One run. `desired` is what connectors are asked for, `state` what came of it."""

    run_id: UUID
    tenant_id: UUID
    account_id: UUID
    platform: str
    scope: Scope
    origin: Origin
    visible: bool
    requested_at: datetime
    asked_at: datetime
    since: datetime | None = None
    revision: int = 1
    desired: State = State.RUNNING
    state: State = State.RUNNING
    attempts: int = 1
    heard_at: datetime | None = None
    lease: int = 0
    sequence: int = 0
    phase: str | None = None
    done: int = 0
    total: int | None = None
    counts: Counts = field(default_factory=Counts)
    complete_up_to: datetime | None = None
    reason: str | None = None
    given_up: bool = False
    finished_at: datetime | None = None

    @property
    def is_active(self) -> bool:
        """Whether it is still on its way."""
        return self.finished_at is None

    def hear(self, word: Progress, now: datetime) -> Run:
        """The run after a word of a connector; unchanged by what is old, a zombie's, or about an ended run.

        A run given up here may still end there: its last word counts then too.
        """
        ended = not self.is_active and not (self.given_up and word.outcome)
        if ended or (word.lease, word.sequence) <= (self.lease, self.sequence):
            return self
        heard = replace(
            self,
            lease=word.lease,
            sequence=word.sequence,
            phase=word.phase,
            done=word.done,
            total=word.total,
            counts=word.counts,
            complete_up_to=word.complete_up_to,
            heard_at=now,
            attempts=1,
        )
        return heard._end(word.outcome, word.reason, now) if word.outcome else heard

    def _end(self, outcome: State, reason: str | None, now: datetime) -> Run:
        return replace(self, state=outcome, reason=reason, given_up=False, finished_at=now)

    def cancel(self, now: datetime) -> Run:
        """Asked to stop at its next checkpoint; the connector's last word ends it."""
        if not self.is_active or self.desired is State.CANCELLED:
            return self
        return replace(self, desired=State.CANCELLED, revision=self.revision + 1, asked_at=now)

    def shown(self) -> Run:
        """A person waits for it now: asked for again, so that its connector knows to show progress."""
        return replace(self, visible=True, revision=self.revision + 1)

    @property
    def look_at(self) -> datetime:
        """When its silence is to be judged: a while after it was last asked for or heard of."""
        return max(self.asked_at, self.heard_at or self.asked_at) + patience(self.platform)

    def judge(self, now: datetime) -> Verdict:
        """What its silence means."""
        if not self.is_active or self.look_at > now:
            return Verdict.WAIT
        if self.desired is State.CANCELLED:
            return Verdict.CANCEL
        return Verdict.ASK_AGAIN if self.attempts < ATTEMPTS else Verdict.GIVE_UP

    def ask_again(self, now: datetime) -> Run:
        """Ask once more, at a higher revision: another replica takes it over under a new lease."""
        return replace(self, attempts=self.attempts + 1, revision=self.revision + 1, asked_at=now)

    def give_up(self, now: datetime) -> Run:
        """Failed for want of progress; whoever still works on it is asked to stop."""
        asked = replace(self, desired=State.CANCELLED, revision=self.revision + 1)
        return replace(asked._end(State.FAILED, advised(self.platform), now), given_up=True)

    def end_cancelled(self, now: datetime) -> Run:
        """Cancelled, though nobody confirmed it."""
        return replace(self._end(State.CANCELLED, None, now), given_up=True)


def covering(active: Iterable[Run], scope: Scope) -> Run | None:
    """The active run that already does what one of this scope would, if any."""
    fit = (run for run in active if run.desired is State.RUNNING and run.scope.covers(scope))
    return next(fit, None)
