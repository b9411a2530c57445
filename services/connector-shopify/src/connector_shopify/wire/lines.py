"""An order as the order lines Soldwire keeps; whatever must come out the same from every door is decided here, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from connector_kit.domain import (
    Amount,
    LineRefund,
    LineShipment,
    OrderLine,
    Payment,
    Restock,
    split_by_share,
)

from connector_shopify.wire.base import ZERO
from connector_shopify.wire.bounds import keepable
from connector_shopify.wire.orders import Line, Order, Refund, RefundPart

# Shopify's financial status in lower case. A word it had not documented counts as unpaid until it says a known one.
PAYMENTS: dict[str, Payment] = {
    "authorized": "authorized",
    "expired": "unpaid",
    "paid": "paid",
    "partially_paid": "unpaid",
    "partially_refunded": "partly_refunded",
    "pending": "unpaid",
    "refunded": "refunded",
    "voided": "voided",
}
_RETURNS = frozenset({"return", "legacy_restock"})
_CENT = Decimal("0.01")
# ISO 4217: currencies whose smallest unit is not a hundredth.
_WHOLE = (
    "BIF",
    "CLP",
    "DJF",
    "GNF",
    "ISK",
    "JPY",
    "KMF",
    "KRW",
    "PYG",
    "RWF",
    "UGX",
    "VND",
    "VUV",
    "XAF",
    "XOF",
    "XPF",
)
_THOUSANDTHS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
_SMALLEST: dict[str, Decimal] = {
    **dict.fromkeys(_WHOLE, Decimal(1)),
    **dict.fromkeys(_THOUSANDTHS, Decimal("0.001")),
}


def order_lines(order: Order, shop: str, told_at: datetime | None) -> tuple[OrderLine, ...]:
    """The order's lines, whole. Money that is no line's own goes to the lines by price share, the remainder to the first.

    Prices, shipping and tax of the lines add up to the order, whether the shop's prices include tax or not. `told_at`
    orders tellings of one second: when the webhook was triggered, or when the order was asked for. Raises UnmappableError
    for an order whose amounts can't be kept.
    """
    sold = [line for line in order.lines if line.quantity > 0]
    unit = _SMALLEST.get(order.currency, _CENT)
    shares = [max(line.total, ZERO) for line in sold]
    shipping_tax = max(order.tax - sum((line.tax for line in sold), ZERO), ZERO)
    shipping_net = order.shipping - (shipping_tax if order.taxes_included else ZERO)
    shipping = split_by_share(shipping_net, shares, unit)
    more_tax = split_by_share(shipping_tax, shares, unit)
    told = tuple(
        replace(
            _line(order, shop, line, shipping[n], line.tax + more_tax[n], _refunds(order, sold, line, unit)),
            told_at=told_at,
        )
        for n, line in enumerate(sold)
    )
    return keepable(told)


def _line(
    order: Order, shop: str, line: Line, shipping: Decimal, tax: Decimal, refunds: tuple[LineRefund, ...]
) -> OrderLine:
    net = line.total - line.tax if order.taxes_included else line.total
    cancelled = _cancelled(order, line)
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
        cancelled_quantity=cancelled,
        restock=_restock(order.parts_of(line)) if cancelled else "unknown",
        shipping_price=Amount(shipping, order.currency),
        tax=Amount(tax, order.currency),
        refunds=refunds,
        shipments=_shipments(order, line),
        cancelled_at=order.cancelled_at,
        as_of=order.updated_at,
        test=order.test,
    )


def _cancelled(order: Order, line: Line) -> int:
    """Units that will not be sent: all of a cancelled order, else removed ones, up to those not sent yet.

    A unit that was sent and came back, or was refunded and kept, is money, not a cancellation.
    """
    if order.cancelled_at is not None:
        return line.quantity
    sent = order.sent(line)
    came_back = sum(part.quantity for part in order.parts_of(line) if part.restock in _RETURNS)
    return max(min(line.removed - min(came_back, sent), line.quantity - sent), 0)


def _restock(parts: Sequence[RefundPart]) -> Restock:
    """Not restocked as soon as one unit is not: then a person is asked."""
    kinds = {part.restock for part in parts if part.quantity}
    if not kinds:
        return "unknown"
    return "not_restocked" if "no_restock" in kinds else "restocked"


def _refunds(order: Order, lines: Sequence[Line], line: Line, unit: Decimal) -> tuple[LineRefund, ...]:
    found = [
        LineRefund(refund.refund_id, Amount(amount, order.currency), quantity, refund.at)
        for refund in sorted(order.refunds, key=lambda r: (r.at, r.refund_id))
        if (amount := _shares(refund, lines, unit).get(line.line_id, ZERO))
        for quantity in [sum(p.quantity for p in refund.parts if p.line_id == line.line_id)]
    ]
    return tuple(found)


def _shares(refund: Refund, lines: Sequence[Line], unit: Decimal) -> dict[str, Decimal]:
    """The refund's money on the lines it names, by their amounts; one that names none is for all of them, by price.

    What really went back counts, not what the named units cost: shipping and goodwill are in it, fees kept are not.
    """
    known = {line.line_id: line.total for line in lines}
    named: dict[str, Decimal] = {}
    for part in refund.parts:
        if part.line_id in known:
            named[part.line_id] = named.get(part.line_id, ZERO) + part.amount
    weights = {key: value for key, value in named.items() if value > 0} or named or known
    shares = split_by_share(refund.amount, [max(weight, ZERO) for weight in weights.values()], unit)
    return dict(zip(weights, shares, strict=True))


def _shipments(order: Order, line: Line) -> tuple[LineShipment, ...]:
    parcels = [parcel for parcel in order.parcels if line.line_id in parcel.units]
    return tuple(
        LineShipment(courier, number, url, parcel.shipped_at)
        for parcel in sorted(parcels, key=lambda p: (p.shipped_at, p.parcel_id))
        for courier, number, url in parcel.tracking
    )
