"""The intent machine: rules 3 and 4, for any intent and anything a marketplace may show."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from connector_kit.domain import (
    Call,
    Intent,
    IntentState,
    Listing,
    Read,
    SeenListing,
    Traits,
    Verdict,
    VerdictKind,
    Wait,
    after_read,
    answered,
    call_key,
    calling,
    first_step,
    look_again,
    not_done,
    reached,
    taken_up,
    unclear,
)
from connector_kit.wire import listing_failed
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
ONE = UUID(int=1)
SETTLE = timedelta(seconds=60)
CAS, BLIND = Traits(compare_and_set=True), Traits(compare_and_set=False)


def _intent(quantity: int = 0, **more: object) -> Intent:
    return replace(Intent(ONE, ONE, ONE, ONE, version=7, quantity=quantity), **more)  # type: ignore[arg-type]


def _listing(quantity: int | None) -> Listing:
    return Listing(ONE, ONE, ONE, ("variant:1",), quantity=quantity)


def _shown(quantity: int, *, buyable: bool | None = None, state: str = "live") -> SeenListing:
    live = state == "live"
    can_buy = live and quantity > 0 if buyable is None else buyable
    return SeenListing(("variant:1",), "Coat", quantity, state, can_buy, NOW)  # type: ignore[arg-type]


_quantities = st.integers(min_value=0, max_value=5)
_intents = st.builds(
    _intent,
    quantity=_quantities,
    may_raise=st.booleans(),
    sold_here=st.booleans(),
    state=st.sampled_from(IntentState),
    attempts=st.integers(0, 3),
    called_version=st.sampled_from([None, 6, 7]),
    called_at=st.just(NOW - timedelta(seconds=5)),
    settle_until=st.sampled_from([None, NOW - timedelta(seconds=1), NOW + timedelta(seconds=55)]),
    ambiguous=st.booleans(),
    expected=st.none() | _quantities,
    applied_quantity=st.none() | _quantities,
)
_shows = st.builds(_shown, _quantities, state=st.sampled_from(["live", "draft", "ended", "gone"]))


@given(intent=_intents, seen=st.none() | _quantities, traits=st.sampled_from([CAS, BLIND]))
def test_unread_only_what_cannot_raise_goes_out(intent: Intent, seen: int | None, traits: Traits) -> None:
    step = first_step(intent, _listing(seen), traits)
    assert isinstance(step, Read | Call)
    if isinstance(step, Call):
        assert not intent.ambiguous
        assert not intent.sold_here
        assert intent.state not in (IntentState.CALLING, IntentState.VERIFYING, IntentState.UNSETTLED)
        assert step.quantity == 0 or (step.expected is not None and step.expected > step.quantity)


@given(intent=_intents, shown=_shows, seen=st.none() | _quantities, traits=st.sampled_from([CAS, BLIND]))
def test_nothing_raises_without_leave(
    intent: Intent, shown: SeenListing, seen: int | None, traits: Traits
) -> None:
    step = after_read(intent, shown, seen, traits, NOW)
    if not isinstance(step, Call) or (shown.state == "live" and step.quantity < shown.quantity):
        return
    sells_without_stock = shown.buyable and shown.quantity <= 0
    if not sells_without_stock:
        assert intent.may_raise
        assert intent.settle_until is None or intent.settle_until <= NOW, (
            "a raise is not repeated while it may settle"
        )


@given(intent=_intents, shown=_shows, seen=st.none() | _quantities)
def test_a_reached_target_is_what_is_shown(intent: Intent, shown: SeenListing, seen: int | None) -> None:
    step = after_read(intent, shown, seen, CAS, NOW)
    if isinstance(step, Verdict) and step.kind is VerdictKind.DELISTED:
        assert not shown.buyable
    if isinstance(step, Verdict) and step.kind is VerdictKind.RELISTED:
        assert shown.quantity == intent.quantity


@given(intent=_intents, shown=_shows, seen=st.none() | _quantities)
def test_every_wait_ends(intent: Intent, shown: SeenListing, seen: int | None) -> None:
    step = after_read(intent, shown, seen, CAS, NOW)
    if isinstance(step, Wait):
        assert NOW < step.until <= (intent.settle_until or NOW + SETTLE)


def test_found_calling_after_a_crash_is_read_first() -> None:
    begun = calling(_intent(), Call(0, 1, ONE), NOW, SETTLE)
    found = taken_up(begun)
    assert found.ambiguous
    assert found.doubt_version == 7
    assert isinstance(first_step(found, _listing(1), CAS), Read)


def test_a_lost_lowering_without_effect_is_repeated_with_the_same_key() -> None:
    intent = _intent()
    call = first_step(intent, _listing(1), CAS)
    assert isinstance(call, Call)
    lost = unclear(calling(intent, call, NOW, SETTLE))
    again = after_read(lost, _shown(1), 1, CAS, NOW)
    assert again == call


def test_a_plain_answer_that_does_not_show_is_waited_for_then_repeated_with_a_new_key() -> None:
    intent = _intent()
    done = answered(calling(intent, Call(0, 1, call_key(intent, 1)), NOW, SETTLE))
    assert isinstance(after_read(done, _shown(1), 1, CAS, NOW), Wait)
    late = after_read(done, _shown(1), 1, CAS, NOW + SETTLE)
    assert isinstance(late, Call)
    assert late.key != call_key(intent, 1)


def test_a_plain_answer_of_a_marketplace_that_does_not_compare_is_waited_for_too() -> None:
    done = answered(calling(_intent(), Call(0, None, ONE), NOW, SETTLE))
    assert isinstance(after_read(done, _shown(1), 1, BLIND, NOW), Wait)
    assert isinstance(after_read(done, _shown(1), 1, BLIND, NOW + SETTLE), Call)


def test_an_older_call_in_doubt_is_read_once_more_after_the_newer_target_is_reached() -> None:
    older = unclear(calling(_intent(2), Call(2, 3, ONE), NOW, SETTLE))
    newer = answered(calling(replace(older, version=8, quantity=1), Call(1, 3, ONE), NOW, SETTLE))
    done = reached(newer, Verdict(VerdictKind.ADJUSTED), _shown(1), NOW, NOW)
    assert done.state is IntentState.UNSETTLED
    assert done.doubt_until == NOW + SETTLE
    later = reached(newer, Verdict(VerdictKind.ADJUSTED), _shown(1), NOW, NOW + SETTLE)
    assert later.state is IntentState.REACHED


def test_a_raise_nobody_saw_land_is_watched_for_under_a_newer_lowering() -> None:
    """Answered plainly, not shown yet, superseded: the listing shows 0 now and may show 1 any moment."""
    raising = replace(_intent(1, may_raise=True), applied_version=6, applied_quantity=0)
    raised = answered(calling(raising, Call(1, 0, ONE), NOW, SETTLE))
    newer = replace(raised, version=8, quantity=0, may_raise=False, state=IntentState.DUE, attempts=0)
    done = reached(newer, Verdict(VerdictKind.DELISTED), _shown(0), NOW, NOW)
    assert done.state is IntentState.UNSETTLED
    soon = look_again(done, NOW)
    assert soon is not None
    assert NOW < soon < NOW + SETTLE / 4
    assert isinstance(after_read(done, _shown(1), 0, BLIND, NOW), Call), "taken down again at once"
    later = NOW + SETTLE
    assert reached(done, Verdict(VerdictKind.DELISTED), _shown(0), NOW, later).state is IntentState.REACHED


@pytest.mark.parametrize("traits", [CAS, BLIND])
def test_a_late_raise_under_a_lowering_that_was_called_is_lowered_again(traits: Traits) -> None:
    raising = replace(_intent(3, may_raise=True), applied_version=6, applied_quantity=2)
    raised = answered(calling(raising, Call(3, 2, ONE), NOW, SETTLE))
    newer = replace(raised, version=8, quantity=1, may_raise=False, state=IntentState.DUE, attempts=0)
    call = after_read(newer, _shown(2), 2, traits, NOW)
    assert isinstance(call, Call)
    lowered = answered(calling(newer, call, NOW, SETTLE))
    assert isinstance(after_read(lowered, _shown(2), 2, traits, NOW), Wait), "its own effect is waited for"
    done = reached(lowered, Verdict(VerdictKind.ADJUSTED), _shown(1), NOW, NOW)
    assert (done.state, done.doubt_version) == (IntentState.UNSETTLED, 7)
    again = after_read(done, _shown(3), 1, traits, NOW + timedelta(seconds=1))
    assert isinstance(again, Call)
    assert again.key != call.key


def test_a_late_raise_before_a_lowering_shows_is_lowered_again_within_seconds() -> None:
    """Without comparing, what shows may be the lowering not yet or the older raise: it is not left for a minute."""
    raising = replace(_intent(3, may_raise=True), applied_version=6, applied_quantity=2)
    raised = answered(calling(raising, Call(3, 2, ONE), NOW, SETTLE))
    newer = replace(raised, version=8, quantity=1, may_raise=False, state=IntentState.DUE, attempts=0)
    lowered = answered(calling(newer, Call(1, None, ONE), NOW, SETTLE))
    assert isinstance(after_read(lowered, _shown(3), 2, BLIND, NOW + timedelta(seconds=1)), Wait)
    assert isinstance(after_read(lowered, _shown(3), 2, BLIND, NOW + timedelta(seconds=6)), Call)


def test_a_lowering_after_the_target_was_reached_gets_its_time_to_show_too() -> None:
    done = replace(
        _intent(1), state=IntentState.UNSETTLED, applied_version=7, applied_quantity=1, applied_at=NOW
    )
    later = NOW + timedelta(seconds=10)
    again = answered(calling(done, Call(1, None, ONE), later, SETTLE))
    assert isinstance(after_read(again, _shown(3), 1, BLIND, later + timedelta(seconds=1)), Wait)
    assert isinstance(after_read(again, _shown(3), 1, BLIND, later + SETTLE), Call)


def test_what_was_seen_to_land_is_not_watched_for() -> None:
    older = answered(calling(_intent(2), Call(2, 3, ONE), NOW, SETTLE))
    landed = reached(older, Verdict(VerdictKind.ADJUSTED), _shown(2), NOW, NOW)
    assert landed.state is IntentState.REACHED
    newer = replace(landed, version=8, quantity=1, state=IntentState.DUE, attempts=0)
    done = reached(newer, Verdict(VerdictKind.ADJUSTED), _shown(1), NOW, NOW)
    assert done.state is IntentState.REACHED
    assert look_again(done, NOW) is None


def test_what_certainly_did_not_happen_leaves_no_trace_but_the_count() -> None:
    before = _intent()
    after = calling(before, Call(0, 1, ONE), NOW, SETTLE)
    assert not_done(before, after) == replace(before, attempts=1)


def test_already_ended_by_somebody_else_is_success_and_orders_are_read() -> None:
    step = after_read(_intent(), _shown(0, state="ended"), 1, CAS, NOW)
    assert step == Verdict(VerdictKind.DELISTED, ended_by_us=False, read_orders=True)


def test_the_listing_that_sold_asks_for_no_orders() -> None:
    step = after_read(_intent(sold_here=True), _shown(0), 1, CAS, NOW)
    assert isinstance(step, Verdict)
    assert not step.read_orders


def test_what_its_seller_ended_stays_ended() -> None:
    step = after_read(_intent(1, may_raise=True), _shown(0, state="ended"), 1, CAS, NOW)
    assert isinstance(step, Verdict)
    assert step.code == "listing_ended"


@pytest.mark.parametrize("link", [None, "https://www.depop.com/products/coat-1/"])
def test_a_failure_says_where_to_do_it_by_hand(link: str | None) -> None:
    verdict = Verdict(VerdictKind.FAILED, code="relist_by_hand", reason="List it again on Depop.", link=link)
    said = listing_failed(_intent(1, may_raise=True), "depop", verdict, NOW)
    assert (said.code, said.reason, said.link) == ("relist_by_hand", "List it again on Depop.", link)


def test_what_is_hidden_is_put_on_show_by_a_raise_alone() -> None:
    """Half a raise was done: it has its units, and what holds it is not on show. The rest goes out when that has settled."""
    hidden = replace(_shown(2), hidden=True)
    before = _intent(2, applied_quantity=0)
    assert isinstance(after_read(before, hidden, 2, CAS, NOW), Verdict), (
        "without leave nothing puts it on show"
    )
    raising = replace(before, may_raise=True)
    call = after_read(raising, hidden, 0, CAS, NOW)
    assert call == Call(2, 2, call_key(raising, 2))
    lost = unclear(calling(raising, call, NOW, SETTLE))
    assert isinstance(after_read(lost, hidden, 0, CAS, NOW), Wait)
    assert isinstance(after_read(lost, hidden, 0, CAS, NOW + SETTLE), Call)
    there = after_read(answered(calling(raising, call, NOW, SETTLE)), _shown(2), 0, CAS, NOW)
    assert isinstance(there, Verdict)
    assert there.kind is VerdictKind.RELISTED


def test_hidden_stock_of_a_sold_out_article_is_lowered_too() -> None:
    call = after_read(_intent(0, applied_quantity=0), replace(_shown(3), hidden=True), 0, CAS, NOW)
    assert isinstance(call, Call)
    assert (call.quantity, call.expected) == (0, 3)


def test_another_quantity_in_what_is_hidden_is_somebody_else_s() -> None:
    raising = _intent(2, may_raise=True, applied_quantity=0)
    step = after_read(raising, replace(_shown(1), hidden=True), 0, CAS, NOW)
    assert isinstance(step, Verdict)
    assert step.code == "changed_elsewhere"


def test_what_turns_out_to_sell_without_stock_is_called_a_second_time_and_no_more() -> None:
    """It was lowered to 0 before anybody knew."""
    goes_on = _shown(0, buyable=True)
    first = answered(calling(_intent(), Call(0, 3, ONE), NOW, SETTLE))
    call = after_read(first, goes_on, 3, CAS, NOW)
    assert call == Call(0, None, call_key(first, None))
    second = answered(calling(first, call, NOW, SETTLE))
    assert isinstance(after_read(second, goes_on, 3, CAS, NOW), Wait)
    given_up = after_read(second, goes_on, 3, CAS, NOW + SETTLE)
    assert isinstance(given_up, Verdict)
    assert given_up.code == "sells_without_stock"


def test_where_coming_to_0_ends_nothing_only_a_seller_ends_a_listing() -> None:
    raising = _intent(1, may_raise=True, applied_quantity=0, ended_by_us=True)
    ended = _shown(0, state="ended")
    assert isinstance(after_read(raising, ended, 0, CAS, NOW), Call)
    stays = after_read(raising, ended, 0, replace(CAS, ends_at_zero=False), NOW)
    assert isinstance(stays, Verdict)
    assert stays.code == "listing_ended"
