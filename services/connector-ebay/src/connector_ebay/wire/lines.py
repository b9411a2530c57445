"""An eBay order as the order lines Soldwire keeps: money per line, refunds by id, parcels, cancelling."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from connector_kit.domain import (
    Amount,
    LineFee,
    LineRefund,
    LineShipment,
    OrderLine,
    Payment,
    Restock,
    split_by_share,
)
from connector_kit.marketplace import UnreadableOrder
from pydantic import JsonValue, ValidationError
from pydantic_core import to_json

from connector_ebay.wire.listings import sold_aliases
from connector_ebay.wire.orders import Fulfillment, LineItem, Order, OrderRefund
from connector_ebay.wire.orders import LineRefund as WireRefund

PAYMENTS: dict[str, Payment] = {
    "PENDING": "unpaid",
    "FAILED": "unpaid",
    "PAID": "paid",
    "PARTIALLY_REFUNDED": "partly_refunded",
    "FULLY_REFUNDED": "refunded",
}
OUT_OF_STOCK = frozenset({"OUT_OF_STOCK", "OUT_OF_STOCK_OR_CANNOT_FULFILL"})
"""Cancel reasons by which the seller says that the unit does not exist."""
ORDER_PAGE = "https://www.ebay.com/mesh/ord/details?orderid={}"


def order_lines(order: Order, fulfillments: Sequence[Fulfillment]) -> tuple[OrderLine, ...]:
    """All lines of one order; what eBay tells per order only goes to the lines by their share of the price."""
    shares = [item.price.value for item in order.line_items]
    fees = _fee_parts(order, shares)
    refunds = _refund_parts(order, shares)
    return tuple(
        _line(order, item, fee, refund, fulfillments)
        for item, fee, refund in zip(order.line_items, fees, refunds, strict=True)
    )


def _line(
    order: Order,
    item: LineItem,
    fees: tuple[LineFee, ...],
    refunds: tuple[LineRefund, ...],
    fulfillments: Sequence[Fulfillment],
) -> OrderLine:
    currency = item.price.currency
    return OrderLine(
        order_id=order.order_id,
        line_id=item.line_item_id,
        order_number=order.sales_record_reference or order.order_id,
        order_url=ORDER_PAGE.format(order.order_id),
        listing_aliases=sold_aliases(item),
        sku=item.sku,
        title=item.title,
        quantity=item.quantity,
        cancelled_quantity=item.quantity if order.cancelled else 0,
        restock=_restock(order),
        payment=_payment(order),
        price=Amount(item.price.value, currency),
        shipping_price=Amount(item.delivery_cost.charged, currency),
        tax=Amount(item.tax, currency),
        fees=fees,
        refunds=refunds,
        shipments=_shipments(item, fulfillments),
        sold_at=order.creation_date,
        paid_at=order.paid_at,
        cancelled_at=order.cancel_status.cancelled_date if order.cancelled else None,
        as_of=order.last_modified_date,
    )


def _payment(order: Order) -> Payment:
    """eBay's word; where it uses one it had not documented, whether a payment came in."""
    payment = PAYMENTS.get(order.order_payment_status) or ("paid" if order.paid_at else "unpaid")
    return "voided" if order.cancelled and payment == "unpaid" else payment


def _restock(order: Order) -> Restock:
    """eBay never says that a unit is back on the shelf; it says when the seller did not have it."""
    reasons = {request.cancel_reason for request in order.cancel_status.cancel_requests}
    return "not_restocked" if order.cancelled and reasons & OUT_OF_STOCK else "unknown"


def _fee_parts(order: Order, shares: Sequence[Decimal]) -> list[tuple[LineFee, ...]]:
    total = order.total_marketplace_fee
    if total is None:
        return [() for _ in shares]
    parts = split_by_share(total.value, shares)
    return [(LineFee("marketplace_fee", Amount(part, total.currency)),) for part in parts]


def _refund_parts(order: Order, shares: Sequence[Decimal]) -> list[tuple[LineRefund, ...]]:
    """Refunds told per line as they are; one told for the order only, split over its lines."""
    held = {
        _refund_id(refund) for refund in order.payment_summary.refunds if refund.refund_status != "REFUNDED"
    }
    found: list[list[LineRefund]] = [
        [
            part
            for refund in item.refunds
            if _refund_id(refund) not in held and (part := _refund(refund, None))
        ]
        for item in order.line_items
    ]
    told = {_refund_id(refund) for item in order.line_items for refund in item.refunds}
    for refund in order.payment_summary.refunds:
        if refund.refund_status == "REFUNDED" and _refund_id(refund) not in told:
            for parts, split in zip(found, _split(refund, shares), strict=True):
                parts.extend(split)
    return [tuple(parts) for parts in found]


def _split(refund: OrderRefund, shares: Sequence[Decimal]) -> list[tuple[LineRefund, ...]]:
    amounts = split_by_share(refund.amount.value, shares) if refund.amount else [Decimal(0)] * len(shares)
    parts = [_refund(refund, amount) for amount in amounts]
    return [(part,) if part and part.amount.amount else () for part in parts]


def _refund(refund: WireRefund, amount: Decimal | None) -> LineRefund | None:
    """A refund's part; None for one without an amount or a date, which eBay has not issued yet."""
    if refund.amount is None or refund.refund_date is None:
        return None
    value = refund.amount.value if amount is None else amount
    return LineRefund(_refund_id(refund), Amount(value, refund.amount.currency), 0, refund.refund_date)


def _refund_id(refund: WireRefund) -> str:
    fallback = refund.refund_date.isoformat() if refund.refund_date else ""
    return refund.refund_id or refund.refund_reference_id or fallback


def _shipments(item: LineItem, fulfillments: Sequence[Fulfillment]) -> tuple[LineShipment, ...]:
    mine = [f for f in fulfillments if any(line.line_item_id == item.line_item_id for line in f.line_items)]
    return tuple(
        LineShipment(
            courier=parcel.shipping_carrier_code,
            tracking_number=parcel.shipment_tracking_number,
            shipped_at=parcel.shipped_date,
        )
        for parcel in sorted(mine, key=lambda parcel: (str(parcel.shipped_date), parcel.fulfillment_id or ""))
    )


def read_order(value: JsonValue) -> Order | UnreadableOrder:
    """One order of a page, or why it is none."""
    try:
        return Order.model_validate(value)
    except ValidationError as error:
        return UnreadableOrder(to_json(value), words_of(error))


def words_of(error: ValidationError) -> str:
    """Where the first thing wrong is, and what."""
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(str(part) for part in first['loc']) or 'body'}: {first['msg']}"
