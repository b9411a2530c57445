"""The figures themselves are tested: what counts from where to where, and what is excused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.failure.figures import Outage, Spread, Unit, double_sells, exposures, units_of

FIRST = Unit("A", "ebay", "e1", 100.0)


def second(at: float, platform: str = "shopify") -> Unit:
    return Unit("A", platform, "s1", at)


def down(
    listing: str, at: float, *, platform: str = "shopify", after: int = 0, changed: bool = True
) -> dict[str, Any]:
    effect = {"listing": listing, "changed": changed, "after": after, "monotonic": at}
    return {"platform": platform, "effects": [effect]}


def listing(platform: str, name: str, *, buyable: bool = False) -> dict[str, Any]:
    return {"platform": platform, "listing": name, "sku": "A", "buyable": buyable}


def test_units_are_counted_from_order_lines() -> None:
    lines = [{"sku": "A", "listing": 7, "quantity": 2}, {"sku": "B", "listing": 8, "quantity": 1}]
    units = units_of([{"platform": "ebay", "monotonic": 2.0, "lines": lines}])
    assert units == [Unit("A", "ebay", "7", 2.0)] * 2 + [Unit("B", "ebay", "8", 2.0)]


@pytest.mark.parametrize(
    ("at", "outages", "preventable"),
    [
        (105.0, [], False),
        (105.1, [], True),
        (105.1, [Outage("kafka", 90, 101)], False),
        (112.0, [Outage("kafka", 101, 104), Outage("postgres", 103, 108)], False),
        (113.0, [Outage("kafka", 101, 104), Outage("postgres", 103, 108)], True),
        (112.0, [Outage("shopify", 100, 110)], False),
        (112.0, [Outage("depop", 100, 110), Outage("browser", 100, 110)], True),
    ],
)
def test_a_second_sale_is_preventable_after_five_seconds_that_nothing_excuses(
    at: float, outages: list[Outage], preventable: bool
) -> None:
    [found] = double_sells([FIRST, second(at)], {"A": 1}, outages)
    assert found.preventable is preventable


@pytest.mark.parametrize(("sold", "preventable"), [(90.0, False), (60.0, True)])
def test_what_was_sold_just_before_had_to_be_read_too(sold: float, preventable: bool) -> None:
    units = [Unit("A", "shopify", "s1", sold), FIRST, Unit("A", "ebay", "e1", 107.0)]
    [found] = double_sells(units, {"A": 2}, [Outage("shopify", 85, 105)])
    assert found.preventable is preventable


def test_depop_needs_a_browser() -> None:
    [found] = double_sells([FIRST, second(120.0, "depop")], {"A": 1}, [Outage("browser", 101, 119)])
    assert (found.after, found.preventable) == (2.0, False)


def test_what_was_there_is_no_double_sell() -> None:
    assert double_sells([FIRST, second(200.0)], {"A": 2}) == []


def test_exposure_lasts_from_the_last_unit_to_the_call_or_to_another_sale() -> None:
    shown = [listing("ebay", "e1"), listing("shopify", "s1"), listing("depop", "d1", buyable=True)]
    calls = [
        down("s1", 90.0, after=1),
        down("s1", 100.2, changed=False),
        down("s1", 101.5),
        down("s1", 103.0),
    ]
    assert exposures([FIRST], {"A": 1}, shown, calls) == ({"shopify": [1.5]}, 1)
    assert exposures([FIRST, second(100.7)], {"A": 1}, shown[:2], []) == (
        {"shopify": [pytest.approx(0.7)]},
        0,
    )
    assert exposures([FIRST], {"A": 2}, shown, calls) == ({}, 0)


def test_a_spread_is_of_something() -> None:
    assert Spread.of([float(n) for n in range(1, 101)]) == Spread(50, 99, 100, 100)
    with pytest.raises(ValueError, match="nothing"):
        Spread.of([])
