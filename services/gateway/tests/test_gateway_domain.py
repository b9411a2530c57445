"""The gateway's own rules: what the first line says, money that adds up, a sale's way in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from gateway.domain import words
from gateway.domain.access import Session, SessionRules, form_proof, proves
from gateway.domain.money import added_up, sums, written
from gateway.domain.pace import Meter, Pace
from gateway.domain.timeline import Hop, plus, told
from gateway.domain.truth import StillLive, span, truth
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
amounts = st.decimals(min_value=-10_000, max_value=10_000, places=2)


def live(state: str, *, platform: str = "depop", minutes: float = 4, sale: UUID | None = None) -> StillLive:
    return StillLive(sale or uuid4(), platform, state, NOW - timedelta(minutes=minutes))


def test_all_is_well() -> None:
    said = truth([], NOW)
    assert (said.text, said.tone, said.act) == ("All sold articles are off sale everywhere.", "green", False)


def test_one_waits_for_the_browser() -> None:
    said = truth([live("waiting_for_browser")], NOW)
    assert said.text == "1 sold article is still live on Depop, 4 min; open your browser with the extension."
    assert (said.tone, said.act) == ("amber", True)


def test_a_take_down_under_way_is_calm() -> None:
    said = truth([live("asked", minutes=0.05)], NOW)
    assert said.text == "1 sold article is being taken down on Depop, 3 s."
    assert (said.tone, said.act) == ("blue", False)


def test_a_take_down_that_is_late_is_not() -> None:
    assert truth([live("asked", minutes=2)], NOW).tone == "amber"


def test_one_article_on_two_platforms_is_one() -> None:
    sale = uuid4()
    said = truth([live("failed", platform="ebay", sale=sale), live("asked", sale=sale, minutes=9)], NOW)
    assert said.text.startswith("1 sold article is still live on Depop and eBay, 9 min")
    assert said.tone == "red"


def test_several_articles_are_counted_per_platform() -> None:
    said = truth([live("failed", platform="ebay"), live("asked"), live("asked", minutes=9)], NOW)
    assert said.text == "3 sold articles are still live on Depop (2), eBay (1), the longest for 9 min."


def test_nothing_sold_yet_promises_nothing() -> None:
    assert truth([], NOW, any_sales=False).tone == "grey"


@pytest.mark.parametrize(
    ("seconds", "text"), [(-3, "0 s"), (59, "59 s"), (60, "1 min"), (3600, "1 h"), (172_800, "2 days")]
)
def test_spans(seconds: int, text: str) -> None:
    assert span(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("1234.5", "GBP", "£1,234.50"),
        ("-3", "USD", "−$3.00"),
        ("20", "CHF", "CHF 20.00"),
        ("1500", "JPY", "JPY 1,500"),
        ("-0.001", "GBP", "£0.00"),
    ],
)
def test_money_is_written_for_people(amount: str, currency: str, text: str) -> None:
    assert written(Decimal(amount), currency) == text


@given(
    price=amounts,
    shipping=st.none() | amounts,
    tax=st.none() | amounts,
    fees=st.lists(st.tuples(st.just("final_value_fee"), amounts)),
    refunds=st.lists(amounts),
    net=amounts,
)
def test_the_lines_always_add_up_to_the_net(
    price: Decimal,
    shipping: Decimal | None,
    tax: Decimal | None,
    fees: list[tuple[str, Decimal]],
    refunds: list[Decimal],
    net: Decimal,
) -> None:
    *lines, total = added_up(price=price, shipping=shipping, tax=tax, fees=fees, refunds=refunds, net=net)
    assert total.total
    assert sum((line.amount for line in lines), Decimal(0)) == total.amount == net


def test_no_net_is_made_up_while_fees_are_unknown() -> None:
    lines = added_up(price=Decimal(10), shipping=None, tax=None, fees=[], refunds=[], net=None)
    assert [line.label for line in lines] == ["Price"]


def test_sums_keep_currencies_apart() -> None:
    found = sums([("GBP", Decimal(1)), ("USD", Decimal(2)), ("GBP", Decimal(3))])
    assert found == {"GBP": Decimal(4), "USD": Decimal(2)}


def hop(what: str, sold_ms: int, accepted_ms: int) -> Hop:
    return Hop(what, NOW + timedelta(milliseconds=sold_ms), sold_ms, accepted_ms, "ebay")


def test_a_sale_found_at_once_counts_from_the_sale() -> None:
    lines = told([hop("sold", 0, -24), hop("accepted", 24, 0), hop("taken_down", 1412, 1388)], "shopify")
    assert [(line.text, line.delta) for line in lines] == [
        ("Sold on Shopify", ""),
        ("Detected by Soldwire", "+24 ms"),
        ("eBay: taken down", "+1,412 ms"),
    ]


def test_a_sale_found_late_counts_from_when_we_had_it() -> None:
    late = 4 * 3_600_000
    lines = told([hop("accepted", late, 0), hop("verified", late + 640, 640)], "ebay")
    assert [line.delta for line in lines] == ["+4 h", "+640 ms"]


def test_a_sale_that_leaves_some_takes_nothing_off_sale() -> None:
    lines = told(
        [hop("asked", 5, 5), hop("adjusted", 9, 9), hop("verified", 12, 12), hop("completed", 20, 20)], "ebay"
    )
    assert not any("off" in line.text.lower() for line in lines)
    assert lines[-1].text == "Every listing shows what is left"


def test_a_hop_of_a_newer_ledger_is_still_told() -> None:
    assert told([hop("handed_over", 5, 5)], "ebay")[0].text == "Handed over"


def test_another_clock_ahead_shows_as_minus() -> None:
    assert plus(-40) == "−40 ms"


def test_a_session_rolls_on_but_never_beyond_its_longest_life() -> None:
    session = Session(b"", uuid4(), uuid4(), NOW, NOW, NOW + timedelta(days=7))
    rules = SessionRules(timedelta(days=7), timedelta(days=30), "secret")
    later = NOW + timedelta(days=6)
    assert session.rolled_on(later, rules) == later + timedelta(days=7)
    last = NOW + timedelta(days=29)
    assert session.rolled_on(last, rules) == NOW + timedelta(days=30)


def test_a_proof_is_bound_to_its_cookie_and_purpose() -> None:
    proof = form_proof("secret", "session", b"one")
    assert proves(proof, proof)
    assert not proves(form_proof("secret", "session", b"two"), proof)
    assert not proves(form_proof("secret", "form", b"one"), proof)
    assert not proves(proof, None)


def test_a_meter_gives_a_burst_then_its_pace_to_each_key() -> None:
    meter = Meter(Pace(per_second=2, burst=3))
    assert [meter.take("ana", 0.0) for _ in range(3)] == [0, 0, 0]
    assert meter.take("ana", 0.0) == 0.5
    assert meter.take("bo", 0.0) == 0
    assert meter.take("ana", 0.5) == 0
    assert meter.take("ana", 0.5) == 0.5
    assert [meter.take("ana", 1000.0) for _ in range(4)] == [0, 0, 0, 0.5]


def test_a_meter_remembers_a_bounded_number_of_keys_and_the_busy_ones_first() -> None:
    meter = Meter(Pace(per_second=1, burst=2))
    for _ in range(2):
        meter.take("busy", 100.0)
    for number in range(30_000):
        meter.take(str(number), 90.0 + number / 1000)
        assert len(meter._left) <= 10_000
        if number == 10_500:
            assert meter.take("busy", 100.5) > 0


@pytest.mark.parametrize(
    ("channel", "said"),
    [
        ("online_store", "online store"),
        ("pos", "point of sale"),
        ("app:580111", "app 580111"),
        ("app:", "app:"),
        ("Wholesale", "Wholesale"),
    ],
)
def test_a_channel_in_a_sellers_words(channel: str, said: str) -> None:
    assert words.channel(channel) == said
