"""Rule 4 of design.md as plain Python: who holds what, and what every listing should show."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from inventory.domain import (
    Answer,
    Cause,
    Changed,
    Listing,
    ListingState,
    Outcome,
    Oversold,
    QuestionKind,
    Reached,
    Restock,
    Sold,
    clean_sku,
    terms_of,
)
from inventory_articles import T0, TENANT, article, held, line, observe, seen


def test_a_sale_lowers_every_listing_the_one_that_sold_included() -> None:
    made = article(3)
    made.sell(line())
    (fact,) = made.changes.take_facts()
    assert isinstance(fact, Sold)
    assert (fact.outcome, fact.units_held, fact.remaining) == (Outcome.HELD, 1, 2)
    assert [(t.quantity, t.may_raise, t.sold_here) for t in fact.targets] == [
        (2, False, True),
        (2, False, False),
    ]


def test_every_change_raises_every_version() -> None:
    made = article(3)
    versions = [listing.version for listing in made.linked]
    made.sell(line(1))
    made.sell(line(2))
    assert [listing.version for listing in made.linked] == [version + 2 for version in versions]


def test_a_line_of_several_units_holds_what_there_is() -> None:
    made = article(2)
    made.sell(line(quantity=3))
    (sold,) = made.changes.take_facts()
    over = made.changes.oversold
    assert isinstance(sold, Sold)
    assert isinstance(over, Oversold)
    assert (sold.outcome, sold.units_sold, sold.units_held) == (Outcome.CONTENDED, 3, 2)
    assert (made.free, made.held, made.short) == (0, 2, 1)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ({}, {}, [1, 0]),
        ({"paid": False}, {}, [0, 1]),
        ({"paid": False}, {"paid": False}, [1, 0]),
        ({"paid": False, "shipped": True}, {}, [1, 0]),
        (
            {"shipped": True, "shipped_at": T0 + timedelta(days=2)},
            {"shipped": True, "shipped_at": T0},
            [0, 1],
        ),
    ],
)
def test_who_gets_the_last_unit(first: dict[str, Any], second: dict[str, Any], expected: list[int]) -> None:
    for order in (1, -1):
        made = article(1)
        for one in [line(1, **first), line(2, **second)][::order]:
            made.sell(one)
        assert held(made) == expected


def test_a_later_revision_that_changes_no_holding_says_nothing() -> None:
    made = article(1)
    made.sell(line(paid=False))
    made.changes.take_facts()
    made.sell(line(revision=2, shipped=True))
    assert made.changes.take_facts() == []


def test_part_of_a_line_cancelled_releases_that_part() -> None:
    made = article(3)
    made.sell(line(quantity=3))
    made.changes.take_facts()
    made.sell(line(quantity=3, cancelled=2, revision=2))
    (fact,) = made.changes.take_facts()
    assert isinstance(fact, Changed)
    assert (fact.cause, fact.free, fact.sale_id) == (Cause.RELEASED, 2, line().sale_id)
    assert {(t.quantity, t.may_raise) for t in fact.targets} == {(2, True)}


def test_a_unit_that_did_not_come_back_is_no_contenders() -> None:
    made = article(1)
    made.sell(line(1))
    made.sell(line(2))
    made.sell(line(1, cancelled=1, restock=Restock.NOT_RESTOCKED, revision=2))
    assert held(made) == [1, 0]
    question = made.changes.questions[QuestionKind.NOT_RESTOCKED, line(1).sale_id]
    assert question is not None
    made.answer(question, Answer.PUT_BACK, T0)
    assert held(made) == [0, 1]


def test_a_count_leaves_nothing_to_what_never_came_back() -> None:
    made = article(1)
    made.sell(line(1))
    made.sell(line(2))
    made.sell(line(2, cancelled=1, restock=Restock.NOT_RESTOCKED, revision=2))
    made.count(4, T0)
    assert (held(made), made.free, made.short) == ([1, 0], 4, 0)


def test_what_is_gone_for_good_leaves_the_free_stock_alone() -> None:
    made = article(2)
    made.sell(line(1, quantity=2))
    made.sell(line(1, quantity=2, cancelled=1, restock=Restock.NOT_RESTOCKED, revision=2))
    question = made.changes.questions[QuestionKind.NOT_RESTOCKED, line(1).sale_id]
    assert question is not None
    made.answer(question, Answer.GONE, T0)
    assert (made.free, made.held) == (0, 1)
    assert sum(row.units for row in made.changes.journal) == 0


def test_history_is_never_held() -> None:
    made = article(1)
    made.sell(line(account_connected_at=T0 + timedelta(days=1)))
    (fact,) = made.changes.take_facts()
    assert isinstance(fact, Sold)
    assert (fact.outcome, made.free, [t.listing_id for t in fact.targets]) == (
        Outcome.HISTORY,
        1,
        [UUID(int=101)],
    )


def test_the_listing_that_sold_its_last_unit_and_ended_is_put_back_by_a_release() -> None:
    made = article(1)
    ended = made.linked.by_id[UUID(int=100)]
    observe(made, seen(ended, 0, state=ListingState.ENDED, settled_version=0))
    made.linked.by_id[UUID(int=101)].target_quantity = 1
    assert ended.withdrawn
    made.sell(line())
    assert not ended.withdrawn


def test_a_target_that_failed_is_reached_by_a_retry_and_then_cannot_fail() -> None:
    listing = Listing(UUID(int=100), TENANT, UUID(int=50), "ebay")
    failed = Reached(TENANT, listing.id, 3, None, None, failure="eBay refused.")
    reached = Reached(TENANT, listing.id, 3, 0, None, taken_down=True)
    assert listing.reach(failed, sold_here=False)
    assert listing.reach(reached, sold_here=False)
    assert (listing.applied_version, listing.applied_quantity, listing.failure) == (3, 0, None)
    assert not listing.reach(failed, sold_here=False)
    assert not listing.reach(replace(reached, version=2), sold_here=False)


def test_skus_and_words() -> None:
    assert (clean_sku("  Ab-1 "), clean_sku("   "), clean_sku(None)) == ("Ab-1", None, None)
    assert terms_of("Denim JACKET, blue", "DJ-7") == {"denim", "jacket", "blue", "dj", "7", "dj-7"}
