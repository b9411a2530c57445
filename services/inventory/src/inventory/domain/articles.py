"""The article: its stock, the sales that hold of it, the listings that show it (design.md, rule 4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from inventory.domain import sharing
from inventory.domain.facts import Changed, Changes, JournalRow, Question, Sold
from inventory.domain.linked import Linked
from inventory.domain.listings import Listing, Observation, Target
from inventory.domain.owners import Cost, Owner
from inventory.domain.sales import Hold, SaleLine
from inventory.domain.words import Answer, Cause, Entry, ListingState, Outcome, QuestionKind


@dataclass(slots=True)
class Article:
    """What a seller owns one or more of, in hand under its row's lock.

    `free` counts what no sale holds and is never negative, `held` what all sales hold, `short` what they claim and
    can't hold. `holds` may leave out sales that contention can't move. Every method leaves what happened in `changes`, in order.
    """

    id: UUID
    tenant_id: UUID
    sku: str | None
    title: str
    owner: Owner = field(default_factory=Owner)
    cost: Cost | None = None
    opened_at: datetime | None = None
    free: int = 0
    held: int = 0
    short: int = 0
    revision: int = 0
    """How many facts were said of it: it orders them where clocks can't."""
    created_at: datetime | None = None
    linked: Linked = field(default_factory=Linked)
    holds: dict[UUID, Hold] = field(default_factory=dict)
    changes: Changes = field(default_factory=Changes)

    @classmethod
    def make(
        cls, article_id: UUID, tenant_id: UUID, at: datetime, *, sku: str | None, title: str, owner: Owner
    ) -> Article:
        """A new article, its stock not open yet."""
        made = cls(article_id, tenant_id, sku, title, owner, created_at=at)
        made.changes.stock = True
        return made

    def describe(self, title: str, owner: Owner, cost: Cost | None) -> None:
        """Change what it is called, whose it is and what it cost."""
        self.title, self.owner, self.cost = title, owner, cost
        self.changes.stock = True

    def next_revision(self) -> None:
        """Something more is about to be said of it."""
        self.revision += 1
        self.changes.stock = True

    @property
    def is_open(self) -> bool:
        """Whether its stock has been counted, imported or observed."""
        return self.opened_at is not None

    # -- sales ---------------------------------------------------------------------------------------------------

    def sell(self, line: SaleLine, *, removed: bool = False) -> None:
        """Take a sale's state: hold for it, or release what it no longer claims. Older revisions change nothing.

        `removed`: a person had removed the sale before it came in.
        """
        known = self.holds.get(line.sale_id)
        if known is not None and line.revision <= known.line.revision:
            return
        before = self._standings()
        hold = known or self.holds.setdefault(line.sale_id, Hold(line, removed=removed))
        hold.line = line
        self.changes.holds.add(line.sale_id)
        if line.is_history:
            self._record_history(hold)
        elif self.is_open:
            self._cover(hold)
            self._settle(before, released_by=hold)
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
            self.changes.facts.append(Sold(line, Outcome.HISTORY, line.quantity, 0, self.free, targets))

    def _cover(self, hold: Hold) -> None:
        """Add back the units of a sale that the observation which set the stock had left out already."""
        if hold.outcome is None:
            hold.covered_until = self.linked.explain(hold.line)
        moment = hold.covered_until
        units = hold.line.sold_by(moment) - hold.covered if moment else 0
        units = max(units, -self.free - sum(one.held for one in self.holds.values()))
        if units:
            hold.covered += units
            self._journal(Entry.COVERED, units, sale_id=hold.line.sale_id, listing_id=hold.line.listing_id)

    def _explain_listing(self, hold: Hold) -> None:
        """A sale explains why the listing that sold shows less, or has ended with the last unit."""
        listing = self.linked.seller_of(hold.line)
        if listing is None:
            return
        self._answered(QuestionKind.DEFICIT, listing.id)
        if listing.withdrawn and hold.held and not self.free:
            listing.withdrawn = False
            self.linked.touched.add(listing.id)

    # -- stock ---------------------------------------------------------------------------------------------------

    def open(self, quantity: int, at: datetime, *, seen_on: Listing | None = None) -> None:
        """Say once how many there are: by a person's count, or by one listing's observed quantity."""
        self.opened_at = at
        before = self._standings()
        if seen_on is not None:
            self.linked.anchor(seen_on)
        self._journal(Entry.OPENED, quantity, listing_id=seen_on.id if seen_on else None)
        for hold in self._claimants():
            self._cover(hold)
        self._settle(before)
        by_count = seen_on is None
        targets = self.linked.aim(self.free, may_raise=True) if by_count else self.linked.lower(self.free)
        self._say_changed(Cause.OPENED, targets)

    def count(self, quantity: int, at: datetime, *, note: str | None = None) -> None:
        """A person says how many are on the shelf for sale; sales that wait for a unit are served from them first.

        What was asked about listings that show something else is settled by that.
        """
        for listing in self.linked:
            self._answered(QuestionKind.SURPLUS, listing.id)
            self._answered(QuestionKind.DEFICIT, listing.id)
        if not self.is_open:
            self.open(quantity, at)
            return
        self._set_free(Entry.EDITED, quantity, note=note)
        self._say_changed(Cause.EDITED, self.linked.aim(self.free, may_raise=True))

    def _set_free(
        self, entry: Entry, quantity: int, *, listing_id: UUID | None = None, note: str | None = None
    ) -> None:
        """Take over a figure that knows of all returns: what never came back claims nothing of it."""
        before = self._standings()
        self.changes.holds |= {h.line.sale_id for h in self.holds.values() if h.write_off_unserved()}
        if quantity != self.free:
            self._journal(entry, quantity - self.free, listing_id=listing_id, note=note)
        self._settle(before)

    def _standings(self) -> sharing.Standings:
        return sharing.standings(self.holds.values(), self.free)

    def _claimants(self) -> list[Hold]:
        """The sales that claim stock, first served first."""
        return sorted((h for h in self.holds.values() if not h.line.is_history), key=lambda hold: hold.rank)

    def _settle(self, before: sharing.Standings, *, released_by: Hold | None = None) -> None:
        """Share out anew and say what came of it; what the causing sale gave up is a release."""
        claimants = self._claimants()
        self.free, rows = sharing.share_out(claimants, self.free)
        self._recount(before, claimants)
        self.changes.journal += rows
        moved = [hold for hold in claimants if before.differs(hold)]
        self.changes.holds.update(hold.line.sale_id for hold in moved)
        news = [hold for hold in claimants if before.is_news(hold)]
        self.changes.facts += [self._sold(hold) for hold in news]
        if news and self.short:
            self.changes.oversold = sharing.oversold(claimants)
        if released_by is not None and self.free > before.free:
            targets = self.linked.aim(self.free, may_raise=True)
            self._say_changed(Cause.RELEASED, targets, released_by.line.sale_id)
        self._ask_for_returns(moved if released_by is None or released_by in moved else [*moved, released_by])

    def _recount(self, before: sharing.Standings, claimants: list[Hold]) -> None:
        """Carry what sales hold and lack; sales left out of `holds` haven't changed."""
        self.changes.stock = True
        for hold in claimants:
            self.held += hold.held - before.held(hold)
            self.short += hold.short - before.short(hold)

    def _sold(self, hold: Hold) -> Sold:
        targets = self.linked.aim(self.free, sold_by=hold.line.listing_id) if hold.claim else ()
        units = hold.claim or hold.line.quantity
        return Sold(hold.line, hold.outcome or Outcome.HELD, units, hold.held, self.free, targets)

    # -- listings ------------------------------------------------------------------------------------------------

    def observe(self, listing: Listing, seen: Observation, at: datetime) -> None:
        """Compare what a linked listing shows with the stock; `listing` has taken the observation over already."""
        self.linked.touched.add(listing.id)
        if not seen.is_live or not self._was_open(listing, at) or not listing.is_settled:
            return
        if seen.quantity == self.free:
            self._agree(listing)
        elif seen.stock_master:
            self._adjust(listing, seen.quantity, drop=self.free - seen.quantity)
        else:
            self._doubt(listing, seen.quantity)

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
        return self._was_open(listing, at)

    def _join(self, listing: Listing) -> None:
        """A listing was found to show this article too: the stock decides, unless nothing but another import did."""
        shown = listing.observed_quantity if listing.state is ListingState.LIVE else None
        if shown is not None and listing.stock_master and self._is_mere_import():
            self._adjust(listing, shown)
            return
        if shown is not None and shown < self.free:
            self._doubt(listing, shown)
        targets = self.linked.lower(self.free)
        if targets:
            self._say_changed(Cause.LINKED, targets)

    def _is_mere_import(self) -> bool:
        """Nobody has counted or sold yet: the stock is what another listing showed."""
        return not self.held and not self.short and any(one.anchored_at for one in self.linked)

    def unlink(self, listing_id: UUID) -> Listing:
        """Let a listing stand alone again. Its stock stays with the article."""
        listing = self.linked.by_id.pop(listing_id)
        listing.article_id, listing.anchored_at, listing.target_quantity = None, None, None
        listing.kept_apart = True
        self._say_changed(Cause.UNLINKED, ())
        return listing

    def _was_open(self, listing: Listing, at: datetime) -> bool:
        """Whether the stock was open before; if not, a live listing that was observed opens it now."""
        if self.is_open:
            return True
        if listing.state is ListingState.LIVE and listing.observed_quantity is not None:
            self.open(listing.observed_quantity, at, seen_on=listing)
        return False

    def _adjust(self, listing: Listing, quantity: int, *, drop: int = 0) -> None:
        """The stock master changed and no order explains it so far: the stock follows."""
        self.linked.anchor(listing, drop=drop)
        self._set_free(Entry.ADJUSTED, quantity, listing_id=listing.id)
        self._say_changed(Cause.ADJUSTED, self.linked.lower(self.free))

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

    # -- questions -----------------------------------------------------------------------------------------------

    def answer(self, question: Question, answer: Answer, at: datetime) -> None:
        """Do what a person answered."""
        if answer is Answer.MARKETPLACE_IS_RIGHT:
            self.count(question.units, at, note="the marketplace's figure was confirmed")
        elif answer is Answer.STOCK_IS_RIGHT:
            self.count(self.free, at)
        else:
            self._settle_return(self.holds[question.subject], put_back=answer is Answer.PUT_BACK)
        self._answered(question.kind, question.subject)

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

    def _ask_for_returns(self, moved: list[Hold]) -> None:
        for hold in moved:
            sale_id = hold.line.sale_id
            if hold.awaiting_return:
                self._ask(Question(QuestionKind.NOT_RESTOCKED, sale_id, hold.awaiting_return, self.free))
            elif hold.line.cancelled:
                self._answered(QuestionKind.NOT_RESTOCKED, sale_id)

    def _ask(self, question: Question) -> None:
        self.changes.questions[question.kind, question.subject] = question

    def _answered(self, kind: QuestionKind, subject: UUID) -> None:
        self.changes.questions[kind, subject] = None

    def _journal(
        self,
        entry: Entry,
        units: int,
        *,
        sale_id: UUID | None = None,
        listing_id: UUID | None = None,
        note: str | None = None,
    ) -> None:
        self.free += units
        self.changes.stock = True
        self.changes.journal.append(JournalRow(entry, units, sale_id, listing_id, note))

    def _say_changed(self, cause: Cause, targets: tuple[Target, ...], sale_id: UUID | None = None) -> None:
        self.changes.facts.append(Changed(cause, self.free, sale_id, targets))
