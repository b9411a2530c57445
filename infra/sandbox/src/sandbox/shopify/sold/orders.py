"""Resolvers of orders."""

from decimal import Decimal
from typing import Any

from sandbox.shopify import naming
from sandbox.shopify.context import Info, context_of
from sandbox.shopify.pages import PAGES_END, Page, Shelf
from sandbox.shopify.search import Search
from sandbox.shopify.sold.values import (
    GivenBack,
    Line,
    Sent,
    allocations,
    bag,
    page_of,
    tax_lines,
    time_or_none,
    transaction,
)
from sandbox.truth import ZERO, Order

SEARCHED: dict[str, Any] = {
    "updated_at": lambda o: o.updated_at,
    "created_at": lambda o: o.sold_at,
    "processed_at": lambda o: o.sold_at,
    "id": lambda o: int(o.id),
    "name": lambda o: o.name,
    "test": lambda o: str(o.test),
}
SORTS: dict[str, Any] = {"UPDATED_AT": SEARCHED["updated_at"], "ID": SEARCHED["id"]}
SHIPPED = {"none": "UNFULFILLED", "partial": "PARTIALLY_FULFILLED", "all": "FULFILLED"}


def find_order(info: Info, identifier: str) -> Order | None:
    context = context_of(info)
    number = naming.number_of(identifier, "Order")
    order = context.world.order("shopify", number) if number else None
    return order if order and order.account == context.account.name else None


def order_page(_root: object, info: Info, **args: Any) -> Page:
    """`orders`."""
    context = context_of(info)
    search = Search(args.get("query"), SEARCHED)
    value = SORTS.get(args["sortKey"], SEARCHED["processed_at"])
    name = args["sortKey"].lower() if args["sortKey"] in SORTS else "processed_at"
    shelf = Shelf(
        context.world.shelves(context.account.name).orders,
        end=int(context.account.limit("pages_end", PAGES_END)),
    )
    return shelf.page(search, args, name, lambda o: (value(o), int(o.id)))


def _order_money(value: Any) -> Any:
    return lambda order, _: bag(value(order), order.currency)


def _shipping_lines(order: Order) -> list[dict[str, object]]:
    listed = bag(order.shipping + order.shipping_discount, order.currency)
    paid = bag(order.shipping, order.currency)
    off = allocations(order.shipping_discount, order.currency)
    row = {
        "id": naming.gid("ShippingLine", order.id),
        "title": "Standard",
        "code": "Standard",
        "source": "shopify",
    }
    return (
        [
            {
                **row,
                "originalPriceSet": listed,
                "discountedPriceSet": paid,
                "taxLines": [],
                "discountAllocations": off,
            }
        ]
        if order.shipping or order.shipping_discount
        else []
    )


def _transactions(order: Order) -> list[dict[str, object]]:
    if order.paid_at is None:
        return []
    taken = transaction(order, order.id, "SALE", order.total, naming.graph_time(order.paid_at))
    given = [transaction(order, r.id, "REFUND", r.amount, naming.graph_time(r.at)) for r in order.refunds]
    return [taken, *given]


def _current_subtotal(order: Order) -> Decimal:
    return sum(((x.price - x.discount) * x.current for x in order.lines), ZERO)


def _current_total(order: Order) -> Decimal:
    return order.total - order.refunded if order.refunds else order.total


def _discounts(order: Order) -> Decimal:
    return sum((x.discount * x.quantity for x in order.lines), ZERO)


FIELDS: dict[str, dict[str, Any]] = {
    "Order": {
        "id": lambda o, _: naming.gid("Order", o.id),
        "legacyResourceId": lambda o, _: o.id,
        "number": lambda o, _: int(o.name.lstrip("#")) - 1000,
        "createdAt": lambda o, _: time_or_none(o.sold_at),
        "processedAt": lambda o, _: time_or_none(o.sold_at),
        "updatedAt": lambda o, _: time_or_none(o.updated_at),
        "closed": lambda _o, _: False,
        "closedAt": lambda _o, _: None,
        "cancelledAt": lambda o, _: time_or_none(o.cancelled_at),
        "cancelReason": lambda o, _: o.cancel_reason,
        "cancellation": lambda o, _: {"staffNote": None} if o.cancelled_at else None,
        "confirmed": lambda _o, _: True,
        "currencyCode": lambda o, _: o.currency,
        "presentmentCurrencyCode": lambda o, _: o.currency,
        "currentSubtotalPriceSet": _order_money(_current_subtotal),
        "currentTotalPriceSet": _order_money(_current_total),
        "displayFinancialStatus": lambda o, _: o.payment.upper(),
        "displayFulfillmentStatus": lambda o, _: SHIPPED[o.shipped],
        "fullyPaid": lambda o, _: o.paid_at is not None,
        "unpaid": lambda o, _: o.paid_at is None,
        "fulfillments": lambda o, _info, **_: [Sent(o, shipment) for shipment in o.shipments],
        "lineItems": lambda o, _info, **args: page_of([Line(o, line) for line in o.lines], args),
        "note": lambda _o, _: None,
        "paymentGatewayNames": lambda o, _: ["bogus" if o.test else "shopify_payments"],
        "refunds": lambda o, _info, **_: [GivenBack(o, refund) for refund in o.refunds],
        "shippingLines": lambda o, _info, **args: page_of(_shipping_lines(o), args),
        "sourceName": lambda _o, _: "web",
        "subtotalPriceSet": _order_money(lambda o: o.subtotal),
        "tags": lambda _o, _: [],
        "taxLines": lambda o, _: tax_lines(o, o.tax, o.subtotal),
        "taxesIncluded": lambda _o, _: False,
        "totalDiscountsSet": _order_money(_discounts),
        "totalOutstandingSet": _order_money(lambda o: ZERO if o.paid_at else o.total),
        "totalPriceSet": _order_money(lambda o: o.total),
        "totalReceivedSet": _order_money(lambda o: o.total if o.paid_at else ZERO),
        "totalRefundedSet": _order_money(lambda o: o.refunded),
        "totalShippingPriceSet": _order_money(lambda o: o.shipping + o.shipping_discount),
        "totalTaxSet": _order_money(lambda o: o.tax),
        "transactions": lambda o, _info, **_: _transactions(o),
    },
}
