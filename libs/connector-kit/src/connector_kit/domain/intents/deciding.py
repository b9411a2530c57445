"""From what an intent is and what its marketplace shows to the next thing to do."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from connector_kit.domain.intents.states import (
    IN_DOUBT,
    Call,
    Intent,
    IntentState,
    Read,
    Step,
    Traits,
    Verdict,
    VerdictKind,
    Wait,
)
from connector_kit.domain.listings import Listing, SeenListing

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
    if intent.quantity == 0:
        return not shown.buyable
    return shown.quantity == intent.quantity and not (shown.hidden and intent.may_raise)


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
    if intent.expected == intent.quantity:
        return True  # it had its units already, and was put on show again
    base = intent.expected if intent.expected is not None else intent.applied_quantity
    return intent.may_raise if base is None else base < intent.quantity


def _when_off_sale(intent: Intent, shown: SeenListing, now: datetime, traits: Traits) -> Step:
    if intent.quantity == 0:
        return _reached(intent)
    if not intent.may_raise:
        return Verdict(VerdictKind.ADJUSTED, ended_by_us=False, read_orders=not intent.sold_here)
    came_to_zero = traits.ends_at_zero and intent.applied_quantity == 0 and intent.ended_by_us
    if shown.state == "ended" and came_to_zero:
        return _raise(intent, shown, 0, traits, now)
    return _ENDED_BY_SELLER


def _when_it_sells_without_stock(intent: Intent, now: datetime) -> Step:
    """Quantity 0 does not take it down: the marketplace's client has another way, once; else a person must.

    A call that compared a quantity was the other one, made while nobody knew that it sells without stock.
    """
    if not _called(intent) or intent.ambiguous or intent.expected is not None:
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
        return min(intent.settle_until, intent.called_at + IN_DOUBT)
    return intent.settle_until


def _raise(intent: Intent, shown: SeenListing, last_seen: int | None, traits: Traits, now: datetime) -> Step:
    if not intent.may_raise:
        return Verdict(VerdictKind.ADJUSTED, ended_by_us=False, read_orders=not intent.sold_here)
    if _settling(intent, now):
        return _reread(intent, now)
    base = intent.applied_quantity if intent.applied_quantity is not None else last_seen
    shows = max(shown.quantity, 0) if shown.state == "live" else 0
    only_hidden = shown.hidden and shows == intent.quantity
    if base is not None and shows != base and not only_hidden:
        return _CHANGED_ELSEWHERE
    expected = shown.quantity if traits.compare_and_set else None
    return Call(intent.quantity, expected, call_key(intent, expected))


def _settling(intent: Intent, now: datetime) -> bool:
    return intent.settle_until is not None and now < intent.settle_until


def _reread(intent: Intent, now: datetime) -> Wait:
    if intent.called_at is None or intent.settle_until is None:
        return Wait(now + _REREAD[0])
    waited = now - intent.called_at
    pause = next((p for p in _REREAD if p > waited / 2), _REREAD[-1])
    return Wait(min(now + pause, intent.settle_until))
