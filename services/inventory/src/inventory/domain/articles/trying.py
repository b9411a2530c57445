"""What test orders do to an article: nothing is sold, but the listing they were made on shows less while they stand."""

from __future__ import annotations

from inventory.domain.articles.stock import ArticleStock
from inventory.domain.facts import LogRow
from inventory.domain.listings import Listing
from inventory.domain.sales import SaleLine
from inventory.domain.words import Cause, Entry, Happened, QuestionKind


class TriedArticle(ArticleStock):
    """An article whose shop may be tried out."""

    __slots__ = ()

    def try_out(self, line: SaleLine, before: int) -> None:
        """Take a test order's state: of `before` units that it had there are `line.tried` now.

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
            self._end_try(listing, line, -units)

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

    def _end_try(self, listing: Listing, line: SaleLine, units: int) -> None:
        """The listing shows them again; where an observation has counted them into the stock already, they are in it twice."""
        given_back = min(units, listing.tried)
        listing.tried -= given_back
        twice = min(given_back, self.free) if self.linked.counted_back(line) is not None else 0
        if twice:
            self._move(line, -twice)
            self._say_changed(Cause.ADJUSTED, self.linked.lower(self.free))

    def _move(self, line: SaleLine, units: int) -> None:
        """Put units back into the stock, or take them off, and let sales that wait for some have them."""
        before = self._standings()
        self._journal(Entry.TRIED, units, sale_id=line.sale_id, listing_id=line.listing_id)
        self._settle(before)
