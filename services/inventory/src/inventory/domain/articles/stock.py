"""An article's stock: opened once, counted, shared out among the sales that claim it, every change said."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from inventory.domain import sharing
from inventory.domain.facts import Changed, Changes, JournalRow, Question, Sold
from inventory.domain.linked import Linked
from inventory.domain.listings import Drop, Listing, Target
from inventory.domain.money import Money
from inventory.domain.owners import Cost, Owner
from inventory.domain.ownership import OwnerRules
from inventory.domain.sales import Hold, SaleLine
from inventory.domain.words import Cause, Entry, Outcome, QuestionKind


@dataclass(slots=True)
class ArticleStock:
    """What an article has and what became of it: the part that sales and listings both change.

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
    price: Money | None = None
    brand: str | None = None
    location: str | None = None
    """Where it lies."""
    thumbnail_url: str | None = None
    owner_given: bool = False
    """A person said whose it is; else `owner` is what the tenant's rules gave last."""
    rules: OwnerRules | None = None
    """Those rules, when they are at hand."""
    merged_into: UUID | None = None
    """The article this one turned out to be; it has nothing of its own any more."""

    def follow_rules(self) -> None:
        """Let the owner be what the rules say now, unless a person gave one."""
        if self.owner_given or self.rules is None:
            return
        owner = self.rules.owner_of(self.sku, (listing.vendor for listing in self.linked))
        if owner != self.owner:
            self.owner, self.changes.stock = owner, True

    @property
    def is_open(self) -> bool:
        """Whether its stock has been counted, imported or observed."""
        return self.opened_at is not None

    def next_revision(self) -> None:
        """Something more is about to be said of it."""
        self.revision += 1
        self.changes.stock = True

    def open(self, quantity: int, at: datetime, *, seen_on: Listing | None = None) -> None:
        """Say once how many there are: by a person's count, or by one listing's observed quantity."""
        self.opened_at = at
        before = self._standings()
        if seen_on is not None:
            seen_on.tried = 0
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
        if quantity != self.free or entry is Entry.EDITED:  # a count that found what was expected is one, too
            self._journal(entry, quantity - self.free, listing_id=listing_id, note=note)
        self._settle(before)

    def _adjust(self, listing: Listing, quantity: int, *, drop: int = 0) -> None:
        """The stock master changed and no order explains it so far: the stock follows."""
        self.linked.anchor(listing, drop=drop)
        self._set_free(Entry.ADJUSTED, quantity, listing_id=listing.id)
        dropped = Drop(listing.observed_at, drop) if drop > 0 and listing.observed_at else None
        self._say_changed(Cause.ADJUSTED, self.linked.lower(self.free), drop=dropped)

    def _cover(self, hold: Hold) -> None:
        """Add back the units of a sale that the observation which set the stock had left out already."""
        if hold.outcome is None:
            hold.covered_until, hold.explains = self.linked.explain(hold.line)
        moment = hold.covered_until
        units = hold.line.sold_by(moment) - hold.covered if moment else 0
        units = max(units, -self.free - sum(one.held for one in self.holds.values()))
        if units:
            hold.covered += units
            self._journal(Entry.COVERED, units, sale_id=hold.line.sale_id, listing_id=hold.line.listing_id)

    def _count_back(self, hold: Hold, earlier: SaleLine) -> int:
        """Take off what a cancellation is about to release where the observation that set the stock has it counted as
        back already; returns the units.
        """
        line, moment = hold.line, self.linked.counted_back(hold.line)
        if moment is None or (hold.covered_until is not None and hold.covered_until >= moment):
            return 0
        units = max(0, min(line.back - earlier.back, hold.held - hold.claim))
        if units:
            self._journal(Entry.COVERED, -units, sale_id=line.sale_id, listing_id=line.listing_id)
        return units

    def _standings(self) -> sharing.Standings:
        return sharing.standings(self.holds.values(), self.free)

    def _claimants(self) -> list[Hold]:
        """The sales that claim stock, first served first."""
        return sorted((h for h in self.holds.values() if not h.line.is_history), key=lambda hold: hold.rank)

    def _settle(
        self, before: sharing.Standings, *, released_by: Hold | None = None, counted: int = 0
    ) -> None:
        """Share out anew and say what came of it; what the causing sale gave up is a release, also of `counted` units that
        the free stock has already.
        """
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
        if released_by is not None and self.free + counted > before.free:
            targets = self.linked.aim(self.free, may_raise=True)
            self._say_changed(Cause.RELEASED, targets, released_by.line.sale_id)
        self._ask_for_returns(moved if released_by is None or released_by in moved else [*moved, released_by])

    def _recount(self, before: sharing.Standings, claimants: list[Hold]) -> None:
        """Carry what sales hold and lack; sales left out of `holds` haven't changed."""
        self.changes.stock = True
        for hold in claimants:
            self.held += hold.held - before.held(hold)
            self.short += hold.short - before.short(hold)

    def _sold(self, hold: Hold, *, aims: bool = True) -> Sold:
        aimed = aims and hold.claim > 0
        targets = self.linked.aim(self.free, sold_by=hold.line.listing_id) if aimed else ()
        units = hold.claim or hold.line.quantity
        outcome = hold.outcome or Outcome.HELD
        explains, hold.explains = hold.explains, ()
        self._fix_owner(hold)
        return Sold(hold.line, outcome, units, hold.held, self.free, targets, explains, hold.owner, hold.cost)

    def _fix_owner(self, hold: Hold) -> None:
        """The sale meets the article: whose it is now stays with the sale."""
        self.follow_rules()
        hold.fix_owner(self.owner, self.cost)

    def _ask_for_returns(self, moved: list[Hold]) -> None:
        for hold in moved:
            sale_id = hold.line.sale_id
            if hold.awaiting_return:
                self._ask(Question(QuestionKind.NOT_RESTOCKED, sale_id, hold.awaiting_return, self.free))
            elif hold.line.cancelled:
                self._answered(QuestionKind.NOT_RESTOCKED, sale_id)
            if hold.awaiting_refund:
                self._ask(Question(QuestionKind.REFUNDED, sale_id, hold.awaiting_refund, self.free))
            elif hold.line.given_back or hold.line.cancelled:
                self._answered(QuestionKind.REFUNDED, sale_id)

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

    def _say_changed(
        self,
        cause: Cause,
        targets: tuple[Target, ...],
        sale_id: UUID | None = None,
        *,
        drop: Drop | None = None,
    ) -> None:
        self.changes.facts.append(Changed(cause, self.free, sale_id, targets, drop))
