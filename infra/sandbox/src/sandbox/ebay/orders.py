"""The Fulfillment API: orders with their fees, payments, refunds, and shipping fulfilments."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from urllib.parse import urlencode

from sandbox.ebay.replies import Body, EbayError, money, time_text, whole
from sandbox.truth import CENT, Account, Order, OrderLine, Shipment, World
from sandbox.web import Reply, Request

DOMAIN = "API_FULFILLMENT"
FEE = Decimal("0.128")
FULFILLED = {"none": "NOT_STARTED", "partial": "IN_PROGRESS", "all": "FULFILLED"}
PAID = {
    "pending": "PENDING",
    "paid": "PAID",
    "partially_refunded": "PARTIALLY_REFUNDED",
    "refunded": "FULLY_REFUNDED",
    "voided": "FAILED",
}
CANCEL_REASONS = {"CUSTOMER": "BUYER_ASKED_CANCEL", "INVENTORY": "OUT_OF_STOCK_OR_CANNOT_FULFILL"}
RANGE = re.compile(r"(\w+):(\[([^\]]*?)\.\.([^\]]*?)\]|\{([^}]*)\})")
ADDRESS: Body = {
    "addressLine1": "1 Example Street",
    "addressLine2": "Flat 1",
    "city": "London",
    "stateOrProvince": "England",
    "postalCode": "EX1 1MP",
    "countryCode": "GB",
}


def order_json(account: Account, order: Order, *, with_requests: bool) -> Body:
    """One order; `cancelRequests` is filled by getOrder only."""
    currency = order.currency
    fee = (order.subtotal * FEE).quantize(CENT)
    return {
        "orderId": order.id,
        "legacyOrderId": order.id,
        "creationDate": time_text(order.sold_at),
        "lastModifiedDate": time_text(order.updated_at),
        "orderFulfillmentStatus": FULFILLED[order.shipped],
        "orderPaymentStatus": PAID[order.payment],
        "sellerId": account.name,
        "buyer": _buyer(order),
        "pricingSummary": {
            "priceSubtotal": money(order.subtotal, currency),
            "deliveryCost": money(order.shipping, currency),
            "tax": money(order.tax, currency),
            "total": money(order.total, currency),
        },
        "cancelStatus": _cancel_status(order, with_requests),
        "paymentSummary": _payments(order, order.total - fee),
        "fulfillmentStartInstructions": [_instruction(order)],
        "fulfillmentHrefs": [_href(order, shipment) for shipment in order.shipments],
        "lineItems": [_line(account, order, line) for line in order.lines],
        "salesRecordReference": str(order.seq),
        "totalFeeBasisAmount": money(order.total, currency),
        "totalMarketplaceFee": money(fee, currency),
    }


def _contact() -> Body:
    return {
        "fullName": "Example Buyer",
        "contactAddress": ADDRESS,
        "primaryPhone": {"phoneNumber": "01632960000"},
        "email": "00000000000000000000@members.ebay.com",
    }


def _buyer(order: Order) -> Body:
    tax = {key: ADDRESS[key] for key in ("city", "stateOrProvince", "postalCode", "countryCode")}
    return {"username": order.buyer, "taxAddress": tax, "buyerRegistrationAddress": _contact()}


def _cancel_status(order: Order, with_requests: bool) -> Body:
    if order.cancelled_at is None:
        return {"cancelState": "NONE_REQUESTED", "cancelRequests": []}
    at = time_text(order.cancelled_at)
    request = {
        "cancelCompletedDate": at,
        "cancelInitiator": "BUYER" if order.cancel_reason == "CUSTOMER" else "SELLER",
        "cancelReason": CANCEL_REASONS.get(order.cancel_reason or "", "OTHER"),
        "cancelRequestId": f"5{order.seq:09d}",
        "cancelRequestState": "COMPLETED",
        "cancelRequestedDate": at,
    }
    return {
        "cancelState": "CANCELED",
        "cancelledDate": at,
        "cancelRequests": [request] if with_requests else [],
    }


def _payments(order: Order, due: Decimal) -> Body:
    currency = order.currency
    refunds = [
        {
            "refundId": refund.id,
            "refundReferenceId": refund.id,
            "refundDate": time_text(refund.at),
            "amount": money(refund.amount, currency),
            "refundStatus": "REFUNDED",
        }
        for refund in order.refunds
    ]
    payment: Body = {
        "paymentMethod": "EBAY",
        "paymentReferenceId": f"{order.seq:06d}_S",
        "amount": money(due, currency),
        "paymentStatus": "PAID" if order.paid_at else "PENDING",
    }
    if order.paid_at:
        payment["paymentDate"] = time_text(order.paid_at)
    return {"totalDueSeller": money(due, currency), "refunds": refunds, "payments": [payment]}


def _instruction(order: Order) -> Body:
    return {
        "fulfillmentInstructionsType": "SHIP_TO",
        **_estimate(order),
        "ebaySupportedFulfillment": False,
        "shippingStep": {
            "shipTo": _contact(),
            "shippingCarrierCode": "RoyalMail",
            "shippingServiceCode": "UK_RoyalMailTracked",
        },
    }


def _estimate(order: Order) -> Body:
    early, late = order.sold_at + timedelta(days=2), order.sold_at + timedelta(days=4)
    return {"minEstimatedDeliveryDate": time_text(early), "maxEstimatedDeliveryDate": time_text(late)}


def _line(account: Account, order: Order, line: OrderLine) -> Body:
    currency = order.currency
    market = str(account.settings.get("marketplace") or "EBAY_GB")
    sent = "all" if line.shipped >= line.quantity else ("partial" if line.shipped else "none")
    back = [r for r in order.refunds if any(part.line == line.id for part in r.lines)]
    return {
        "lineItemId": line.id,
        "legacyItemId": line.product,
        "sku": line.sku,
        "title": line.title,
        "lineItemCost": money(line.price * line.quantity, currency),
        "discountedLineItemCost": money(line.total, currency),
        "quantity": line.quantity,
        "soldFormat": "FIXED_PRICE",
        "listingMarketplaceId": market,
        "purchaseMarketplaceId": market,
        "lineItemFulfillmentStatus": FULFILLED[sent],
        "total": money(line.total + line.tax * line.quantity, currency),
        "deliveryCost": {"shippingCost": money(_shipping_of(order, line), currency)},
        "appliedPromotions": [],
        "taxes": [{"amount": money(line.tax * line.quantity, currency)}],
        "refunds": [
            {"refundId": r.id, "refundDate": time_text(r.at), "amount": money(r.amount, currency)}
            for r in back
        ],
        "properties": {"buyerProtection": True},
        "lineItemFulfillmentInstructions": {
            **_estimate(order),
            "shipByDate": time_text(order.sold_at + timedelta(days=2)),
            "guaranteedDelivery": False,
        },
        "itemLocation": {"location": "London", "countryCode": "GB", "postalCode": "EX1"},
    }


def _shipping_of(order: Order, line: OrderLine) -> Decimal:
    """An equal part of the order's shipping; the first line takes what is left over, so that the lines add up."""
    part = (order.shipping / len(order.lines)).quantize(CENT, ROUND_DOWN)
    return part if line is not order.lines[0] else order.shipping - part * (len(order.lines) - 1)


