"""The intent machine: from a target to the next thing to do, as pure functions (design.md, rules 3 and 4).

A listing change is a desired state. What may be done next follows from the intent, what the marketplace last
showed, and whether an earlier call may still take effect.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid5

from connector_kit.domain.listings import Listing, SeenListing


class IntentState(StrEnum):
    """due → calling → verifying → reached | parked; a higher version makes it due again from anywhere."""

    DUE = "due"
    CALLING = "calling"
    """Committed before the call goes out; found so after a crash, the call is ambiguous."""
    VERIFYING = "verifying"
    """A call was made, and the marketplace does not show it yet."""
    UNSETTLED = "unsettled"
    """Reached and said, but an older version's call may still take effect: read again until its settle time is over."""
    REACHED = "reached"
    PARKED = "parked"


@dataclass(frozen=True, slots=True)
class Traits:
    """What a marketplace can do. `settle`: how long a change may take to show (60 s unless known)."""

    compare_and_set: bool
    settle: timedelta = timedelta(seconds=60)
    partial_quantities: bool = True
    """Whether a listing can show more than one unit; if not, any target above 0 is 1."""


@dataclass(frozen=True, slots=True)
class Intent:
    """One listing's target and how far it is. Every time is aware UTC."""

    listing_id: UUID
    tenant_id: UUID
    account_id: UUID
    article_id: UUID
    version: int
    quantity: int
    may_raise: bool = False
    sold_here: bool = False
    sale_id: UUID | None = None
    state: IntentState = IntentState.DUE
    attempts: int = 0
    """Calls sent for this version."""
    answered: int = 0
    """Of them, calls the marketplace answered plainly."""
    called_at: datetime | None = None
    called_version: int | None = None
    """The version of the last call, which may be an older one."""
    expected: int | None = None
    """What the last call expected the marketplace to show (compare-and-set)."""
    ambiguous: bool = False
    """The last call's answer was lost or said nothing."""
    settle_until: datetime | None = None
    """Until when the last call may still take effect."""
    doubt_version: int | None = None
    doubt_until: datetime | None = None
    """An older version's call whose answer was lost, and until when it may still take effect."""
    applied_version: int = 0
    applied_quantity: int | None = None
    """The last target that was reached; raising compares with it."""
    applied_at: datetime | None = None
    ended_by_us: bool = True
    failures: int = 0
    """Attempts in a row that ended in a passing error; sets the back-off."""
    traceparent: str | None = field(default=None, compare=False)
    test: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """Read the listing, then ask `after_read`."""


@dataclass(frozen=True, slots=True)
class Call:
    """Set the quantity. `expected` is what the marketplace must show for it to take effect; None: unconditional."""

    quantity: int
    expected: int | None
    key: UUID
    """Idempotency key: the same while nothing about the call has changed."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Read again at `until`; the call made may still take effect."""

    until: datetime


