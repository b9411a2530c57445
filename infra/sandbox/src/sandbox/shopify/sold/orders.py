"""Resolvers of orders."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sandbox.shopify import naming
from sandbox.shopify.context import Info, ShopContext, context_of
from sandbox.shopify.pages import PAGES_END, Page, Shelf
from sandbox.shopify.rest.values import buyer_of
from sandbox.shopify.scopes import granted
from sandbox.shopify.search import Search, Term
from sandbox.shopify.sold.values import (
    GivenBack,
    Line,
    Sent,
    Value,
    allocations,
    bag,
    page_of,
    refund_value,
    tax_lines,
    time_or_none,
    transaction,
)
from sandbox.truth import ZERO, Order, now

SEARCHED: dict[str, Any] = {
    "updated_at": lambda o: o.updated_at,
    "created_at": lambda o: o.sold_at,
    "processed_at": lambda o: o.sold_at,
    "id": lambda o: int(o.id),
    "name": lambda o: o.name,
    "test": lambda o: str(o.test),
}
CAPTURES = 500_000_000_000
RECENT = timedelta(days=60)
SORTS: dict[str, Any] = {"UPDATED_AT": SEARCHED["updated_at"], "ID": SEARCHED["id"]}
SHIPPED = {"none": "UNFULFILLED", "partial": "PARTIALLY_FULFILLED", "all": "FULFILLED"}


def find_order(info: Info, identifier: str) -> Order | None:
    context = context_of(info)
    number = naming.number_of(identifier, "Order")
    order = context.world.order("shopify", number) if number else None
    if order is None or order.account != context.account.name:
        return None
    oldest = _oldest(context)
    return None if oldest and order.sold_at < oldest else order


def _oldest(context: ShopContext) -> datetime | None:
    """Orders from before then are not shown to an app without `read_all_orders`."""
    if "read_all_orders" in granted(context.account):
        return None
    return (now() - RECENT).replace(microsecond=0)


def order_page(_root: object, info: Info, **args: Any) -> Page:
    """`orders`."""
    context = context_of(info)
    search = Search(args.get("query"), SEARCHED)
    if oldest := _oldest(context):
        search.terms.append(Term("processed_at", ">=", oldest.isoformat()))
    value = SORTS.get(args["sortKey"], SEARCHED["processed_at"])
    name = args["sortKey"].lower() if args["sortKey"] in SORTS else "processed_at"
    shelf = Shelf(
        context.world.shelves(context.account.name).orders,
        end=int(context.account.limit("pages_end", PAGES_END)),
    )
    return shelf.page(search, args, name, lambda o: (value(o), int(o.id)))


def _order_money(value: Value) -> Any:
    return lambda order, _: bag(order, value)


def _shipping_lines(order: Order) -> list[dict[str, object]]:
    listed = bag(order, lambda o: o.shipping + o.shipping_discount)
    paid = bag(order, lambda o: o.shipping)
    off = allocations(order, lambda o: o.shipping_discount)
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
                "taxLines": tax_lines(order, lambda o: o.shipping_tax, _shipping_taxed),
                "discountAllocations": off,
            }
        ]
        if order.shipping or order.shipping_discount
        else []
    )


def _shipping_taxed(order: Order) -> Decimal:
    return order.shipping - (order.shipping_tax if order.taxes_included else ZERO)


def _transactions(order: Order) -> list[dict[str, object]]:
    """What was promised, taken and given back, each with a number of its own."""
    made: list[dict[str, object]] = []
    if order.authorized_at is not None:
        at = naming.graph_time(order.authorized_at)
        made.append(transaction(order, order.id, "AUTHORIZATION", lambda o: o.total, at))
    if order.paid_at is not None:
        captured = order.authorized_at is not None
        number = str(int(order.id) + CAPTURES) if captured else order.id
        at = naming.graph_time(order.paid_at)
        made.append(transaction(order, number, "CAPTURE" if captured else "SALE", lambda o: o.received, at))
    given = [(r.id, refund_value(r.id), naming.graph_time(r.at)) for r in order.refunds if r.amount]
    return [*made, *(transaction(order, number, "REFUND", value, at) for number, value, at in given)]


def _current_subtotal(order: Order) -> Decimal:
    return sum(((x.price - x.discount) * x.current for x in order.lines), ZERO)


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
        "presentmentCurrencyCode": lambda o, _: o.presented.currency,
        "currentSubtotalPriceSet": _order_money(_current_subtotal),
        "currentTotalPriceSet": _order_money(lambda o: o.current_total),
        "displayFinancialStatus": lambda o, _: o.payment.upper(),
        "displayFulfillmentStatus": lambda o, _: SHIPPED[o.shipped],
        "fullyPaid": lambda o, _: o.paid_at is not None and o.outstanding <= 0,
        "unpaid": lambda o, _: o.paid_at is None,
        "fulfillments": lambda o, _info, **_: [Sent(o, shipment) for shipment in o.shipments],
        "lineItems": lambda o, _info, **args: page_of([Line(o, line) for line in o.lines], args),
        "note": lambda _o, _: None,
        "paymentGatewayNames": lambda o, _: ["bogus" if o.test else "shopify_payments"],
        "refunds": lambda o, _info, **_: [GivenBack(o, refund) for refund in o.refunds],
        "shippingLines": lambda o, _info, **args: page_of(_shipping_lines(o), args),
        "sourceName": lambda o, _: o.channel,
        "customer": lambda o, _: {"id": naming.gid("Customer", buyer_of(o).id)},
        "subtotalPriceSet": _order_money(lambda o: o.subtotal),
        "tags": lambda _o, _: [],
        "taxLines": lambda o, _: tax_lines(o, lambda x: x.tax, lambda x: x.taxed),
        "taxesIncluded": lambda o, _: o.taxes_included,
        "totalDiscountsSet": _order_money(_discounts),
        "totalOutstandingSet": _order_money(lambda o: o.outstanding),
        "totalPriceSet": _order_money(lambda o: o.total),
        "totalReceivedSet": _order_money(lambda o: o.received),
        "totalRefundedSet": _order_money(lambda o: o.refunded),
        "totalShippingPriceSet": _order_money(lambda o: o.shipping + o.shipping_discount),
        "totalTaxSet": _order_money(lambda o: o.tax),
        "transactions": lambda o, _info, **_: _transactions(o),
    },
}
