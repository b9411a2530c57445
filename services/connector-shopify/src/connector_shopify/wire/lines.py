"""An order as the order lines Soldwire keeps; whatever must come out the same from every door is decided here, once."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime

from connector_kit.domain import (
    Amount,
    LineRefund,
    LineShipment,
    OrderLine,
    Payment,
    Presentment,
    Restock,
)

from connector_shopify.wire.bounds import keepable
from connector_shopify.wire.orders import NOT_PUT_BACK, PUT_BACK, RETURNED, Line, Order
from connector_shopify.wire.sums import Sums, refunds_by_line, sums_in_buyers_currency, sums_in_shops_currency

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


def order_lines(order: Order, shop: str, told_at: datetime | None) -> tuple[OrderLine, ...]:
    """The order's lines, whole. Money that is no line's own goes to the lines by price share, the remainder to the first.

    Prices, shipping and tax of the lines add up to the order, whether the shop's prices include tax or not, in the
    shop's currency and in the buyer's. What the buyer saw is said only where that was another currency: the same twice
    is no news. `told_at` orders tellings of one second: when the webhook was triggered, or when the order was asked for.
    Raises UnmappableError for an order whose amounts can't be kept.
    """
    ours = sums_in_shops_currency(order)
    buyers = sums_in_buyers_currency(order)
    refunds = refunds_by_line(order)
    told = tuple(
        replace(
            _line(order, shop, line, ours[n], refunds[line.line_id]),
            presentment=_presentment(buyers[n]) if buyers else None,
            told_at=told_at,
        )
        for n, line in enumerate(order.sold)
    )
    return keepable(told)


def _line(order: Order, shop: str, line: Line, sums: Sums, refunds: tuple[LineRefund, ...]) -> OrderLine:
    cancelled = _cancelled(order, line)
    return OrderLine(
        order_id=order.order_id,
        line_id=line.line_id,
        title=line.title,
        quantity=line.quantity,
        payment=PAYMENTS.get(order.financial_status, "unpaid"),
        price=Amount(sums.price, sums.currency),
        sold_at=order.sold_at,
        order_number=order.name,
        order_url=f"https://{shop}/admin/orders/{order.order_id}",
        listing_aliases=(f"variant:{line.variant_id}",) if line.variant_id else (),
        sku=line.sku,
        cancelled_quantity=cancelled,
        restock=_restock(order, line, cancelled),
        discount=Amount(sums.discount, sums.currency),
        shipping_price=Amount(sums.shipping, sums.currency),
        tax=Amount(sums.tax, sums.currency),
        channel=order.channel,
        refunds=refunds,
        shipments=_shipments(order, line),
        cancelled_at=order.cancelled_at,
        as_of=order.updated_at,
        test=order.test,
    )


def _presentment(sums: Sums) -> Presentment:
    return Presentment(
        price=Amount(sums.price, sums.currency),
        shipping_price=Amount(sums.shipping, sums.currency),
        tax=Amount(sums.tax, sums.currency),
        discount=Amount(sums.discount, sums.currency),
    )


def _cancelled(order: Order, line: Line) -> int:
    """Units that will not be sent: all of a cancelled order, else removed ones, up to those not sent yet.

    A unit that was sent and came back, or was refunded and kept, is money, not a cancellation.
    """
    if order.cancelled_at is not None:
        return line.quantity
    sent = order.sent(line)
    came_back = sum(part.quantity for part in order.parts_of(line) if part.restock in RETURNED)
    return max(min(line.removed - min(came_back, sent), line.quantity - sent), 0)


def _restock(order: Order, line: Line, cancelled: int) -> Restock:
    """Whether cancelled units, and sent ones that came back, are on the shelf again.

    One word speaks of both: where nothing is known, units that were edited away count as put back and returned ones are
    asked about. Units put back are cancelled ones first: where they are enough for those, one that was not had been sent.
    """
    units = _told(order, line, cancelled)
    kinds = {kind for kind, count in units.items() if count}
    if kinds and kinds <= PUT_BACK:
        return "restocked"
    returned = min(sum(units[kind] for kind in RETURNED), order.sent(line))
    put_back = units.total() - units[NOT_PUT_BACK] - returned
    return "not_restocked" if NOT_PUT_BACK in kinds and put_back < cancelled else "unknown"


def _told(order: Order, line: Line, cancelled: int) -> Counter[str]:
    """Units of the line by what became of them.

    An order takes its units when it is made, paid or not, and what its cancellation puts back Shopify has on record as
    refunded, with or without money: those of a cancelled order that it has not were left out.
    """
    units = Counter[str]()
    for part in order.parts_of(line):
        units[part.restock] += part.quantity
    if order.cancelled_at is not None:
        units[NOT_PUT_BACK] += max(cancelled - units.total(), 0)
    return units


def _shipments(order: Order, line: Line) -> tuple[LineShipment, ...]:
    parcels = [parcel for parcel in order.parcels if parcel.units.get(line.line_id)]
    return tuple(
        LineShipment(courier, number, url, parcel.shipped_at)
        for parcel in sorted(parcels, key=lambda p: (p.shipped_at, len(p.parcel_id), p.parcel_id))
        for courier, number, url in parcel.tracking
    )
