"""All steps one transaction has in hand: takes demands and outcomes, keeps what changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from delist_orchestrator.domain.delists import Delist
from delist_orchestrator.domain.rules import Rules
from delist_orchestrator.domain.states import OPEN, Cause, Move, Platform, StepState
from delist_orchestrator.domain.steps import Reached, Step

Key = tuple[UUID, int]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The quantity inventory wants one listing to show."""

    listing_id: UUID
    account_id: UUID
    platform: Platform
    version: int
    quantity: int
    may_raise: bool = False
    sold_here: bool = False


@dataclass(frozen=True, slots=True)
class Drop:
    """Units that an observation, made at that time, took off an article's stock without an order."""

    at: datetime
    units: int


@dataclass(frozen=True, slots=True)
class Demand:
    """What one sale or stock change asks of an article's listings; `delist` comes with a sale."""

    tenant_id: UUID
    article_id: UUID
    cause: Cause
    order_backed: bool
    wanted: tuple[Wanted, ...]
    sale_id: UUID | None = None
    delist: Delist | None = None
    history: bool = False
    sold_at: datetime | None = None
    drop: Drop | None = None
    """What lowered the stock, when that was an observation; an order may be behind it."""
    explains: tuple[Drop, ...] = ()
    """Earlier drops that the sale's order was behind, with how much of each it explains."""
    traceparent: str | None = None
    test: bool = False

    def step(self, wanted: Wanted, now: datetime) -> Step:
        """The step a target becomes, not yet opened."""
        return Step(
            tenant_id=self.tenant_id,
            listing_id=wanted.listing_id,
            version=wanted.version,
            article_id=self.article_id,
            account_id=wanted.account_id,
            platform=wanted.platform,
            target_quantity=wanted.quantity,
            cause=self.cause,
            state=StepState.WAITING_FOR_APPROVAL,
            created_at=now,
            sale_id=self.sale_id,
            may_raise=wanted.may_raise,
            sold_here=wanted.sold_here,
            order_backed=self.order_backed,
            history=self.history,
            sold_at=self.sold_at,
            traceparent=self.traceparent,
            test=self.test,
        )


@dataclass(frozen=True, slots=True)
class Result:
    """A connector's word on one version of one listing: reached when it has times, else failed."""

    tenant_id: UUID
    listing_id: UUID
    version: int
    account_id: UUID
    article_id: UUID
    platform: Platform
    applied_at: datetime | None = None
    verified_at: datetime | None = None
    called_at: datetime | None = None
    read_quantity: int | None = None
    read_buyable: bool | None = None
    code: str = ""
    reason: str = ""
    link: str | None = None
    can_retry: bool = False

    @property
    def key(self) -> Key:
        """The step it is about."""
        return self.listing_id, self.version

    @property
    def reached(self) -> Reached | None:
        """How the target was reached; None when it failed."""
        if self.applied_at is None:
            return None
        return Reached(
            self.applied_at, self.verified_at, self.called_at, self.read_quantity, self.read_buyable
        )


