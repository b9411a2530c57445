"""What sales do to an article: they hold of its stock, and release what they no longer claim."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from inventory.domain.articles.stock import ArticleStock
from inventory.domain.facts import JournalRow, Sold
from inventory.domain.sales import Hold, SaleLine
from inventory.domain.words import Entry, Outcome, QuestionKind


class SoldArticle(ArticleStock):
    """An article that sales hold of."""

    __slots__ = ()

    def sell(self, line: SaleLine, *, removed: bool = False) -> None:
        """Take a sale's state: hold for it, or release what it no longer claims. Older revisions change nothing.

        `removed`: a person had removed the sale before it came in.
        """
        known = self.holds.get(line.sale_id)
        if known is not None and line.revision <= known.line.revision:
            return
        before = self._standings()
        hold = known or self.holds.setdefault(line.sale_id, Hold(line, removed=removed))
        earlier, hold.line = hold.line, line
        self.changes.holds.add(line.sale_id)
        if line.is_history:
            self._record_history(hold)
        elif self.is_open:
            self._cover(hold)
            self._settle(before, released_by=hold, counted=self._count_back(hold, earlier))
            self._explain_listing(hold)
        else:
            self._recount(before, [hold])

    def remove(self, sale_id: UUID, removed: bool) -> None:
        """A person removed a wrong sale and still has the article, or undid that."""
        hold = self.holds[sale_id]
        if hold.removed == removed:
            return
        before = self._standings()
        hold.removed = removed
        self.changes.holds.add(sale_id)
        if self.is_open:
            self._settle(before, released_by=hold)
        else:
            self._recount(before, [hold])

    def _record_history(self, hold: Hold) -> None:
        if hold.outcome is None:
            hold.judge()
            line = hold.line
            targets = self.linked.propose(self.free, line)
            self._fix_owner(hold)
            told = Sold(line, Outcome.HISTORY, line.quantity, 0, self.free, targets)
            self.changes.facts.append(replace(told, owner=hold.owner, cost=hold.cost))

    def _explain_listing(self, hold: Hold) -> None:
        """A sale explains why the listing that sold shows less, or has ended with the last unit."""
        listing = self.linked.seller_of(hold.line)
        if listing is None:
            return
        self._answered(QuestionKind.DEFICIT, listing.id)
        if listing.withdrawn and hold.held and not self.free:
            listing.withdrawn = False
            self.linked.touched.add(listing.id)

    def _settle_return(self, hold: Hold, *, put_back: bool) -> None:
        """Cancelled units are back on the shelf, or gone for good."""
        before = self._standings()
        units, sale_id = hold.awaiting_return, hold.line.sale_id
        hold.written_off = hold.line.kept_out
        self.changes.holds.add(sale_id)
        if not put_back:
            hold.held -= units
            self.changes.journal.append(JournalRow(Entry.RELEASED, units, sale_id))
            self.changes.journal.append(JournalRow(Entry.EDITED, -units, sale_id, note="not put back"))
        self._settle(before, released_by=hold)
