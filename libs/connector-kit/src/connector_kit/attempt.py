"""One leased intent carried as far as it goes now: call, read back, decide; every failure has its row in a table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from kit import telemetry
from kit.failpoints import Failpoint
from opentelemetry.trace import SpanKind

from connector_kit.domain import (
    DISCONNECTED,
    Account,
    Call,
    Intent,
    IntentState,
    Listing,
    Read,
    SeenListing,
    Verdict,
    VerdictKind,
    Wait,
    after_read,
    answered,
    calling,
    first_step,
    look_again,
    not_done,
    pause_after,
    reached,
    taken_up,
    unclear,
)
from connector_kit.errors import Action, CallFailed, Nature, Problem
from connector_kit.marketplace import Marketplace
from connector_kit.usecases import Ended, Work

Begin = Callable[[tuple[Work, Intent]], Awaitable[bool]]
"""Commits that a call is about to go out; False when somebody else has taken the intent over."""

_MOST_CALLS = 3
_BEGUN = Failpoint("call.begun", "a call and its key are on record, the marketplace has not heard of it")
_ANSWERED = Failpoint(
    "call.answered", "the marketplace has done it and said so, nothing of that is on record"
)
_SHOWN = Failpoint("call.read", "a listing was read, nothing of that is on record")
_SIGNED_OUT_PAUSE = timedelta(minutes=5)
_UNKNOWN = Verdict(
    VerdictKind.FAILED,
    code="unknown_listing",
    reason="Soldwire has not seen this listing on the marketplace yet. Refresh data, then retry.",
    can_retry=True,
)
_DISCONNECTED = Verdict(
    VerdictKind.FAILED,
    code=DISCONNECTED,
    reason="This account is disconnected, so Soldwire can't change its listings. Connect it again, or change the "
    "listing on the marketplace.",
    can_retry=True,
)


@dataclass
class Attempt:
    """The work of one worker on one intent. `now` is asked for anew at every step."""

    marketplace: Marketplace
    begin: Begin
    now: Callable[[], datetime]
    settle: timedelta

    async def run(self, work: Work) -> Ended | None:
        """How it ended for now; None when somebody else has taken the intent over and nothing is ours to say."""
        intent = taken_up(work.intent)
        if work.account.state != "connected":
            return self._not_connected(work, intent)
        if work.listing is None:
            return Ended(
                work,
                replace(intent, state=IntentState.PARKED),
                _UNKNOWN,
                code=_UNKNOWN.code,
                reason=_UNKNOWN.reason,
            )
        with telemetry.continued(intent.traceparent, "brings listing to target", version=intent.version):
            return await _Progress(self, work, work.listing, intent).run()

    def _not_connected(self, work: Work, intent: Intent) -> Ended:
        if work.account.state == "revoked":
            parked = replace(intent, state=IntentState.PARKED)
            return Ended(work, parked, _DISCONNECTED, code=_DISCONNECTED.code, reason=_DISCONNECTED.reason)
        return Ended(
            work,
            intent,
            due_at=self.now() + _SIGNED_OUT_PAUSE,
            code="needs_login",
            reason=work.account.reason,
        )


class _Progress:
    """Steps of one attempt, with what has been seen on the way."""

    def __init__(self, attempt: Attempt, work: Work, listing: Listing, intent: Intent) -> None:
        self._attempt = attempt
        self._marketplace = attempt.marketplace
        self._work = work
        self._account: Account = work.account
        self._listing = listing
        self._last_seen = listing.quantity
        self._intent = intent
        self._shown: SeenListing | None = None
        self._applied_at: datetime | None = None
        self._calls = 0

    async def run(self) -> Ended | None:
        step = first_step(self._intent, self._listing, self._marketplace.traits)
        while True:
            try:
                if isinstance(step, Read):
                    step = await self._read()
                elif isinstance(step, Call):
                    if self._calls == _MOST_CALLS:
                        return self._later(pause_after(self._calls))
                    if not await self._call(step):
                        return None
                    step = Read()
                elif isinstance(step, Wait):
                    return self._ended(state=IntentState.VERIFYING, due_at=step.until)
                else:
                    return self._verdict(step)
            except CallFailed as failed:
                return self._failed(failed.problem)

    async def _read(self) -> Read | Call | Wait | Verdict:
        with telemetry.continued(None, "reads listing", kind=SpanKind.CLIENT):
            shown = await self._marketplace.read_listing(self._account, self._listing)
        _SHOWN.reached()
        self._shown = shown
        self._listing = replace(
            self._listing,
            quantity=shown.quantity,
            buyable=shown.buyable,
            state=shown.state,
            refs={**self._listing.refs, **shown.refs},
            seen_at=shown.seen_at,
        )
        return after_read(self._intent, shown, self._last_seen, self._marketplace.traits, self._attempt.now())

    async def _call(self, call: Call) -> bool:
        """Send one call. Stale and ambiguous answers are followed by a read; what did not happen is raised."""
        before = self._intent
        self._intent = calling(before, call, self._attempt.now(), self._attempt.settle)
        if not await self._attempt.begin((self._work, self._intent)):
            return False
        self._calls += 1
        _BEGUN.reached()
        try:
            with telemetry.continued(None, "sets quantity", kind=SpanKind.CLIENT, quantity=call.quantity):
                await self._marketplace.set_quantity(self._account, self._listing, call)
        except CallFailed as failed:
            self._intent = self._after_failure(before, failed.problem)
            if (
                failed.problem.action in (Action.AMBIGUOUS, Action.STALE)
                or failed.problem.nature is Nature.GONE
            ):
                return True
            raise
        _ANSWERED.reached()
        self._intent = answered(self._intent)
        self._applied_at = self._attempt.now()
        return True

    def _after_failure(self, before: Intent, problem: Problem) -> Intent:
        if problem.action is Action.AMBIGUOUS:
            return unclear(self._intent)
        return not_done(before, self._intent, stale=problem.action is Action.STALE)

    def _verdict(self, verdict: Verdict) -> Ended:
        if verdict.kind is VerdictKind.FAILED or self._shown is None:
            self._intent = replace(self._intent, state=IntentState.PARKED)
            return self._ended(verdict=verdict, code=verdict.code, reason=verdict.reason)
        now = self._attempt.now()
        applied_at = (
            self._applied_at or (self._intent.applied_at if self._known() else None) or self._shown.seen_at
        )
        self._intent = reached(self._intent, verdict, self._shown, applied_at, now)
        return self._ended(verdict=verdict, due_at=look_again(self._intent, now))

    def _known(self) -> bool:
        return self._intent.applied_version == self._intent.version

    def _failed(self, problem: Problem) -> Ended:
        """A failure that ends the attempt: time heals it, or a person must."""
        if problem.login:
            self._count()
            ended = self._ended(
                due_at=self._attempt.now() + _SIGNED_OUT_PAUSE, code=problem.code, reason=problem.reason
            )
            return replace(ended, needs_login=True)
        if problem.action is Action.FAIL:
            self._intent = replace(self._intent, state=IntentState.PARKED)
            verdict = Verdict(VerdictKind.FAILED, code=problem.code, reason=problem.reason, can_retry=True)
            return self._ended(verdict=verdict, code=problem.code, reason=problem.reason)
        self._count()
        return self._later(problem.retry_after or pause_after(self._intent.failures), problem)

    def _count(self) -> None:
        self._intent = replace(self._intent, failures=self._intent.failures + 1)

    def _later(self, pause: timedelta, problem: Problem | None = None) -> Ended:
        due_at = self._attempt.now() + pause
        if problem is None:
            return self._ended(due_at=due_at)
        return self._ended(due_at=due_at, code=problem.code, reason=problem.reason)

    def _ended(
        self,
        *,
        verdict: Verdict | None = None,
        due_at: datetime | None = None,
        state: IntentState | None = None,
        code: str | None = None,
        reason: str | None = None,
    ) -> Ended:
        intent = replace(self._intent, state=state) if state is not None else self._intent
        if due_at is not None and verdict is None and intent.state is IntentState.CALLING:
            intent = replace(intent, state=IntentState.DUE)
        return Ended(self._work, intent, verdict, self._shown, due_at, code, reason)
