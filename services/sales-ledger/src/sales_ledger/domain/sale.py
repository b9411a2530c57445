"""A sale as the ledger holds it: what the marketplace, inventory, the orchestrator and people said, and its status."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from sales_ledger.domain.figures import fees_of
from sales_ledger.domain.line import GIVEN, Fee, Line
from sales_ledger.domain.money import Money
from sales_ledger.domain.terms import Locked
from sales_ledger.domain.told import Told, is_restated, with_told


class OwnerKind(StrEnum):
    """Whose article was sold."""

    OWN = "own"
    CONSIGNED = "consigned"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Stock:
    """Inventory's word: what the sale did to the stock, and whose article it was."""

    reserved_at: datetime
    article_id: UUID
    outcome: str
    units_sold: int
    units_held: int
    remaining: int
    owner: OwnerKind
    consignor_id: UUID | None
    cost: Money | None
    revision: int = 0
    """Inventory's own of the article, one sequence with `Oversold`."""


@dataclass(frozen=True, slots=True)
class Oversold:
    """Inventory's word on a contended article, as far as this sale goes."""

    at: datetime
    units_sold: int
    units_held: int
    reason: str
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """The orchestrator's word on one listing."""

    listing_id: UUID
    account_id: UUID
    platform: str
    version: int
    target_quantity: int
    state: str
    sold_here: bool
    reason: str | None
    asked_at: datetime | None
    called_at: datetime | None
    applied_at: datetime | None
    verified_at: datetime | None
    exposure_ms: int | None


@dataclass(frozen=True, slots=True)
class Delist:
    """The orchestrator's word: every listing of the article, whole, at a revision."""

    revision: int
    at: datetime
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Decisions:
    """What people decided."""

    confirmed_at: datetime | None = None
    removed_at: datetime | None = None
    still_have_it: bool = False
    removal_said: bool = False
    """Whether the removal has left the house: until then an undo costs nothing."""


@dataclass(frozen=True, slots=True)
class Owned:
    """Whose article was sold; a consignor only when consigned."""

    kind: OwnerKind
    consignor_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """What a payout run paid of a sale, negative where it took back; no run for what was paid before there were any."""

    run_id: UUID | None
    amount: Money
    at: datetime


