"""The listings that show one article, and the targets they are given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from inventory.domain.listings import Drop, Listing, Target
from inventory.domain.sales import SaleLine
from inventory.domain.words import ListingState

# Marketplaces date orders to the second and by their own clock. Of a sale this close to the observation nobody knows
# whether it is in it, unless the observation lowered the stock by as much: held once too often somebody is told, held
# once too seldom the article sells twice.
SAME_MOMENT = timedelta(seconds=2)
ORDERS_COME = timedelta(days=1)
"""How long a drop waits for the orders behind it; every marketplace has been read again by then."""
MOST_DROPS = 50
"""Of one listing, rises included; the oldest is forgotten for another."""


@dataclass(slots=True)
class Linked:
    """The linked listings by id; `touched` are those whose rows have to be saved, `aimed` those with another target at
    least.
    """

    by_id: dict[UUID, Listing] = field(default_factory=dict)
    touched: set[UUID] = field(default_factory=set)
    aimed: set[UUID] = field(default_factory=set)

    def __iter__(self) -> Iterator[Listing]:
        return iter(sorted(self.by_id.values(), key=lambda listing: listing.id))

    def add(self, listing: Listing) -> None:
        """Count a listing in, as loaded."""
        self.by_id[listing.id] = listing

    def seller_of(self, line: SaleLine) -> Listing | None:
        """The listing that made the sale, if it is linked."""
        return self.by_id.get(line.listing_id) if line.listing_id else None

    def anchor(self, listing: Listing, *, drop: int = 0) -> None:
        """Note that this listing's last observation has set the stock, and by how much it has lowered it, if it has."""
        listing.anchored_at = listing.observed_at
        if listing.observed_at is not None:
            listing.note_drop(Drop(listing.observed_at, max(0, drop)), ORDERS_COME, MOST_DROPS)
        self.touched.add(listing.id)

    def explain(self, line: SaleLine) -> tuple[datetime | None, tuple[Drop, ...]]:
        """When the listing that sold was observed with these units gone already, if that set the stock; and of which drops
        they were.

        What was observed surely after the sale has left it out. Of a sale of the same moment that is only so if it
        fits into drops of that moment, which explain no more orders than they are large.
        """
        listing, moment = self.seller_of(line), self.observed_after(line)
        if listing is None or listing.anchored_at is None:
            return None, ()
        surely = line.sold_at + SAME_MOMENT
        drops = listing.drops_between(line.sold_at - SAME_MOMENT, surely)
        if moment is None and abs(line.sold_at - listing.anchored_at) < SAME_MOMENT:
            latest = max(listing.anchored_at, surely)
            moment = latest if line.sold_by(latest) <= sum(drop.units for drop in drops) else None
        if moment is None:
            return None, ()
        taken: list[Drop] = []
        for drop in drops:
            gone = line.sold_by(max(drop.at, surely)) - sum(one.units for one in taken)
            if units := min(drop.units, gone):
                taken.append(Drop(drop.at, units))
        listing.take_drops(taken)
        self.touched.add(listing.id)
        return moment, tuple(taken)

    def counted_back(self, line: SaleLine) -> datetime | None:
        """When the listing that sold was observed surely after the sale and its return, if that set the stock."""
        moment, back_at = self.observed_after(line), line.back_at
        if moment is None or back_at is None or back_at + SAME_MOMENT > moment:
            return None
        return moment

    def observed_after(self, line: SaleLine) -> datetime | None:
        """When the listing that sold was observed, if that set the stock and was surely after the sale."""
        listing = self.seller_of(line)
        moment = listing.anchored_at if listing else None
        return moment if moment is not None and line.sold_at + SAME_MOMENT <= moment else None

    def aim(self, free: int, *, may_raise: bool = False, sold_by: UUID | None = None) -> tuple[Target, ...]:
        """A new version for every listing; one its seller took off sale is only ever lowered."""
        return self._targets(
            free, lambda one: one.may_be_raised or not may_raise, may_raise=may_raise, sold_by=sold_by
        )

    def lower(self, free: int) -> tuple[Target, ...]:
        """A new version for every listing that may show more than is free: what was observed raises nothing."""
        return self._targets(free, lambda one: not one.shows_at_most(free))

    def _targets(
        self,
        free: int,
        chosen: Callable[[Listing], bool],
        *,
        may_raise: bool = False,
        sold_by: UUID | None = None,
    ) -> tuple[Target, ...]:
        aimed = [one for one in self if one.state is not ListingState.GONE and chosen(one)]
        self.aimed.update(one.id for one in aimed)
        return tuple(
            one.aim(one.fair_share(free), may_raise=may_raise, sold_here=one.id == sold_by) for one in aimed
        )

    def propose(self, free: int, line: SaleLine) -> tuple[Target, ...]:
        """Lower targets for what is still for sale elsewhere after an old sale; they wait for a person's yes.

        Nothing when the stock was observed on the listing that sold after the sale: it has left the sold units out.
        """
        if self.observed_after(line) is not None or not free or not line.live:
            return ()
        quantity = max(0, free - line.live)
        for_sale = [
            one
            for one in self
            if one.id != line.listing_id
            and one.state is ListingState.LIVE
            and not one.shows_at_most(quantity)
        ]
        self.aimed.update(one.id for one in for_sale)
        return tuple(one.propose(one.fair_share(quantity)) for one in for_sale)
