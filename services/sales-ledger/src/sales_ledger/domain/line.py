"""The marketplace's word on a sale: one order line, whole, at a revision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sales_ledger.domain.money import Money


@dataclass(frozen=True, slots=True)
class Fee:
    """One fee the marketplace keeps."""

    kind: str
    amount: Money


GIVEN = "given"
"""The kind of a fee that a person gave."""


@dataclass(frozen=True, slots=True)
class Refund:
    """One refund by the marketplace's own id."""

    refund_id: str
    amount: Money
    quantity: int
    at: datetime
    presentment: Money | None = None
    """In the buyer's currency, where that is another."""


@dataclass(frozen=True, slots=True)
class Presentment:
    """What the buyer saw, in another currency than the books are in."""

    price: Money
    shipping_price: Money | None
    tax: Money | None
    discount: Money | None


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
    discount: Money | None = None
    """What was taken off already: the price is what is left."""
    presentment: Presentment | None = None
    """None where the buyer saw the price's own currency."""
    channel: str | None = None
    """Where on the marketplace it sold."""