@dataclass
class Board:
    """Steps by listing and version; the caller holds their listings' locks."""

    now: datetime
    steps: dict[Key, Step] = field(default_factory=dict)
    early: dict[Key, Result] = field(default_factory=dict)
    """Outcomes of versions no demand has named yet."""
    changed: dict[Key, Step] = field(default_factory=dict)
    asked: list[Step] = field(default_factory=list)
    """Steps whose target is to be sent, in the order decided."""
    late: list[Step] = field(default_factory=list)
    """Steps whose deadline has just passed."""
    kept_early: dict[Key, Result] = field(default_factory=dict)
    used_early: set[Key] = field(default_factory=set)
    _opened: set[Key] = field(default_factory=set)
    _listings: dict[UUID, set[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, now: datetime, steps: Iterable[Step], early: Iterable[Result] = ()) -> Board:
        """A board holding these steps and outcomes that came before their step."""
        board = cls(now, early={result.key: result for result in early})
        for step in steps:
            board._place(step)
        return board

    def demand(self, demand: Demand, rules: Rules, jitter: float = 0.0) -> None:
        """Open a step for each target not known yet; newer versions supersede older ones."""
        for wanted in demand.wanted:
            if (wanted.listing_id, wanted.version) not in self.steps:
                self._add(demand.step(wanted, self.now), rules, jitter)

    def opened(self) -> list[Step]:
        """The steps that demands made, as they became."""
        return [self.steps[key] for key in self._opened]

    def _add(self, step: Step, rules: Rules, jitter: float) -> None:
        self._opened.add(step.key)
        opened = rules.open(step, self.now)
        newer = [s for s in self._of(step.listing_id) if s.version > step.version and s.displaces(opened)]
        if newer:
            self._overtake(step, newer)
        else:
            self._set(opened)
            self._supersede_older(opened)
            self._note_asked(step, opened)
        early = self.early.pop(step.key, None)
        if early:
            self.used_early.add(step.key)
            self.result(early, rules, jitter)

    def _overtake(self, late: Step, newer: list[Step]) -> None:
        """A target that comes in after newer ones of its listing is never sent; it ends with them."""
        superseded = late.supersede(max(s.target_quantity for s in newer))
        self._set(superseded)
        self._supersede_older(superseded)
        self._follow_done(newer)
        self._unfollow(late.listing_id)

    def _supersede_older(self, newer: Step) -> None:
        """Take the place of older ones that are open or follow; a raise ends those that follow what came after it."""
        for older in self._of(newer.listing_id):
            if older.version >= newer.version or older.is_ended or not older.can(Move.SUPERSEDE):
                continue
            if newer.displaces(older):
                superseded = older.supersede(newer.target_quantity)
                if superseded != older:
                    self._set(superseded)

    def result(self, result: Result, rules: Rules, jitter: float = 0.0) -> None:
        """Apply a connector's word; one on a version not known yet is kept until its demand comes."""
        step = self.steps.get(result.key)
        if step is None:
            known = self.early.get(result.key)
            if known is None or known.reached is None:
                self.early[result.key] = self.kept_early[result.key] = result
        elif result.reached is not None:
            self._reach(step, result.reached)
        elif step.can(Move.FAIL):
            retry_at = rules.timing.retry_at(step.attempts, self.now, jitter) if result.can_retry else None
            self._set(
                step.fail(result.code, result.reason, result.link, retry_at, can_retry=result.can_retry)
            )

    def _reach(self, step: Step, reached: Reached) -> None:
        if step.can(Move.REACH):
            done = step.reach(reached)
            self._set(done)
            self._supersede_older(done)
            self._follow_done([done])
        elif step.learns_from(reached):
            self._set(step.verify(reached))

    def _follow_done(self, ended: Iterable[Step]) -> None:
        """A superseded step is done once a newer one ended at or below its target."""
        for newer in ended:
            if newer.reached is None:
                continue
            for older in self._of(newer.listing_id):
                if older.follows and older.is_led_by(newer):
                    self._set(replace(older.reach(newer.reached), reason=newer.reason))

    def look(self, key: Key, rules: Rules) -> None:
        """Let what is due of a step happen."""
        step = self.steps.get(key)
        if step is not None:
            looked = rules.look(step, self.now)
            if looked != step:
                self._set(looked)
                self._supersede_older(looked)
                self._note_asked(step, looked)
                if looked.overdue and not step.overdue:
                    self.late.append(looked)

    def command(self, key: Key, act: Callable[[Step], Step]) -> None:
        """A person's move on one step. Raises IllegalMoveError; ending a step ends those that follow it."""
        before = self.steps[key]
        after = act(before)
        self._set(after)
        self._note_asked(before, after)
        if after.state is StepState.DONE:
            self._supersede_older(after)
            self._follow_done([after])
        self._unfollow(after.listing_id)

    def _unfollow(self, listing_id: UUID) -> None:
        """What has nothing to follow any more ends as it is: the newer one was left for sale."""
        own = self._of(listing_id)
        lead = [s for s in own if s.state in OPEN and not s.is_proposed]
        for older in own:
            if older.follows and not any(older.is_led_by(newer) for newer in lead):
                self._set(replace(older, follows=False))

    def _note_asked(self, before: Step, after: Step) -> None:
        if after.attempts > before.attempts:
            self.asked.append(after)
            self._supersede_older(after)

    def _of(self, listing_id: UUID) -> list[Step]:
        return [self.steps[listing_id, version] for version in sorted(self._listings.get(listing_id, ()))]

    def newest(self, listing_id: UUID) -> Step | None:
        """The step of a listing's highest version so far; what is only proposed is none."""
        return next((step for step in reversed(self._of(listing_id)) if not step.is_proposed), None)

    def _place(self, step: Step) -> None:
        self.steps[step.key] = step
        self._listings.setdefault(step.listing_id, set()).add(step.version)

    def _set(self, step: Step) -> None:
        self._place(step)
        self.changed[step.key] = step

    def sales(self) -> set[UUID]:
        """The sales whose steps changed."""
        return {step.sale_id for step in self.changed.values() if step.sale_id is not None}