class VerdictKind(StrEnum):
    """How an intent ended."""

    DELISTED = "delisted"
    ADJUSTED = "adjusted"
    RELISTED = "relisted"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The end of an intent. `read_orders`: somebody else brought the listing there, it may just have sold."""

    kind: VerdictKind
    ended_by_us: bool = True
    read_orders: bool = False
    code: str = ""
    reason: str = ""
    can_retry: bool = False


Step = Read | Call | Wait | Verdict

_IN_DOUBT = timedelta(seconds=5)
"""An article that is gone is for sale again for no longer than this, should an older raise take effect late."""
_REREAD = tuple(timedelta(seconds=s) for s in (0.5, 1, 2, 5, 10))

_ENDED_BY_SELLER = Verdict(
    VerdictKind.FAILED,
    code="listing_ended",
    reason="The seller ended this listing, so Soldwire does not put it back for sale. Publish it on the marketplace first.",
)
_SELLS_WITHOUT_STOCK = Verdict(
    VerdictKind.FAILED,
    code="sells_without_stock",
    reason="This listing goes on selling with no stock. Switch off “continue selling when out of stock”, or track its "
    "quantity, on the marketplace.",
    can_retry=True,
)
_CHANGED_ELSEWHERE = Verdict(
    VerdictKind.FAILED,
    code="changed_elsewhere",
    reason="The marketplace no longer shows the quantity Soldwire set last, so it was not raised: it may have sold there. "
    "The orders are being read.",
    can_retry=True,
    read_orders=True,
)


def call_key(intent: Intent, expected: int | None) -> UUID:
    """Idempotency key of a call: repeating the very same call repeats the key, any difference makes a new one."""
    return uuid5(intent.listing_id, f"{intent.version}:{intent.quantity}:{expected}:{intent.answered}")


def first_step(intent: Intent, listing: Listing, traits: Traits) -> Step:
    """What to do with a due intent before anything was read now.

    Only a plain lowering goes out unread, and only where it can't raise: to 0, or compared with the last seen
    quantity. Whatever follows an ambiguous call, a sale here, or wants to raise, reads first.
    """
    unclear = intent.ambiguous or intent.state in (
        IntentState.CALLING,
        IntentState.VERIFYING,
        IntentState.UNSETTLED,
    )
    seen = listing.quantity
    if unclear or intent.sold_here or seen is None or seen <= intent.quantity or listing.state != "live":
        return Read()
    if traits.compare_and_set:
        return Call(intent.quantity, seen, call_key(intent, seen))
    if intent.quantity == 0:
        return Call(0, None, call_key(intent, None))
    return Read()


def after_read(
    intent: Intent, shown: SeenListing, last_seen: int | None, traits: Traits, now: datetime
) -> Step:
    """What to do now that the marketplace shows `shown`. `last_seen` is what it showed before Soldwire ever set it."""
    if shown.state != "live":
        return _when_off_sale(intent, shown, now, traits)
    if intent.quantity == 0 and shown.buyable and shown.quantity <= 0:
        return _when_it_sells_without_stock(intent, now)
    if _is_there(intent, shown):
        return _reached(intent)
    if shown.quantity > intent.quantity:
        return _lower(intent, shown, traits, now)
    return _raise(intent, shown, last_seen, traits, now)


def _is_there(intent: Intent, shown: SeenListing) -> bool:
    return not shown.buyable if intent.quantity == 0 else shown.quantity == intent.quantity


def _called(intent: Intent) -> bool:
    return intent.attempts > 0 and intent.called_version == intent.version


def _reached(intent: Intent) -> Verdict:
    by_us = _called(intent)
    if intent.quantity == 0:
        kind = VerdictKind.DELISTED
    else:
        raised = _raised(intent) if by_us else intent.may_raise
        kind = VerdictKind.RELISTED if raised else VerdictKind.ADJUSTED
    known = intent.applied_quantity == intent.quantity
    return Verdict(kind, ended_by_us=by_us or known, read_orders=not (by_us or known or intent.sold_here))


def _raised(intent: Intent) -> bool:
    """Whether our call went up: from what it expected, or, without compare-and-set, from the last applied target."""
    base = intent.expected if intent.expected is not None else intent.applied_quantity
    return intent.may_raise if base is None else base < intent.quantity


def _when_off_sale(intent: Intent, shown: SeenListing, now: datetime, traits: Traits) -> Step:
    if intent.quantity == 0:
        return _reached(intent)
    if not intent.may_raise:
        return Verdict(VerdictKind.ADJUSTED, ended_by_us=False, read_orders=not intent.sold_here)
    if shown.state == "ended" and intent.applied_quantity == 0 and intent.ended_by_us:
        return _raise(intent, shown, 0, traits, now)
    return _ENDED_BY_SELLER


def _when_it_sells_without_stock(intent: Intent, now: datetime) -> Step:
    """Quantity 0 does not take it down: the marketplace's client may (a whole product), once; else a person must."""
    if not _called(intent) or intent.ambiguous:
        return Call(0, None, call_key(intent, None))
    return _reread(intent, now) if _settling(intent, now) else _SELLS_WITHOUT_STOCK


def _lower(intent: Intent, shown: SeenListing, traits: Traits, now: datetime) -> Step:
    """A plainly answered call gets its time to show; after a lost answer lowering may be repeated at once.

    A call that compared and now meets another quantity has changed nothing; one that did not compare is waited for.
    Once a call has shown, what shows more is something else: an older call that took effect late.
    """
    as_called = intent.expected is None or shown.quantity == intent.expected
    awaited = _called(intent) and not intent.ambiguous and not _has_shown(intent)
    if awaited and as_called and now < _shows_by(intent, now):
        return _reread(intent, now)
    expected = shown.quantity if traits.compare_and_set else None
    return Call(intent.quantity, expected, call_key(intent, expected))


def _has_shown(intent: Intent) -> bool:
    """Whether the last call's effect was seen."""
    if intent.applied_version < intent.version:
        return False
    return intent.called_at is None or intent.applied_at is None or intent.called_at <= intent.applied_at


def _shows_by(intent: Intent, now: datetime) -> datetime:
    """Until when the last call may take to show. While an older one may take effect late, what shows may be that one's."""
    if intent.settle_until is None or intent.called_at is None:
        return now
    older = intent.doubt_version is not None and intent.doubt_version < intent.version
    if older and intent.doubt_until is not None and now < intent.doubt_until:
        return min(intent.settle_until, intent.called_at + _IN_DOUBT)
    return intent.settle_until


