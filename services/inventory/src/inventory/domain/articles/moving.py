"""What merging and splitting do to an article: listings, sales and units leave it for another one, through both journals."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from inventory.domain import sharing
from inventory.domain.articles.stock import ArticleStock
from inventory.domain.facts import LogRow
from inventory.domain.listings import Listing
from inventory.domain.sales import Hold
from inventory.domain.words import Cause, Entry, Happened


@dataclass(frozen=True, slots=True)
class Parcel:
    """What goes from one article to another, in hand between the two."""

    entry: Entry
    units: int
    """Free ones, and those that the sales held."""
    listings: Sequence[Listing]
    holds: Sequence[Hold]
    revision: int
    """Of the article they left: no word on the sales may be older."""
    opened_at: datetime | None
    title: str


class MovedArticle(ArticleStock):
    """An article that may turn out to be another one, or two."""

    __slots__ = ()

    def hand_over(
        self, entry: Entry, units: int, listings: Collection[UUID], sales: Collection[UUID], to: str
    ) -> Parcel:
        """Let listings and sales go, with what the sales hold and so many free units. Says nothing yet."""
        holds = [self.holds.pop(sale_id) for sale_id in sorted(sales)]
        held = sum(hold.held for hold in holds)
        for hold in holds:
            if hold.held:
                line = hold.line
                self._journal(Entry.RELEASED, hold.held, sale_id=line.sale_id, listing_id=line.listing_id)
            self.held -= hold.held
            self.short -= hold.short
            self.changes.holds.discard(hold.line.sale_id)
        self._journal(entry, -(units + held), note=to)
        gone = [self.linked.by_id.pop(listing_id) for listing_id in sorted(listings)]
        self.follow_rules()
        return Parcel(entry, units + held, gone, holds, self.revision, self.opened_at, self.title)

    def take_over(self, parcel: Parcel) -> None:
        """Count in what another article handed over, and say each of its sales again."""
        self.revision = max(self.revision, parcel.revision)
        self.opened_at = self.opened_at or parcel.opened_at
        what = Happened(parcel.entry)
        for listing in parcel.listings:
            listing.article_id = self.id
            self.linked.add(listing)
            self.linked.touched.add(listing.id)
            self.changes.log.append(
                LogRow(what, listing.id, quantity=listing.observed_quantity, note=parcel.title)
            )
        self.follow_rules()
        before = self._standings()
        self._journal(parcel.entry, parcel.units, note=parcel.title)
        for hold in parcel.holds:
            hold.held = 0
            self.holds[hold.line.sale_id] = hold
            self.changes.holds.add(hold.line.sale_id)
        self._share_out(before, parcel.holds)

    def _share_out(self, before: sharing.Standings, moved: Sequence[Hold]) -> None:
        """Serve all sales anew. Targets are said once, by what follows."""
        claimants = self._claimants()
        if self.is_open:
            self.free, rows = sharing.share_out(claimants, self.free)
            self.changes.journal += rows
        self._recount(before, claimants)
        if not self.is_open:
            return
        news = [hold for hold in claimants if before.is_news(hold)]
        told = {hold.line.sale_id: hold for hold in (*moved, *news)}
        self.changes.holds |= told.keys()
        self.changes.facts += [self._sold(told[sale_id], aims=False) for sale_id in sorted(told)]
        self._ask_for_returns(list(told.values()))
        self.say_contention()

    def say_contention(self) -> None:
        """Name the sales that contend for too few units, or nobody."""
        self.changes.oversold = sharing.oversold(self._claimants()) if self.short else None

    def announce(self, cause: Cause) -> None:
        """Say what is free now, with a target for every listing once the stock is open."""
        targets = self.linked.aim(self.free, may_raise=True) if self.is_open else ()
        self._say_changed(cause, targets)
