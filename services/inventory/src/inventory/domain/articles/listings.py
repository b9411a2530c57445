"""What listings do to an article: they open its stock, show it, and are compared with it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from inventory.domain.articles.stock import ArticleStock
from inventory.domain.facts import LogRow, Question
from inventory.domain.listings import Listing, Observation
from inventory.domain.words import Cause, Happened, ListingState, QuestionKind


class ListedArticle(ArticleStock):
    """An article that listings show."""

    __slots__ = ()

    def observe(self, listing: Listing, seen: Observation, at: datetime) -> None:
        """Compare what a linked listing shows with the stock; `listing` has taken the observation over already."""
        self.linked.touched.add(listing.id)
        self._picture(listing)
        self.follow_rules()
        if not seen.is_live or not self._was_open(listing, at) or not listing.is_settled:
            return
        there = listing.untried(seen.quantity, self.free)
        if there == self.free:
            self._agree(listing)
        elif seen.stock_master:
            self._adjust(listing, there, drop=self.free - there)
        else:
            self._doubt(listing, there)

    def link(self, listing: Listing, at: datetime, *, by_person: bool) -> None:
        """Let a listing show this article. Found by its SKU it is only lowered; a person's link may raise it."""
        if not self.adopt(listing, at):
            return
        if by_person:
            self._say_changed(Cause.LINKED, self.linked.aim(self.free, may_raise=True))
        else:
            self._join(listing)

    def adopt(self, listing: Listing, at: datetime) -> bool:
        """Count a listing in and say nothing of it yet; False when that has just opened the stock, or can't."""
        listing.article_id, listing.kept_apart = self.id, False
        self.linked.add(listing)
        self.linked.touched.add(listing.id)
        self._picture(listing)
        self.follow_rules()
        self.changes.log.append(LogRow(Happened.LINKED, listing.id, quantity=listing.observed_quantity))
        return self._was_open(listing, at)

    def _picture(self, listing: Listing) -> None:
        """An article without a picture takes that of a listing that shows it."""
        if self.thumbnail_url is None and listing.thumbnail_url is not None:
            self.thumbnail_url, self.changes.stock = listing.thumbnail_url, True

    def _join(self, listing: Listing) -> None:
        """A listing was found to show this article too: the stock decides, unless nothing but another import did."""
        shown = listing.observed_quantity if listing.state is ListingState.LIVE else None
        if shown is not None and listing.stock_master and self._is_mere_import():
            listing.tried = 0
            self._adjust(listing, shown)
            return
        if shown is not None and (there := listing.untried(shown, self.free)) < self.free:
            self._doubt(listing, there)
        targets = self.linked.lower(self.free)
        if targets:
            self._say_changed(Cause.LINKED, targets)

    def _is_mere_import(self) -> bool:
        """Nobody has counted or sold yet: the stock is what another listing showed."""
        return not self.held and not self.short and any(one.anchored_at for one in self.linked)

    def unlink(self, listing_id: UUID) -> Listing:
        """Let a listing stand alone again. Its stock stays with the article.

        What it was asked on the article's behalf and has not done yet is called off, unless it sold itself.
        """
        listing = self.linked.by_id.pop(listing_id)
        sold = listing.sold_here or any(hold.line.listing_id == listing_id for hold in self.holds.values())
        called_off = () if sold or listing.disconnecting_version else listing.call_off()
        listing.article_id, listing.anchored_at, listing.target_quantity = None, None, None
        listing.drops, listing.forgotten_until, listing.kept_apart = (), None, True
        self.follow_rules()
        listing.disconnecting_version = 0
        for kind in (QuestionKind.SURPLUS, QuestionKind.DEFICIT):
            self._answered(kind, listing_id)
        self.changes.log.append(LogRow(Happened.UNLINKED, listing.id, quantity=listing.observed_quantity))
        self._say_changed(Cause.UNLINKED, called_off)
        return listing

    def disconnect(self, listing_id: UUID, reason: str | None = None) -> None:
        """Take a listing down, to be unlinked when it is off sale: a person's command. Asked again, it is asked anew."""
        listing = self.linked.by_id[listing_id]
        target = listing.take_down()
        self.linked.touched.add(listing_id)
        self.changes.log.append(LogRow(Happened.DISCONNECTING, listing_id, target.version, 0, note=reason))
        self._say_changed(Cause.UNLINKED, (target,))

    def keep(self, listing_id: UUID) -> None:
        """Don't disconnect it after all: it is put back to what is free, unless its seller took it off sale."""
        listing = self.linked.by_id[listing_id]
        listing.disconnecting_version = 0
        self.linked.touched.add(listing_id)
        self.changes.log.append(LogRow(Happened.KEPT, listing_id))
        raised = self.is_open and listing.may_be_raised
        targets = (listing.aim(listing.fair_share(self.free), may_raise=True),) if raised else ()
        self._say_changed(Cause.LINKED, targets)

    def note_seen(self, listing: Listing, state: ListingState, quantity: int | None) -> None:
        """Log how a listing differs from what was seen of it before; `quantity` is None when nothing was."""
        shown = listing.observed_quantity
        live = listing.state is ListingState.LIVE
        was_live = state is ListingState.LIVE and quantity is not None
        if live is was_live and (shown == quantity if live else quantity is not None):
            return
        seen = Happened.SEEN_QUANTITY if was_live else Happened.SEEN_LIVE
        what = seen if live else Happened.SEEN_OFF_SALE
        at = listing.observed_at
        self.changes.log.append(LogRow(what, listing.id, quantity=shown, note=listing.state, at=at))

    def _was_open(self, listing: Listing, at: datetime) -> bool:
        """Whether the stock was open before; if not, a live listing that was observed opens it now."""
        if self.is_open:
            return True
        if listing.state is ListingState.LIVE and listing.observed_quantity is not None:
            self.open(listing.observed_quantity, at, seen_on=listing)
        return False

    def _agree(self, listing: Listing) -> None:
        """What was doubted has answered itself; a surplus that we lowered at 0 still needs its person."""
        self._answered(QuestionKind.DEFICIT, listing.id)
        if self.free:
            self._answered(QuestionKind.SURPLUS, listing.id)

    def _doubt(self, listing: Listing, quantity: int) -> None:
        """Another listing shows something else than the stock: ask, and stop it from selling what is sold out."""
        kind = QuestionKind.SURPLUS if quantity > self.free else QuestionKind.DEFICIT
        for other in {QuestionKind.SURPLUS, QuestionKind.DEFICIT} - {kind}:
            self._answered(other, listing.id)
        self._ask(Question(kind, listing.id, quantity, self.free))
        if kind is QuestionKind.SURPLUS and not self.free:
            self._say_changed(Cause.ADJUSTED, self.linked.lower(self.free))