def _raise(intent: Intent, shown: SeenListing, last_seen: int | None, traits: Traits, now: datetime) -> Step:
    if not intent.may_raise:
        return Verdict(VerdictKind.ADJUSTED, ended_by_us=False, read_orders=not intent.sold_here)
    if _settling(intent, now):
        return _reread(intent, now)
    base = intent.applied_quantity if intent.applied_quantity is not None else last_seen
    shows = max(shown.quantity, 0) if shown.state == "live" else 0
    if base is not None and shows != base:
        return _CHANGED_ELSEWHERE
    expected = shown.quantity if traits.compare_and_set else None
    return Call(intent.quantity, expected, call_key(intent, expected))


def calling(intent: Intent, call: Call, now: datetime, settle: timedelta) -> Intent:
    """The intent with the call about to go out on record; an older one that nobody saw land stays in doubt."""
    older_version, older_until = _older_in_doubt(intent, now)
    return replace(
        intent,
        doubt_version=older_version,
        doubt_until=older_until,
        state=IntentState.CALLING,
        attempts=intent.attempts + 1,
        called_at=now,
        called_version=intent.version,
        expected=call.expected,
        settle_until=now + settle,
        ambiguous=False,
    )


def answered(intent: Intent) -> Intent:
    """The call was answered plainly; the marketplace may take its settle time to show it."""
    return replace(intent, state=IntentState.VERIFYING, answered=intent.answered + 1, failures=0)


def unclear(intent: Intent) -> Intent:
    """The call's answer was lost: it may take effect until the settle time is over, also under newer versions."""
    older = intent.doubt_version is not None and intent.doubt_until is not None
    until = max(filter(None, (intent.doubt_until, intent.settle_until)), default=None)
    return replace(
        intent,
        state=IntentState.VERIFYING,
        ambiguous=True,
        doubt_version=intent.doubt_version if older else intent.version,
        doubt_until=until,
    )


def taken_up(intent: Intent) -> Intent:
    """A leased intent found `calling`: its process died between call and record, so the call is ambiguous."""
    return unclear(intent) if intent.state is IntentState.CALLING else intent


def not_done(before: Intent, after: Intent, *, stale: bool = False) -> Intent:
    """The call certainly changed nothing: everything it put on record but the count is as before it."""
    return replace(before, attempts=after.attempts, answered=before.answered + (1 if stale else 0))


def reached(
    intent: Intent, verdict: Verdict, shown: SeenListing, applied_at: datetime, now: datetime
) -> Intent:
    """The target is reached; while an older call may still take effect, it is read again until that has settled."""
    older_version, older_until = _older_in_doubt(intent, now)
    in_doubt = (
        older_until is not None
        and now < older_until
        and older_version is not None
        and older_version < intent.version
    )
    return replace(
        intent,
        state=IntentState.UNSETTLED if in_doubt else IntentState.REACHED,
        ambiguous=False,
        failures=0,
        applied_version=intent.version,
        applied_quantity=max(shown.quantity, 0) if shown.state == "live" else 0,
        applied_at=applied_at,
        ended_by_us=verdict.ended_by_us,
        doubt_version=older_version if in_doubt else None,
        doubt_until=older_until if in_doubt else None,
    )


def _older_in_doubt(intent: Intent, now: datetime) -> tuple[int | None, datetime | None]:
    """The oldest version whose call may still take effect, and until when.

    Besides one whose answer was lost: one that was answered plainly, and a newer version took over before it showed.
    """
    called, until = intent.called_version, intent.settle_until
    if (
        called is None
        or until is None
        or until <= now
        or not intent.applied_version < called < intent.version
    ):
        return intent.doubt_version, intent.doubt_until
    oldest = called if intent.doubt_version is None else min(called, intent.doubt_version)
    return oldest, max(until, intent.doubt_until or until)


def look_again(intent: Intent, now: datetime) -> datetime | None:
    """When a reached target is read again: every few seconds while an older call is in doubt; None when none is."""
    if intent.state is not IntentState.UNSETTLED or intent.doubt_until is None:
        return None
    return min(now + _IN_DOUBT, intent.doubt_until)


def pause_after(failures: int) -> timedelta:
    """Back-off after passing errors in a row: 0.5 s doubling to 30 s."""
    return timedelta(seconds=min(0.5 * 2 ** min(failures, 10), 30.0))


def _settling(intent: Intent, now: datetime) -> bool:
    return intent.settle_until is not None and now < intent.settle_until


def _reread(intent: Intent, now: datetime) -> Wait:
    if intent.called_at is None or intent.settle_until is None:
        return Wait(now + _REREAD[0])
    waited = now - intent.called_at
    pause = next((p for p in _REREAD if p > waited / 2), _REREAD[-1])
    return Wait(min(now + pause, intent.settle_until))
