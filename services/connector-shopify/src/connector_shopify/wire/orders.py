"""A Shopify order, by whichever door it came in: REST-shaped webhooks and GraphQL answers are both parsed into this."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from connector_kit.domain import Restock

from connector_shopify.wire.money import Pair

Tracking = tuple[str | None, str | None, str | None]
"""Courier, number, URL."""
RETURNED = frozenset({"return", "legacy_restock"})
"""Restock words for units that came back."""
PUT_BACK = RETURNED | {"cancel"}
"""Restock words for units that are on the shelf again."""
NOT_PUT_BACK = "no_restock"


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `total` is what its units cost after all discounts; removed units are not `current`."""

    line_id: str
    title: str
    quantity: int
    current: int
    total: Pair
    discount: Pair
    tax: Pair
    sku: str | None = None
    variant_id: str | None = None

    @property
    def removed(self) -> int:
        """Units refunded, cancelled or edited away."""
        return max(self.quantity - self.current, 0)


@dataclass(frozen=True, slots=True)
class RefundPart:
    """Units of one line in a refund, with their price and tax in the shop's currency.

    `restock`: one of the words above, or one Shopify has not documented.
    """

    line_id: str
    quantity: int
    restock: str
    amount: Decimal


def restock_word(parts: Iterable[RefundPart]) -> Restock | None:
    """What became of the units of one refund's parts; unknown where that differs among them, None where there are none."""
    kinds = {part.restock for part in parts}
    if not kinds:
        return None
    if kinds <= PUT_BACK:
        return "restocked"
    return "not_restocked" if kinds == {NOT_PUT_BACK} else "unknown"


@dataclass(frozen=True, slots=True)
class Refund:
    """One refund: the money that went back in all, and the units it speaks of."""

    refund_id: str
    amount: Pair
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
    presentment_currency: str | None
    """The buyer's; None where it is not told."""
    channel: str | None
    financial_status: str
    sold_at: datetime
    updated_at: datetime
    cancelled_at: datetime | None
    taxes_included: bool
    shipping: Pair
    shipping_tax: Pair
    tax: Pair
    total: Pair | None
    """What the buyer pays in all: with duties, fees and tips; None where it is not told."""
    test: bool
    lines: tuple[Line, ...]
    refunds: tuple[Refund, ...]
    parcels: tuple[Parcel, ...]

    @property
    def sold(self) -> list[Line]:
        """Its lines, oldest first: what can't be divided evenly goes to the first, whichever door tells them."""
        found = (line for line in self.lines if line.quantity > 0)
        return sorted(found, key=lambda line: (len(line.line_id), line.line_id))

    @property
    def buyers_currency(self) -> str | None:
        """The buyer's currency where it is another than the shop's."""
        return self.presentment_currency if self.presentment_currency != self.currency else None

    @property
    def is_told_in_both(self) -> bool:
        """Whether each of its amounts is told in the buyer's currency too."""
        amounts = [self.shipping, self.shipping_tax, self.tax, *(refund.amount for refund in self.refunds)]
        amounts += [self.total] if self.total else []
        amounts += [amount for line in self.lines for amount in (line.total, line.discount, line.tax)]
        return all(amount.buyer is not None for amount in amounts)

    def parts_of(self, line: Line) -> tuple[RefundPart, ...]:
        """What refunds say of a line."""
        return tuple(p for refund in self.refunds for p in refund.parts if p.line_id == line.line_id)

    def sent(self, line: Line) -> int:
        """Units of a line that are on their way."""
        return min(sum(parcel.units.get(line.line_id, 0) for parcel in self.parcels), line.quantity)


def instant(at: datetime) -> datetime:
    """UTC, to the second: REST tells no fractions, GraphQL may."""
    return at.astimezone(UTC).replace(microsecond=0)
