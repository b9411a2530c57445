"""Rates, which terms hold at a time, and what a sale locks: nothing that was known ever changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sales_ledger.domain import (
    Band,
    Base,
    Fixed,
    Linear,
    Rate,
    Terms,
    Tiers,
    flaw_of,
    in_effect,
    percent_at,
    rounded,
    tidy,
)

START = datetime(2026, 3, 1, tzinfo=UTC)
ANNA, BELA = UUID(int=1), UUID(int=2)
TIERS = Tiers(
    (Band(Decimal(0), Decimal(50)), Band(Decimal(50), Decimal(40)), Band(Decimal(200), Decimal(30)))
)
LINEAR = Linear(Decimal(20), Decimal(60), Decimal(120), Decimal(20))

percents = st.decimals(0, 100, places=2)
prices = st.decimals(0, 100_000, places=2)


@pytest.mark.parametrize(
    ("rate", "price", "percent"),
    [
        (Fixed(Decimal(40)), "10", "40"),
        (TIERS, "0", "50"),
        (TIERS, "49.99", "50"),
        (TIERS, "50", "40"),
        (TIERS, "199.99", "40"),
        (TIERS, "5000", "30"),
        (LINEAR, "5", "60"),
        (LINEAR, "20", "60"),
        (LINEAR, "70", "40"),
        (LINEAR, "95", "30"),
        (LINEAR, "120", "20"),
        (LINEAR, "900", "20"),
    ],
)
def test_the_percentage_at_a_price(rate: Rate, price: str, percent: str) -> None:
    assert percent_at(rate, Decimal(price)) == Decimal(percent)


@given(
    st.lists(prices, min_size=2, max_size=2, unique=True).map(sorted),
    st.lists(percents, min_size=2, max_size=2),
    prices,
    prices,
)
def test_a_linear_rate_stays_between_its_ends_and_turns_nowhere(
    ends: list[Decimal], at_ends: list[Decimal], price: Decimal, other: Decimal
) -> None:
    rate = Linear(ends[0], at_ends[0], ends[1], at_ends[1])
    low, high = sorted((price, other))
    first, second = percent_at(rate, low), percent_at(rate, high)
    assert min(at_ends) <= first <= max(at_ends)
    assert (first <= second) if at_ends[0] <= at_ends[1] else (first >= second)


@pytest.mark.parametrize(
    ("rate", "flaw"),
    [
        (Fixed(Decimal(40)), None),
        (TIERS, None),
        (LINEAR, None),
        (Tiers(()), "price of 0"),
        (Tiers((Band(Decimal(10), Decimal(50)),)), "price of 0"),
        (Tiers((Band(Decimal(0), Decimal(50)), Band(Decimal(0), Decimal(40)))), "higher price"),
        (Linear(Decimal(20), Decimal(60), Decimal(20), Decimal(20)), "above the lower"),
    ],
)
def test_a_rate_that_makes_no_sense_is_said_in_words(rate: Rate, flaw: str | None) -> None:
    found = flaw_of(rate)
    assert found is None if flaw is None else flaw in str(found)


@pytest.mark.parametrize(
    ("amount", "currency", "whole"),
    [
        ("1.005", "GBP", "1.01"),
        ("1.004", "EUR", "1.00"),
        ("-1.005", "GBP", "-1.01"),
        ("150.5", "JPY", "151"),
        ("150.49", "JPY", "150"),
        ("1.2345", "KWD", "1.235"),
        ("1.23445", "CLF", "1.2345"),
        ("7", "USD", "7.00"),
    ],
)
def test_amounts_are_rounded_half_up_to_what_a_currency_counts(
    amount: str, currency: str, whole: str
) -> None:
    assert str(rounded(Decimal(amount), currency)) == whole


def test_an_amount_is_tidied_without_a_change_of_its_value() -> None:
    found = [tidy(Decimal(text), "GBP") for text in ("38.400000", "0", "1.2345000")]
    assert [str(amount) for amount in found] == ["38.40", "0.00", "1.2345"]
    assert str(tidy(Decimal("1500.000000"), "JPY")) == "1500"


def _terms(
    number: int, day: int, whose: UUID | None = ANNA, *, fills: bool = False, said: int | None = None
) -> Terms:
    """Terms said on a day, holding from another; the number is their id and percentage."""
    return Terms(
        terms_id=UUID(int=number),
        tenant_id=UUID(int=99),
        consignor_id=whose,
        effective_from=START + timedelta(days=day),
        fills_gap=fills,
        rate=Fixed(Decimal(number)),
        minimum_fee=None,
        base=Base.BEFORE_FEES,
        return_days=14,
        created_at=START + timedelta(days=day if said is None else said),
        created_by="me",
    )


HOUSE, HERS, LATER = _terms(1, 0, None), _terms(2, 10), _terms(3, 20)


@pytest.mark.parametrize(
    ("history", "day", "expected"),
    [
        ((), 5, None),
        ((HERS,), 5, None),
        ((HERS,), 10, 2),
        ((HOUSE, HERS, LATER), -1, None),
        ((HOUSE, HERS, LATER), 9, 1),
        ((HOUSE, HERS, LATER), 19, 2),
        ((HOUSE, HERS, LATER), 20, 3),
        ((replace(HOUSE, fills_gap=True), HERS), -1, 1),
        ((replace(HERS, fills_gap=True),), 5, 2),
        # Where both would fill the gap, the first said does: the other changes nothing that was known.
        ((replace(HOUSE, fills_gap=True), replace(HERS, fills_gap=True)), -1, 1),
        ((_terms(1, 30, None, fills=True), replace(HERS, fills_gap=True)), -1, 2),
        ((_terms(4, 0, BELA, fills=True),), 5, None),
    ],
)
def test_which_terms_hold_at_a_time(history: tuple[Terms, ...], day: int, expected: int | None) -> None:
    found = in_effect(history, ANNA, START + timedelta(days=day))
    assert (found.terms_id.int if found else None) == expected


@st.composite
def histories(draw: st.DrawFn) -> list[Terms]:
    """As a shop says them, one after the other: never from a time that has passed, only the first of each fill a gap."""
    said = sorted(draw(st.lists(st.integers(0, 40), max_size=8)))
    found: list[Terms] = []
    for number, day in enumerate(said, start=1):
        whose = draw(st.sampled_from([ANNA, None]))
        first = not any(terms.consignor_id == whose for terms in found)
        fills = first and draw(st.booleans())
        later = 0 if fills else draw(st.integers(0, 15))
        found.append(_terms(number, day + later, whose, fills=fills, said=day))
    return found


@given(histories(), st.integers(-20, 60))
def test_terms_said_later_never_change_those_of_a_time_that_has_passed(
    history: list[Terms], day: int
) -> None:
    at = START + timedelta(days=day)
    for count, new in enumerate(history):
        before, after = in_effect(history[:count], ANNA, at), in_effect(history[: count + 1], ANNA, at)
        if before is not None and at < new.created_at:
            assert after == before
