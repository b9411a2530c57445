"""How stock opens and follows its master, and which sales an observation has left out already."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from uuid import UUID

import pytest
from inventory.domain import (
    Changed,
    Drop,
    Entry,
    ListingState,
    Outcome,
    Restock,
    Sold,
)
from inventory.domain.linked import MOST_DROPS
from inventory_articles import T0, article, line, master_shows, observe, seen


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
    facts = made.changes.take_facts()
    dropped = Drop(T0 + timedelta(hours=1), 1)
    assert [fact.drop for fact in facts if isinstance(fact, Changed)] == [None, dropped]
    assert [fact.explains for fact in facts if isinstance(fact, Sold)] == [(dropped,), ()]


def sold_then_read(minutes: list[float], order: list[int]) -> tuple[int, list[tuple[Drop, ...]]]:
    """Each of these minutes one of ten is sold and the master shows it half a second later; orders are read after all."""
    made = article(None)
    master_shows(made, 10, T0)
    for n, minute in enumerate(minutes):
        master_shows(made, 9 - n, T0 + timedelta(minutes=minute, seconds=0.5))
    for n in order:
        made.sell(line(n, sold_at=T0 + timedelta(minutes=minutes[n])))
    return made.free, [fact.explains for fact in made.changes.take_facts() if isinstance(fact, Sold)]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_each_order_explains_the_drop_it_was_behind_in_whatever_order_they_are_read(order: list[int]) -> None:
    minutes = [1, 2, 3]
    free, explains = sold_then_read(minutes, order)
    assert free == 7
    moments = [T0 + timedelta(minutes=minutes[n], seconds=0.5) for n in order]
    assert explains == [(Drop(moment, 1),) for moment in moments]


def test_an_order_draws_from_no_drop_that_was_seen_before_it() -> None:
    """A till took one at first: no order of the marketplace is behind that."""
    made = article(None)
    master_shows(made, 10, T0)
    master_shows(made, 9, T0 + timedelta(minutes=1))
    master_shows(made, 8, T0 + timedelta(minutes=9))
    made.changes.take_facts()
    made.sell(line(1, sold_at=T0 + timedelta(minutes=8)))
    made.sell(line(2, sold_at=T0 + timedelta(minutes=9)))
    facts = [fact for fact in made.changes.take_facts() if isinstance(fact, Sold)]
    assert [fact.explains for fact in facts] == [(Drop(T0 + timedelta(minutes=9), 1),), ()]
    assert made.free == 7, "the second was sold after what was seen, or somebody is told"


def test_what_an_opening_has_left_out_explains_no_later_drop() -> None:
    made = article(None)
    master_shows(made, 10, T0 + timedelta(minutes=1))
    master_shows(made, 9, T0 + timedelta(minutes=2))
    made.sell(line(1, sold_at=T0 + timedelta(seconds=30)))
    made.sell(line(2, sold_at=T0 + timedelta(minutes=2, seconds=-0.5)))
    facts = made.changes.take_facts()
    dropped = Drop(T0 + timedelta(minutes=2), 1)
    assert [fact.explains for fact in facts if isinstance(fact, Sold)] == [(), (dropped,)]
    assert made.free == 9


def test_an_order_from_before_a_rise_explains_the_drop_before_it() -> None:
    made = article(None)
    master_shows(made, 3, T0)
    master_shows(made, 2, T0 + timedelta(minutes=4))
    master_shows(made, 5, T0 + timedelta(minutes=4, seconds=1))
    master_shows(made, 4, T0 + timedelta(minutes=6))
    made.sell(line(1, sold_at=T0 + timedelta(minutes=4, seconds=-0.5)))
    facts = made.changes.take_facts()
    dropped = Drop(T0 + timedelta(minutes=4), 1)
    assert [fact.explains for fact in facts if isinstance(fact, Sold)] == [(dropped,)]
    assert made.free == 4


def test_an_order_cancelled_before_the_drop_was_seen_explains_nothing() -> None:
    made = article(None)
    master_shows(made, 10, T0)
    master_shows(made, 9, T0 + timedelta(minutes=5))
    cancelled = {"cancelled": 1, "restock": Restock.RESTOCKED}
    made.sell(line(1, sold_at=T0 + timedelta(minutes=1), cancelled_at=T0 + timedelta(minutes=2), **cancelled))
    made.sell(line(2, sold_at=T0 + timedelta(minutes=5, seconds=-0.5)))
    facts = [fact for fact in made.changes.take_facts() if isinstance(fact, Sold)]
    assert [fact.explains for fact in facts] == [(), (Drop(T0 + timedelta(minutes=5), 1),)]
    assert made.free == 9


@pytest.mark.parametrize("read_first", [True, False])
@pytest.mark.parametrize("quantity", [1, 3])
def test_a_cancellation_that_the_master_showed_first_is_not_counted_twice(
    read_first: bool, quantity: int
) -> None:
    """It puts its units back on all listings all the same."""
    made = article(None)
    sold = {"sold_at": T0 + timedelta(minutes=1), "quantity": quantity}
    master_shows(made, 10, T0)
    if read_first:
        made.sell(line(1, **sold))
    master_shows(made, 10 - quantity, T0 + timedelta(minutes=1, seconds=0.5))
    if not read_first:
        made.sell(line(1, **sold))
    master_shows(made, 10 - quantity + 1, T0 + timedelta(minutes=5))
    made.changes.take_facts()
    back = {"cancelled": 1, "restock": Restock.RESTOCKED, "cancelled_at": T0 + timedelta(minutes=4)}
    made.sell(line(1, revision=2, **sold, **back))
    (released,) = made.changes.take_facts()
    assert isinstance(released, Changed)
    assert (made.free, made.held) == (10 - quantity + 1, quantity - 1)
    assert released.free == 10 - quantity + 1
    assert {(target.quantity, target.may_raise) for target in released.targets} == {(made.free, True)}
    made.sell(line(1, revision=3, shipped=True, **sold, **back))
    assert (made.free, made.held) == (10 - quantity + 1, quantity - 1)
    later = {"cancelled": quantity, "restock": Restock.RESTOCKED, "cancelled_at": T0 + timedelta(minutes=9)}
    made.sell(line(1, revision=4, **sold, **later))
    assert (made.free, made.held) == (10, 0), "what came back after the master was seen is released as ever"


def test_a_sale_says_once_what_it_explains() -> None:
    made = article(None)
    master_shows(made, 1, T0)
    master_shows(made, 0, T0 + timedelta(minutes=1))
    made.sell(line(1, sold_at=T0, paid=False))
    made.sell(line(2, sold_at=T0 + timedelta(minutes=5)))
    facts = [fact for fact in made.changes.take_facts() if isinstance(fact, Sold)]
    first = [fact.explains for fact in facts if fact.line.sale_id == line(1).sale_id]
    assert len(first) == 2, "it held the unit, then lost it to one that is paid"
    assert first == [(Drop(T0 + timedelta(minutes=1), 1),), ()]


def test_only_so_many_drops_of_so_long_are_kept() -> None:
    made = article(None)
    master_shows(made, 100, T0)
    for n in range(60):
        master_shows(made, 99 - n, T0 + timedelta(minutes=n + 1))
    listing = made.linked.by_id[UUID(int=100)]
    assert len(listing.drops) == MOST_DROPS
    for n in range(60):
        made.sell(line(n, sold_at=T0 + timedelta(minutes=n + 1, seconds=-0.5)))
    assert made.free == 40
    explains = [fact.explains for fact in made.changes.take_facts() if isinstance(fact, Sold)]
    forgotten = 60 - MOST_DROPS
    assert explains[:forgotten] == [()] * forgotten, "those of the drops that are forgotten"
    assert all(len(drops) == 1 for drops in explains[forgotten:])
    master_shows(made, 30, T0 + timedelta(days=2))
    assert [drop.units for drop in listing.drops] == [10]


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
