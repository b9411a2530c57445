"""Rule 4 of design.md as plain Python: who holds what, and what every listing should show."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import pytest
from inventory.domain import (
    Answer,
    Article,
    Cause,
    Changed,
    Entry,
    Listing,
    ListingState,
    Observation,
    Outcome,
    Oversold,
    Owner,
    QuestionKind,
    Reached,
    Restock,
    SaleLine,
    Sold,
    clean_sku,
    terms_of,
)

TENANT = UUID(int=1)
T0 = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def article(quantity: int | None = 1, listings: int = 2) -> Article:
    made = Article.make(UUID(int=2), TENANT, T0, sku="A-1", title="Jacket", owner=Owner())
    for number in range(listings):
        made.adopt(Listing(UUID(int=100 + number), TENANT, UUID(int=50 + number), "ebay"), T0)
    if quantity is not None:
        made.open(quantity, T0)
    made.changes.take_facts()
    return made


def line(number: int = 1, **changes: Any) -> SaleLine:
    made = SaleLine(
        tenant_id=TENANT,
        sale_id=uuid5(TENANT, str(number)),
        revision=1,
        account_id=UUID(int=50),
        platform="ebay",
        listing_id=UUID(int=100),
        article_id=None,
        sku="A-1",
        title="Jacket",
        quantity=1,
        cancelled=0,
        restock=Restock.UNKNOWN,
        paid=True,
        shipped=False,
        shipped_at=None,
        sold_at=T0 + timedelta(minutes=number),
        cancelled_at=None,
        account_connected_at=T0 - timedelta(days=9),
    )
    return replace(made, **changes)


def seen(listing: Listing, quantity: int, **changes: Any) -> Observation:
    made = Observation(
        tenant_id=TENANT,
        account_id=listing.account_id,
        platform=listing.platform,
        listing_id=listing.id,
        revision=listing.observed_revision + 1,
        sku="A-1",
        title="Jacket",
        quantity=quantity,
        state=ListingState.LIVE,
        url=None,
        thumbnail_url=None,
        stock_master=False,
        settled_version=listing.version,
        observed_at=T0 + timedelta(hours=1),
    )
    return replace(made, **changes)


def held(made: Article) -> list[int]:
    return [hold.held for hold in sorted(made.holds.values(), key=lambda hold: hold.line.sold_at)]


def observe(made: Article, observation: Observation) -> None:
    listing = made.linked.by_id[observation.listing_id]
    assert listing.see(observation)
    made.observe(listing, observation, T0)


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


def test_a_sale_waits_for_its_article_to_open() -> None:
    made = article(None)
    made.sell(line())
    assert made.changes.take_facts() == []
    observe(made, seen(made.linked.by_id[UUID(int=101)], 2))
    sold = next(fact for fact in made.changes.take_facts() if isinstance(fact, Sold))
    assert (sold.outcome, sold.remaining, made.short) == (Outcome.HELD, 1, 0)


def test_an_opening_observed_after_the_sale_on_the_listing_that_sold_includes_it() -> None:
    made = article(None)
    made.sell(line())
    observe(made, seen(made.linked.by_id[UUID(int=100)], 2))
    assert (made.free, made.held) == (2, 1)
    assert [row.entry for row in made.changes.journal] == [Entry.OPENED, Entry.COVERED, Entry.HELD]


def test_a_sale_cancelled_before_the_opening_was_observed_adds_nothing() -> None:
    made = article(None)
    observe(made, seen(made.linked.by_id[UUID(int=100)], 2))
    made.sell(line(cancelled=1, cancelled_at=T0 + timedelta(minutes=30)))
    assert (made.free, made.held) == (2, 0)


def master_shows(made: Article, quantity: int, at: datetime) -> None:
    listing = made.linked.by_id[UUID(int=100)]
    observe(made, seen(listing, quantity, stock_master=True, observed_at=at))


@pytest.mark.parametrize("apart", [timedelta(0), timedelta(milliseconds=900), timedelta(milliseconds=-700)])
def test_an_order_of_the_moment_explains_the_drop_the_master_showed_before_it_came_in(
    apart: timedelta,
) -> None:
    made = article(None)
    master_shows(made, 3, T0)
    master_shows(made, 2, T0 + timedelta(hours=1))
    made.sell(line(1, sold_at=T0 + timedelta(hours=1) - apart))
    assert (made.free, made.held, made.short) == (2, 1, 0)
    made.sell(line(1, revision=2, cancelled=1, sold_at=T0 + timedelta(hours=1) - apart))
    assert (made.free, made.held) == (3, 0)


def test_drops_of_one_moment_explain_their_orders_together() -> None:
    made = article(None)
    moment = T0 + timedelta(hours=1)
    master_shows(made, 3, T0)
    master_shows(made, 2, moment)
    master_shows(made, 1, moment + timedelta(milliseconds=400))
    for number in (1, 2):
        made.sell(line(number, sold_at=moment))
    assert (made.free, made.held, made.short) == (1, 2, 0)


def test_a_drop_explains_no_more_orders_than_it_is_large() -> None:
    made = article(None)
    master_shows(made, 3, T0)
    master_shows(made, 2, T0 + timedelta(hours=1))
    for number in (1, 2):
        made.sell(line(number, sold_at=T0 + timedelta(hours=1)))
    assert (made.free, made.held) == (1, 2)


def test_neither_an_opening_nor_a_rise_explains_an_order_of_the_moment() -> None:
    for figures in ((2,), (1, 2)):
        made = article(None)
        for hour, figure in enumerate(figures):
            master_shows(made, figure, T0 + timedelta(hours=hour))
        made.sell(line(1, sold_at=T0 + timedelta(hours=len(figures) - 1)))
        assert (made.free, made.held) == (1, 1)


def test_drafts_and_listings_that_are_gone_open_nothing_and_are_not_raised() -> None:
    made = article(None)
    first, second = (made.linked.by_id[UUID(int=n)] for n in (100, 101))
    observe(made, seen(first, 5, state=ListingState.DRAFT))
    observe(made, seen(second, 5, state=ListingState.GONE))
    assert not made.is_open
    made.count(2, T0)
    (changed,) = made.changes.take_facts()
    assert isinstance(changed, Changed)
    assert changed.targets == ()
    made.sell(line())
    (sold,) = made.changes.take_facts()
    assert isinstance(sold, Sold)
    assert [target.listing_id for target in sold.targets] == [first.id]


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
