"""What sales do to an article: they hold of its stock, and release what they no longer claim."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from inventory.domain.articles.stock import ArticleStock
from inventory.domain.facts import JournalRow, Sold
from inventory.domain.sales import Hold, SaleLine
from inventory.domain.sharing import Standings
from inventory.domain.words import Cause, Entry, Outcome, QuestionKind


class SoldArticle(ArticleStock):
    """An article that sales hold of."""

    __slots__ = ()

    def sell(self, line: SaleLine, *, removed: bool = False, after: int = 0) -> None:
        """Take a sale's state: hold for it, or release what it no longer claims. Older revisions change nothing.

        `removed`: a person had removed the sale before it came in. `after`: the revision of the last word on the sale by
        the article that it has left; words on one sale never fall behind.
        """
        self.revision = max(self.revision, after)
        known = self.holds.get(line.sale_id)
        if known is not None and line.revision <= known.line.revision:
            return
        before = self._standings()
        hold = known or self.holds.setdefault(line.sale_id, Hold(line, removed=removed))
        earlier, hold.line = hold.line, line
        hold.forget_what_is_told_now(earlier)
        self.changes.holds.add(line.sale_id)
        if line.given_back < earlier.given_back:
            self._answered(QuestionKind.REFUNDED, line.sale_id)
        if line.is_history:
            self._record_history(hold)
        elif self.is_open:
            self._cover(hold)
            self._settle(before, released_by=hold, counted=self._count_back(hold, earlier))
            self._explain_listing(hold)
        else:
            self._recount(before, [hold])

    def losers_since(self, lines: Iterable[SaleLine]) -> datetime | None:
        """From which sending on sales that are not in hand may lose their units to one of these lines, or to one in hand: to
        a sale that was sent before them and lacks units. None when no sale that was sent can lose any.
        """
        told = list(lines)
        short = [hold.line for hold in self.holds.values() if hold.short]
        held = {line.sale_id: self.holds[line.sale_id].held for line in told if line.sale_id in self.holds}
        wanted = sum(max(0, line.quantity - held.get(line.sale_id, 0)) for line in told)
        if not short and wanted <= self.free:
            return None
        return min((line.left_at for line in (*told, *short) if line.shipped), default=None)

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
        units = hold.awaiting_return
        hold.written_off = hold.line.kept_out
        self._resolve(before, hold, 0 if put_back else units, "not put back")

    def _settle_refund(self, hold: Hold, *, restock: bool) -> None:
        """Refunded units are for sale again, or will not be."""
        before = self._standings()
        hold.settled_back += hold.awaiting_refund
        units = max(0, hold.held - hold.claim)
        self._resolve(before, hold, 0 if restock else units, "not restocked")

    def _resolve(self, before: Standings, hold: Hold, lost: int, note: str) -> None:
        """Release what the sale claims no more, but for units that are lost."""
        sale_id = hold.line.sale_id
        self.changes.holds.add(sale_id)
        if lost:
            hold.held -= lost
            self.changes.journal.append(JournalRow(Entry.RELEASED, lost, sale_id))
            self.changes.journal.append(JournalRow(Entry.EDITED, -lost, sale_id, note=note))
        self._settle(before, released_by=hold)

    def dismiss(self, sales: Collection[UUID], counted: Collection[UUID] = ()) -> list[Hold]:
        """Let sales go that are none of this article's: what they hold is free again, first for sales that are short.

        `counted`: those the stock was counted after: the count knew nothing of their units, and stands.
        """
        before = self._standings()
        gone = [self.holds.pop(sale_id) for sale_id in sorted(sales)]
        for hold in gone:
            self._let_go(hold, counted=hold.line.sale_id in counted)
        if self.is_open:
            self._settle(before)
        for number, hold in enumerate(gone, start=1):
            targets = (
                self.linked.aim(self.free, may_raise=True) if number == len(gone) and self.is_open else ()
            )
            self._say_changed(Cause.UNLINKED, targets, hold.line.sale_id)
        return gone

    def _let_go(self, hold: Hold, *, counted: bool) -> None:
        """Journal what leaves with a sale: its units come back, those that were added for it go."""
        sale_id, listing_id = hold.line.sale_id, hold.line.listing_id
        self.held -= hold.held
        self.short -= hold.short
        if hold.held:
            self._journal(Entry.RELEASED, hold.held, sale_id=sale_id, listing_id=listing_id)
        in_all = self.free + sum(one.held for one in self.holds.values())
        added = min(hold.covered, in_all)
        if added > 0:
            self._journal(Entry.COVERED, -added, sale_id=sale_id, listing_id=listing_id)
        back = hold.held - max(0, added)
        if counted and back:
            self._journal(Entry.EDITED, -back, sale_id=sale_id, note="the stock was counted since")
        self.changes.holds.discard(sale_id)
        for kind in (QuestionKind.NOT_RESTOCKED, QuestionKind.REFUNDED):
            self._answered(kind, sale_id)
