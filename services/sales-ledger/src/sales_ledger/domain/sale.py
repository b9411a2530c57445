"""A sale as the ledger holds it: what the marketplace, inventory, the orchestrator and people said, and its status."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar
from uuid import UUID


class OwnerKind(StrEnum):
    """Whose article was sold."""

    OWN = "own"
    CONSIGNED = "consigned"
    UNKNOWN = "unknown"


class Status(StrEnum):
    """A sale as its seller knows it."""

    NOT_PAID_UNCONFIRMED = "not_paid_unconfirmed"
    NOT_PAID = "not_paid"
    COMPLETE = "complete"
    PAID = "paid"
    OWNER_UNKNOWN = "owner_unknown"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount in one currency."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Fee:
    """One fee the marketplace keeps."""

    kind: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Refund:
    """One refund by the marketplace's own id."""

    refund_id: str
    amount: Money
    quantity: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Shipment:
    """A parcel as the marketplace names it."""

    courier: str | None
    tracking_number: str | None
    tracking_url: str | None
    shipped_at: datetime | None


@dataclass(frozen=True, slots=True)
class Line:
    """The marketplace's word: one order line, whole, at a revision."""

    revision: int
    account_id: UUID
    platform: str
    order_id: str
    order_number: str | None
    order_url: str | None
    line_id: str
    listing_id: UUID | None
    sku: str | None
    title: str
    thumbnail_url: str | None
    quantity: int
    cancelled_quantity: int
    payment: str
    price: Money
    shipping_price: Money | None
    tax: Money | None
    fees: tuple[Fee, ...]
    refunds: tuple[Refund, ...]
    shipments: tuple[Shipment, ...]
    sold_at: datetime
    paid_at: datetime | None
    cancelled_at: datetime | None
    accepted_at: datetime
    found_by: str


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
    paid_at: datetime | None = None
    paid_amount: Money | None = None


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
    revision: int = 0
    """The ledger's own, rising with every change it says."""
    recorded_at: datetime | None = None
    changed_at: datetime | None = None
    traceparent: str | None = None
    test: bool = False
    restated: bool = False
    """Whether the marketplace changed figures it had told us before."""

    @property
    def owner(self) -> OwnerKind:
        """Unknown until inventory has said it."""
        return self.stock.owner if self.stock else OwnerKind.UNKNOWN

    @property
    def contention(self) -> str | None:
        """Why the sale got less than it sold, by inventory's newest word; None when it got all."""
        stock, oversold = self.stock, self.oversold
        if oversold and (stock is None or _age(oversold) >= _age(stock)):
            return oversold.reason if oversold.units_held < oversold.units_sold else None
        if stock and stock.outcome == "contended":
            return "Another sale took the last unit. Cancel this order, or send another one if you have it."
        return None

    def with_line(self, line: Line) -> Sale:
        """The same or a lower revision changes nothing; what says only how we found it keeps its first value."""
        if self.line and self.line.revision >= line.revision:
            return self
        return replace(self, line=line)

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


def _refunded(line: Line) -> bool:
    total = sum((r.amount.amount for r in line.refunds), Decimal(0))
    return line.payment == "refunded" or (bool(line.refunds) and total >= line.price.amount > 0)


_RULES: tuple[tuple[Callable[[Sale, Line], bool], Status], ...] = (
    (lambda sale, _: sale.decisions.removed_at is not None, Status.REMOVED),
    (lambda _, line: line.cancelled_quantity >= line.quantity, Status.CANCELLED),
    (lambda sale, _: sale.decisions.paid_at is not None, Status.PAID),
    (lambda _, line: _refunded(line), Status.REFUNDED),
    (lambda sale, _: sale.owner is OwnerKind.UNKNOWN, Status.OWNER_UNKNOWN),
    (lambda sale, _: sale.owner is OwnerKind.OWN, Status.COMPLETE),
    (lambda sale, _: sale.decisions.confirmed_at is not None, Status.NOT_PAID),
)
"""The first that holds is the status; a consigned sale that nobody confirmed is what remains."""


def status_of(sale: Sale) -> Status | None:
    """A sale's status; None while the marketplace's own word has not come."""
    line = sale.line
    if line is None:
        return None
    return next((status for holds, status in _RULES if holds(sale, line)), Status.NOT_PAID_UNCONFIRMED)