def _href(order: Order, shipment: Shipment) -> str:
    return f"https://api.ebay.com/sell/fulfillment/v1/order/{order.id}/shipping_fulfillment/{shipment.tracking or '999'}"


def get_order(world: World, account: Account, order_id: str) -> Reply:
    return Reply.json(order_json(account, own_order(world, account, order_id), with_requests=True))


def own_order(world: World, account: Account, order_id: str) -> Order:
    order = world.order("ebay", order_id)
    if order is None or order.account != account.name or order.paid_at is None:
        raise EbayError(404, 32100, f"Invalid order ID: {order_id}", DOMAIN)
    return order


def get_orders(world: World, account: Account, request: Request) -> Reply:
    query = request.query
    limit, offset = whole(query.get("limit"), 50, 1, 200), whole(query.get("offset"), 0, 0, 10**9)
    if "orderIds" in query:
        found, limit, offset = _by_ids(world, account, query["orderIds"]), 50, 0
    elif limit is None:
        raise EbayError(400, 31100, f"Invalid limit: {query['limit']}", DOMAIN)
    elif offset is None:
        raise EbayError(400, 31000, f"Invalid offset: {query['offset']}", DOMAIN)
    else:
        found = _filtered(world, account, query.get("filter", ""))
    page = [order_json(account, order, with_requests=False) for order in found[offset : offset + limit]]
    answer: Body = {
        "href": _page_href(query, limit, offset),
        "total": len(found),
        "limit": limit,
        "offset": offset,
        "orders": page,
    }
    if offset + limit < len(found):
        answer["next"] = _page_href(query, limit, offset + limit)
    if offset > 0:
        answer["prev"] = _page_href(query, limit, max(0, offset - limit))
    return Reply.json(answer)