@dataclass(frozen=True, slots=True)
class Sale:
    """Each source's newest word side by side; whichever comes first makes the row, so order does not matter."""

    tenant_id: UUID
    sale_id: UUID
    line: Line | None = None
    stock: Stock | None = None
    oversold: Oversold | None = None
    delist: Delist | None = None
    completed_revision: int = 0
    completed_at: datetime | None = None
    decisions: Decisions = Decisions()
    owner_given: Owned | None = None
    """A person's word on whose article it was, which stands beside inventory's."""
    fees_given: Money | None = None
    """A person's word on what was kept of it, which counts while the marketplace has told no fees."""
    locked: Locked | None = None
    run_id: UUID | None = None
    """The payout run it is in, while that is neither paid nor cancelled."""
    payments: tuple[Payment, ...] = ()
    revision: int = 0
    """The ledger's own, rising with every change it says."""
    recorded_at: datetime | None = None
    changed_at: datetime | None = None
    traceparent: str | None = None
    test: bool = False
    told: tuple[Told, ...] = ()
    """The marketplace's figures at each revision heard, by revision; the last ones are the line's."""

    @property
    def restated(self) -> bool:
        """Whether the marketplace changed figures it had told before."""
        return is_restated(self.told)

    @property
    def reckoned(self) -> Line | None:
        """The line to reckon with: the marketplace's word, with the fees a person gave where it has told none in the sale's
        currency.
        """
        if self.line is None or self.fees_given is None or fees_of(self.line) is not None:
            return self.line
        return replace(self.line, fees=(Fee(GIVEN, self.fees_given),))

    @property
    def is_in_run(self) -> bool:
        """Whether a payout run that is not cancelled has it."""
        return self.run_id is not None or bool(self.payments)

    @property
    def owned(self) -> Owned:
        """A person's word before inventory's; what a payout run has keeps the consignor it is paid to.

        Inventory says nothing of a test order: its seller's own, so that nobody is asked about it and nobody paid.
        """
        if self.test:
            return Owned(OwnerKind.OWN)
        if self.owner_given is not None:
            return self.owner_given
        if self.is_in_run and self.locked is not None:
            return Owned(OwnerKind.CONSIGNED, self.locked.consignor_id)
        if self.stock is None:
            return Owned(OwnerKind.UNKNOWN)
        is_consigned = self.stock.owner is OwnerKind.CONSIGNED
        return Owned(self.stock.owner, self.stock.consignor_id if is_consigned else None)

    @property
    def owner(self) -> OwnerKind:
        """Unknown until inventory or a person has said it."""
        return self.owned.kind

    @property
    def paid_amount(self) -> Money | None:
        """What its consignor was paid in all; None when no run ever paid anything."""
        if not self.payments:
            return None
        total = sum((payment.amount.amount for payment in self.payments), Decimal(0))
        return Money(total, self.payments[0].amount.currency)

    @property
    def is_paid(self) -> bool:
        """Whether its consignor holds money for it; all of it taken back is not paid."""
        return self.paid_amount is not None and self.paid_amount.amount > 0

    @property
    def paid_at(self) -> datetime | None:
        """When its consignor was paid last."""
        return self.payments[-1].at if self.is_paid else None

    @property
    def contention(self) -> str | None:
        """Why the sale got less than it sold, by inventory's newest word; None when it got all."""
        stock, oversold = self.stock, self.oversold
        if oversold and (stock is None or _age(oversold) >= _age(stock)):
            return oversold.reason if oversold.units_held < oversold.units_sold else None
        if stock and stock.outcome == "contended":
            return "Another sale took the last unit. Cancel this order, or send another one if you have it."
        return None

    def with_line(self, line: Line, at: datetime | None = None) -> Sale:
        """The higher revision wins. A lower one only adds what it told: in whatever order they come, figures that
        changed from one revision to the next are known in the end.
        """
        told = with_told(self.told, line, at or line.accepted_at)
        if self.line and self.line.revision >= line.revision:
            return self if told == self.told else replace(self, told=told)
        return replace(self, line=line, told=told)

    def with_stock(self, stock: Stock) -> Sale:
        """Inventory's later word wins."""
        return replace(self, stock=_later(self.stock, stock, lambda s: (*_age(s), s.units_held, s.outcome)))

    def with_oversold(self, oversold: Oversold) -> Sale:
        """Inventory's later word wins."""
        return replace(self, oversold=_later(self.oversold, oversold, lambda o: (*_age(o), o.units_held)))

    def with_delist(self, delist: Delist) -> Sale:
        """The higher revision wins."""
        return replace(self, delist=_later(self.delist, delist, lambda d: d.revision))

    def with_completion(self, delist: Delist) -> Sale:
        """A completion is also progress; it stands until a higher revision opens the delist again."""
        after = self.with_delist(delist)
        if delist.revision <= self.completed_revision:
            return after
        return replace(after, completed_revision=delist.revision, completed_at=delist.at)

    @property
    def is_delisted(self) -> bool:
        """Whether every step had ended when the orchestrator last spoke."""
        return self.delist is not None and self.completed_revision >= self.delist.revision


def _age(word: Stock | Oversold) -> tuple[int, datetime]:
    """How new a word of inventory is: by its revision, for transactions commit in another order than they begin."""
    return word.revision, word.reserved_at if isinstance(word, Stock) else word.at


T = TypeVar("T")


def _later(held: T | None, new: T, rank: Callable[[T], object]) -> T:
    return new if held is None or rank(new) > rank(held) else held  # type: ignore[operator]
