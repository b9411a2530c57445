"""A Shopify order, whichever door it came in by, as normalised order lines.

REST-shaped webhooks and GraphQL answers are both parsed into `Order`; everything that must come out the same from
both is decided here, once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

from connector_kit.domain import (
    Amount,
    LineRefund,
    LineShipment,
    OrderLine,
    Payment,
    Restock,
    split_by_share,
)

ZERO = Decimal(0)

RestockType = Literal["cancel", "return", "legacy_restock", "no_restock"]

# Shopify's financial status, in lower case, as a payment state. `expired` and `pending` have not been paid.
PAYMENTS: dict[str, Payment] = {
    "authorized": "authorized",
    "paid": "paid",
    "partially_paid": "authorized",
    "partially_refunded": "partly_refunded",
    "pending": "unpaid",
    "refunded": "refunded",
    "voided": "voided",
    "expired": "voided",
}
_ZERO_DECIMAL = frozenset({"JPY", "KRW", "VND", "CLP", "ISK", "UGX", "XAF", "XOF", "PYG"})


@dataclass(frozen=True, slots=True)
class Line:
    """One line; `total` is what its units cost after all discounts, in the shop's currency."""

    line_id: str
    title: str
    quantity: int
    current_quantity: int
    total: Decimal
    tax: Decimal
    sku: str | None = None
    variant_id: str | None = None


@dataclass(frozen=True, slots=True)
class RefundPart:
    """Units of one line in a refund, with their price and tax."""

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
    """One fulfilment with its tracking numbers; `line_ids` travel in it."""

    line_ids: frozenset[str]
    shipped_at: datetime
    tracking: tuple[tuple[str | None, str | None, str | None], ...]
    """(courier, number, url), one for each number; a parcel without any has one row of nothing."""


@dataclass(frozen=True, slots=True)
class Order:
    """A Shopify order as far as Soldwire reads it: no buyer, no address."""

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


def order_lines(order: Order, shop: str) -> list[OrderLine]:
    """The order's lines, whole. Money of the order that is not a line's own goes to the lines by price share."""
    sold = [line for line in order.lines if line.quantity > 0]
    unit = Decimal(1) if order.currency in _ZERO_DECIMAL else Decimal("0.01")
    shares = [line.total for line in sold]
    own_tax = [line.tax for line in sold]
    shipping_tax = order.tax - sum(own_tax, ZERO)
    taxes = [a + b for a, b in zip(own_tax, split_by_share(shipping_tax, shares, unit), strict=True)]
    shipping_net = order.shipping - (shipping_tax if order.taxes_included else ZERO)
    shipping = split_by_share(shipping_net, shares, unit)
    refunds = _refunds_of(order, sold, unit)
    return [
        _line(order, shop, line, shipping[n], taxes[n], refunds[line.line_id]) for n, line in enumerate(sold)
    ]


def _line(
    order: Order, shop: str, line: Line, shipping: Decimal, tax: Decimal, refunds: Sequence[LineRefund]
) -> OrderLine:
    net = line.total - line.tax if order.taxes_included else line.total
    parts = [part for refund in order.refunds for part in refund.parts if part.line_id == line.line_id]
    return OrderLine(
        order_id=order.order_id,
        line_id=line.line_id,
        title=line.title,
        quantity=line.quantity,
        payment=PAYMENTS.get(order.financial_status, "unpaid"),
        price=Amount(net, order.currency),
        sold_at=order.sold_at,
        order_number=order.name,
        order_url=f"https://{shop}/admin/orders/{order.order_id}",
        listing_aliases=(f"variant:{line.variant_id}",) if line.variant_id else (),
        sku=line.sku,
        cancelled_quantity=_cancelled(order, line, parts),
        restock=_restock(parts),
        shipping_price=Amount(shipping, order.currency) if order.shipping else None,
        tax=Amount(tax, order.currency) if order.tax else None,
        refunds=tuple(refunds),
        shipments=_shipments(order, line.line_id),
        cancelled_at=order.cancelled_at,
        as_of=order.updated_at,
        test=order.test,
    )


def _cancelled(order: Order, line: Line, parts: Sequence[RefundPart]) -> int:
    """Units taken out before they were sent: all of a cancelled order, `cancel` refunds, and units edited away.

    A return or a refund without restock is money, not a cancellation.
    """
    if order.cancelled_at is not None:
        return line.quantity
    refunded = sum(part.quantity for part in parts)
    edited = max(line.quantity - line.current_quantity - refunded, 0)
    return min(line.quantity, edited + sum(part.quantity for part in parts if part.restock == "cancel"))


def _restock(parts: Sequence[RefundPart]) -> Restock:
    back = {part.restock != "no_restock" for part in parts if part.quantity}
    if len(back) != 1:
        return "unknown"
    return "restocked" if back.pop() else "not_restocked"


def _refunds_of(order: Order, lines: Sequence[Line], unit: Decimal) -> dict[str, list[LineRefund]]:
    """Each refund's money on the lines it speaks of, by their amounts; one that names none is for all of them."""
    found: dict[str, list[LineRefund]] = {line.line_id: [] for line in lines}
    for refund in sorted(order.refunds, key=lambda r: (r.at, r.refund_id)):
        named = {p.line_id: p for p in refund.parts if p.line_id in found}
        ids = list(named) or [line.line_id for line in lines]
        weights = [named[i].amount for i in ids] if named else [line.total for line in lines]
        for line_id, amount in zip(ids, split_by_share(refund.amount, weights, unit), strict=True):
            quantity = sum(p.quantity for p in refund.parts if p.line_id == line_id)
            if amount or quantity:
                money = Amount(amount, order.currency)
                found[line_id].append(LineRefund(refund.refund_id, money, quantity, refund.at))
    return found


def _shipments(order: Order, line_id: str) -> tuple[LineShipment, ...]:
    parcels = [parcel for parcel in order.parcels if line_id in parcel.line_ids]
    return tuple(
        LineShipment(courier, number, url, parcel.shipped_at)
        for parcel in sorted(parcels, key=lambda p: p.shipped_at)
        for courier, number, url in parcel.tracking
    )


def instant(at: datetime) -> datetime:
    """UTC, to the second: REST tells no fractions, GraphQL may."""
    return at.astimezone(UTC).replace(microsecond=0)
