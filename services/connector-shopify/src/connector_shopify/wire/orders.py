"""A Shopify order, by whichever door it came in: REST-shaped webhooks and GraphQL answers are both parsed into this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

Tracking = tuple[str | None, str | None, str | None]
"""Courier, number, URL."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line in the shop's currency. `total` is what its units cost after all discounts; removed units are not `current`."""

    line_id: str
    title: str
    quantity: int
    current: int
    total: Decimal
    tax: Decimal
    sku: str | None = None
    variant_id: str | None = None

    @property
    def removed(self) -> int:
        """Units refunded, cancelled or edited away."""
        return max(self.quantity - self.current, 0)


@dataclass(frozen=True, slots=True)
class RefundPart:
    """Units of one line in a refund, with their price and tax. `restock`: cancel, return, legacy_restock, no_restock."""

    line_id: str
    quantity: int
    restock: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Refund:
    """One refund: the money that went back in all, and the units it speaks of."""

    refund_id: str
    amount: Decimal
    at: datetime
    parts: tuple[RefundPart, ...]


@dataclass(frozen=True, slots=True)
class Parcel:
    """One fulfilment: how many units of each line travel in it, and one row of tracking for each number."""

    parcel_id: str
    shipped_at: datetime
    units: Mapping[str, int]
    tracking: tuple[Tracking, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """An order as far as Soldwire reads it: no buyer, no address."""

    order_id: str
    name: str
    currency: str
    financial_status: str
    sold_at: datetime
    updated_at: datetime
    cancelled_at: datetime | None
    taxes_included: bool
    shipping: Decimal
    tax: Decimal
    test: bool
    lines: tuple[Line, ...]
    refunds: tuple[Refund, ...]
    parcels: tuple[Parcel, ...]

    def parts_of(self, line: Line) -> tuple[RefundPart, ...]:
        """What refunds say of a line."""
        return tuple(p for refund in self.refunds for p in refund.parts if p.line_id == line.line_id)

    def sent(self, line: Line) -> int:
        """Units of a line that are on their way."""
        return min(sum(parcel.units.get(line.line_id, 0) for parcel in self.parcels), line.quantity)


def instant(at: datetime) -> datetime:
    """UTC, to the second: REST tells no fractions, GraphQL may."""
    return at.astimezone(UTC).replace(microsecond=0)
