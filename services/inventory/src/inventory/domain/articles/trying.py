"""What test orders do to an article: nothing is sold, but the listing they were made on shows less while they stand."""

from __future__ import annotations

from inventory.domain.articles.stock import ArticleStock
from inventory.domain.facts import LogRow
from inventory.domain.linked import SAME_MOMENT
from inventory.domain.listings import Listing
from inventory.domain.sales import SaleLine
from inventory.domain.words import Cause, Entry, Happened, ListingState, QuestionKind


class TriedArticle(ArticleStock):
    """An article whose shop may be tried out."""

    __slots__ = ()

    def try_out(self, line: SaleLine, before: int, standing: int) -> None:
        """Take a test order's state: of `before` units that it had there are `line.tried` now, of all that were heard of on
        its listing `standing`.

        The shop's count is lower by them, the stock is not, nor what other listings show.
        """
        listing = self.linked.seller_of(line)
        units = line.tried - before
        if listing is None or not units:
            return
        self.linked.touched.add(listing.id)
        what = Happened.TRIED if units > 0 else Happened.UNTRIED
        self.changes.log.append(LogRow(what, listing.id, quantity=abs(units), sale_id=line.sale_id))
        if units > 0:
            self._explain_try(listing, line, units)
        else:
            self._end_try(listing, line, -units, standing)

    def _explain_try(self, listing: Listing, line: SaleLine, units: int) -> None:
        """It explains why the listing shows less. What an observation took off the stock for that is there again.

        Units that were gone when the stock was opened by what the listing showed were never counted.
        """
        self._answered(QuestionKind.DEFICIT, listing.id)
        moment, drops = self.linked.explain(line)
        taken_off = min(units, sum(drop.units for drop in drops))
        listing.tried += units if moment is None else taken_off
        if taken_off:
            self._move(line, taken_off)
            self._say_changed(Cause.RELEASED, self.linked.aim(self.free, may_raise=True))

    def _end_try(self, listing: Listing, line: SaleLine, units: int, standing: int) -> None:
        """The listing shows them again; where an observation has counted them into the stock already, they are in it twice.

        Those that it has been seen with since are given back already: the rest of what it lacks is of other test orders,
        as far as those stand. What it lacks beyond that is gone.
        """
        seen_since = _was_seen_after(listing, line)
        given_back = min(units, max(0, listing.tried - standing) if seen_since else listing.tried)
        listing.tried -= given_back
        if self.linked.counted_back(line) is not None:
            self._take_off_again(line, min(given_back, self.free))
        elif seen_since and given_back:
            self._miss(listing)

    def _take_off_again(self, line: SaleLine, units: int) -> None:
        if units:
            self._move(line, -units)
            self._say_changed(Cause.ADJUSTED, self.linked.lower(self.free))

    def _miss(self, listing: Listing) -> None:
        """Units that came back to a stock master, which was seen without them since: something else took as many."""
        shown = listing.observed_quantity
        if shown is None or not (self.is_open and listing.stock_master and listing.is_settled):
            return
        there = listing.untried(shown, self.free)
        if there < self.free and listing.state is ListingState.LIVE:
            self._adjust(listing, there, drop=self.free - there)

    def _move(self, line: SaleLine, units: int) -> None:
        """Put units back into the stock, or take them off, and let sales that wait for some have them."""
        before = self._standings()
        self._journal(Entry.TRIED, units, sale_id=line.sale_id, listing_id=line.listing_id)
        self._settle(before)


def _was_seen_after(listing: Listing, line: SaleLine) -> bool:
    """Whether what it showed last was surely after the units came back."""
    if line.back_at is None or listing.observed_at is None:
        return False
    return listing.observed_at >= line.back_at + SAME_MOMENT
