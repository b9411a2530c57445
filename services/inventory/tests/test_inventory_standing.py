"""A listing as its seller sees it, through what befalls it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from inventory.domain import Article, Listing, ListingState, Reached, Standing, standing_of
from inventory_articles import T0, TENANT, article, line, observe, seen

SELLER, OTHER = UUID(int=100), UUID(int=101)


def outcome(listing: Listing, *, failure: str | None = None, down: bool = True) -> Reached:
    """The connector's word on a listing's last target."""
    quantity = listing.target_quantity
    return Reached(TENANT, listing.id, listing.version, quantity, None, taken_down=down, failure=failure)


def reach(listing: Listing, *, failure: str | None = None, down: bool = True) -> None:
    assert listing.reach(outcome(listing, failure=failure, down=down), sold_here=False)


def standings(made: Article) -> list[Standing]:
    return [standing_of(listing) for listing in made.linked]


def sold_out() -> tuple[Article, Listing, Listing]:
    made = article(1)
    made.sell(line(1, listing_id=SELLER))
    return made, made.linked.by_id[SELLER], made.linked.by_id[OTHER]


def test_what_sold_and_what_is_still_for_sale_are_to_be_taken_down_until_that_is_reached() -> None:
    made, seller, other = sold_out()
    assert standings(made) == [Standing.DELIST, Standing.DELIST]
    reach(seller)
    assert standings(made) == [Standing.SOLD, Standing.DELIST]
    reach(other)
    assert standings(made) == [Standing.SOLD, Standing.DELISTED]


def test_a_failed_target_is_told_until_it_is_reached_or_another_takes_its_place() -> None:
    made, _, other = sold_out()
    reach(other, failure="eBay refused.")
    assert standing_of(other) is Standing.FAILED
    made.sell(line(2, listing_id=SELLER))
    assert standing_of(other) is Standing.DELIST
    reach(other, failure="eBay refused.")
    reach(other)
    assert standing_of(other) is Standing.DELISTED


def test_selling_one_of_several_leaves_everything_live() -> None:
    made = article(3)
    made.sell(line(1))
    assert standings(made) == [Standing.LIVE, Standing.LIVE]
    for listing in made.linked:
        reach(listing, down=False)
    assert standings(made) == [Standing.LIVE, Standing.LIVE]


def test_a_listing_stays_sold_when_another_sells_the_same_unit_too() -> None:
    made, seller, other = sold_out()
    made.sell(line(2, listing_id=OTHER))
    reach(seller)
    reach(other)
    assert standings(made) == [Standing.SOLD, Standing.SOLD]


def test_a_release_makes_it_live_once_it_is_back_for_sale() -> None:
    made, seller, other = sold_out()
    reach(seller)
    reach(other)
    made.sell(line(1, listing_id=SELLER, revision=2, cancelled=1))
    assert standings(made) == [Standing.DELISTED, Standing.DELISTED], "nothing is back for sale yet"
    reach(other, down=False)
    assert standings(made) == [Standing.DELISTED, Standing.LIVE]


@pytest.mark.parametrize("state", [ListingState.ENDED, ListingState.DRAFT, ListingState.GONE])
def test_what_its_seller_took_off_sale_has_ended(state: ListingState) -> None:
    made = article(2)
    observe(made, seen(made.linked.by_id[OTHER], 2))
    observe(made, seen(made.linked.by_id[OTHER], 2, state=state))
    assert standing_of(made.linked.by_id[OTHER]) is Standing.ENDED


def test_a_listing_that_we_drafted_to_take_it_down_is_delisted() -> None:
    made, _, other = sold_out()
    reach(other)
    observe(made, seen(other, 1, state=ListingState.DRAFT))
    assert standing_of(other) is Standing.DELISTED


def test_a_listing_drafted_before_the_sale_has_ended_and_is_delisted_after_it() -> None:
    made = article(1)
    other = made.linked.by_id[OTHER]
    observe(made, seen(other, 1))
    observe(made, seen(other, 1, state=ListingState.DRAFT))
    assert standing_of(other) is Standing.ENDED
    made.sell(line(1, listing_id=SELLER))
    reach(other)
    assert standing_of(other) is Standing.DELISTED


def test_a_listing_gone_with_its_target_unreached_is_not_to_be_taken_down() -> None:
    made, _, other = sold_out()
    observe(made, seen(other, 0, state=ListingState.GONE))
    assert standing_of(other) is Standing.DELISTED


def test_what_an_old_sale_proposes_is_not_to_be_taken_down_before_somebody_says_so() -> None:
    made = article(1)
    made.sell(line(1, listing_id=SELLER, account_connected_at=T0 + timedelta(days=1)))
    other = made.linked.by_id[OTHER]
    assert (other.version > other.target_version, standing_of(other)) == (True, Standing.LIVE)
    approved = replace(outcome(other), version=other.version, quantity=0)
    assert other.reach(approved, sold_here=False)
    assert standing_of(other) is Standing.DELISTED


def test_a_proposal_that_was_approved_and_failed_is_told() -> None:
    made = article(1)
    made.sell(line(1, listing_id=SELLER, account_connected_at=T0 + timedelta(days=1)))
    other = made.linked.by_id[OTHER]
    reach(other, failure="eBay refused.")
    assert standing_of(other) is Standing.FAILED


def test_an_unlinked_listing_stays_delisted_until_it_is_seen_for_sale() -> None:
    made, _, other = sold_out()
    reach(other)
    alone = made.unlink(OTHER)
    assert standing_of(alone) is Standing.DELISTED
    assert alone.see(seen(alone, 1, settled_version=0))
    assert standing_of(alone) is Standing.DELISTED, "what was seen may be from before"
    assert alone.see(seen(alone, 1))
    assert standing_of(alone) is Standing.LIVE