def _page_href(query: dict[str, str], limit: int, offset: int) -> str:
    params = {**query, "limit": str(limit), "offset": str(offset)}
    return f"https://api.ebay.com/sell/fulfillment/v1/order?{urlencode(params)}"


def _by_ids(world: World, account: Account, text: str) -> list[Order]:
    wanted = [part.strip() for part in text.split(",") if part.strip()]
    if len(wanted) > 50:
        raise EbayError(400, 30900, "Exceeded maximum number of order IDs (the current limit is 50)", DOMAIN)
    found = [world.order("ebay", order_id) for order_id in wanted]
    return [order for order in found if order and order.account == account.name and order.paid_at]


def _filtered(world: World, account: Account, text: str) -> list[Order]:
    filters = _filters(text)
    orders = [order for order in world.orders_of("ebay", account.name) if order.paid_at]
    if "creationdate" in filters:
        filters.pop("lastmodifieddate", None)
    if not filters:
        filters["creationdate"] = (f"{datetime.now(UTC) - timedelta(days=90):%Y-%m-%dT%H:%M:%S}Z", "")
    for name, (first, last) in filters.items():
        orders = FILTERS[name](orders, first, last)
    return sorted(orders, key=lambda order: order.sold_at, reverse=True)


def _filters(text: str) -> dict[str, tuple[str, str]]:
    filters: dict[str, tuple[str, str]] = {}
    rest = text
    while rest:
        match = RANGE.match(rest)
        if match is None or match[1] not in FILTERS:
            raise EbayError(400, 30700, f"Invalid filter name: {rest.split(':')[0]}", DOMAIN)
        filters[match[1]] = (match[5], "") if match[5] is not None else (match[3], match[4])
        rest = rest[match.end() :].lstrip(",")
    return filters


def _within(orders: list[Order], first: str, last: str, moment: Callable[[Order], datetime]) -> list[Order]:
    if not first:
        raise EbayError(400, 30820, "Start date is missing", DOMAIN)
    start, end = _date(first), _date(last) if last else datetime.now(UTC)
    if start > datetime.now(UTC):
        raise EbayError(400, 30850, "Start and end dates can't be in the future", DOMAIN)
    if start > end:
        raise EbayError(400, 30840, "Start date should be before end date", DOMAIN)
    if end - start > timedelta(days=731):
        raise EbayError(
            400, 30830, "Time range between start date and end date must be within '2' years.", DOMAIN
        )
    return [order for order in orders if start <= moment(order) <= end]


def _date(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise EbayError(400, 30810, "Invalid date format", DOMAIN) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _by_fulfillment(orders: list[Order], first: str, _last: str) -> list[Order]:
    wanted = set(first.split("|"))
    return [order for order in orders if FULFILLED[order.shipped] in wanted]


FILTERS: dict[str, Callable[[list[Order], str, str], list[Order]]] = {
    "lastmodifieddate": lambda orders, first, last: _within(orders, first, last, lambda o: o.updated_at),
    "creationdate": lambda orders, first, last: _within(orders, first, last, lambda o: o.sold_at),
    "orderfulfillmentstatus": _by_fulfillment,
}
