"""Resolvers of orders, their lines, fulfilments, refunds and transactions."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.shopify import naming
from sandbox.shopify.catalogue import Product, find_variant, location_row, product_of_variant
from sandbox.shopify.context import Info, context_of
from sandbox.shopify.pages import Page, paginate, search
from sandbox.truth import ZERO, LineQuantity, Order, OrderLine, Refund, Shipment

SHIPPED = {"none": "UNFULFILLED", "partial": "PARTIALLY_FULFILLED", "all": "FULFILLED"}


@dataclass(frozen=True, slots=True)
class Line:
    """An order line with its order."""

    order: Order
    line: OrderLine


@dataclass(frozen=True, slots=True)
class Part:
    """Some units of a line that were shipped or refunded; `restocked` says which way."""

    line: Line
    quantity: int
    number: str
    restocked: bool = False
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """A fulfilment with its order."""

    order: Order
    shipment: Shipment


@dataclass(frozen=True, slots=True)
class GivenBack:
    """A refund with its order."""

    order: Order
    refund: Refund


def bag(value: Decimal, currency: str) -> dict[str, object]:
    money = {"amount": naming.decimal(value), "currencyCode": currency}
    return {"shopMoney": money, "presentmentMoney": money}


def allocations(value: Decimal, currency: str) -> list[dict[str, object]]:
    """A discount's part on one line, the order's code included."""
    return [{"allocatedAmountSet": bag(value, currency)}] if value else []


def tax_lines(order: Order, value: Decimal, base: Decimal) -> list[dict[str, object]]:
    if value == 0:
        return []
    rate = float(round(value / base, 4)) if base else 0.0
    return [
        {
            "title": "VAT",
            "rate": rate,
            "ratePercentage": rate * 100,
            "priceSet": bag(value, order.currency),
            "channelLiable": False,
            "source": "shopify",
        }
    ]


def find_order(info: Info, identifier: str) -> Order | None:
    context = context_of(info)
    number = naming.number_of(identifier, "Order")
    order = context.world.order("shopify", number) if number else None
    return order if order and order.account == context.account.name else None


def order_page(_root: object, info: Info, **args: Any) -> Page:
    context = context_of(info)
    terms = {
        "updated_at": lambda o: o.updated_at,
        "created_at": lambda o: o.sold_at,
        "processed_at": lambda o: o.sold_at,
        "id": lambda o: o.id,
        "name": lambda o: o.name,
        "test": lambda o: str(o.test),
    }
    found = search(context.world.orders_of("shopify", context.account.name), args.get("query"), terms)
    keys: dict[str, Any] = {"UPDATED_AT": lambda o: o.updated_at, "ID": lambda o: int(o.id)}
    value = keys.get(args["sortKey"], lambda o: o.sold_at)
    return paginate(found, args, lambda o: (value(o), int(o.id)))


def parts(order: Order, lines: list[LineQuantity], restocked: bool = False) -> list[Part]:
    cancelled = order.cancelled_at is not None
    found = [(part, order.line(part.line)) for part in lines]
    return [
        Part(Line(order, line), p.quantity, f"{line.id}{p.quantity}", restocked, cancelled)
        for p, line in found
        if line
    ]


def _page(items: list[Any], args: dict[str, Any]) -> Page:
    numbered = list(enumerate(items))
    page = paginate(numbered, args, lambda pair: (pair[0], pair[0]))
    return Page([item for _, item in page.nodes], page.cursors, page.has_next, page.has_previous)


def _order_money(value: Any) -> Any:
    return lambda order, _: bag(value(order), order.currency)


def _line_money(value: Any) -> Any:
    return lambda x, _info, **_: bag(value(x.line), x.order.currency)


def _part_money(value: Any) -> Any:
    return lambda part, _: bag(value(part.line.line) * part.quantity, part.line.order.currency)


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
    taken = _transaction(order, order.id, "SALE", order.total, naming.graph_time(order.paid_at))
    given = [_transaction(order, r.id, "REFUND", r.amount, naming.graph_time(r.at)) for r in order.refunds]
    return [taken, *given]


def _transaction(order: Order, number: str, kind: str, value: Decimal, at: str) -> dict[str, object]:
    return {
        "id": naming.gid("OrderTransaction", number),
        "amountSet": bag(value, order.currency),
        "createdAt": at,
        "processedAt": at,
        "gateway": "bogus" if order.test else "shopify_payments",
        "kind": kind,
        "status": "SUCCESS",
        "test": order.test,
        "manualPaymentGateway": False,
        "paymentId": f"{order.name}.{number}",
    }


def _current_subtotal(order: Order) -> Decimal:
    return sum(((x.price - x.discount) * x.current for x in order.lines), ZERO)


def _current_total(order: Order) -> Decimal:
    return order.total - order.refunded if order.refunds else order.total


def _discounts(order: Order) -> Decimal:
    return sum((x.discount * x.quantity for x in order.lines), ZERO)


def _time(moment: Any) -> str | None:
    return naming.graph_time(moment) if moment else None


FIELDS: dict[str, dict[str, Any]] = {
    "Order": {
        "id": lambda o, _: naming.gid("Order", o.id),
        "legacyResourceId": lambda o, _: o.id,
        "number": lambda o, _: int(o.name.lstrip("#")) - 1000,
        "createdAt": lambda o, _: _time(o.sold_at),
        "processedAt": lambda o, _: _time(o.sold_at),
        "updatedAt": lambda o, _: _time(o.updated_at),
        "closed": lambda _o, _: False,
        "closedAt": lambda _o, _: None,
        "cancelledAt": lambda o, _: _time(o.cancelled_at),
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
        "lineItems": lambda o, _info, **args: _page([Line(o, line) for line in o.lines], args),
        "note": lambda _o, _: None,
        "paymentGatewayNames": lambda o, _: ["bogus" if o.test else "shopify_payments"],
        "refunds": lambda o, _info, **_: [GivenBack(o, refund) for refund in o.refunds],
        "shippingLines": lambda o, _info, **args: _page(_shipping_lines(o), args),
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
    "LineItem": {
        "id": lambda x, _: naming.gid("LineItem", x.line.id),
        "quantity": lambda x, _: x.line.quantity,
        "currentQuantity": lambda x, _: x.line.current,
        "refundableQuantity": lambda x, _: x.line.current,
        "unfulfilledQuantity": lambda x, _: max(0, x.line.current - x.line.shipped),
        "nonFulfillableQuantity": lambda _x, _: 0,
        "sku": lambda x, _: x.line.sku,
        "title": lambda x, _: x.line.title,
        "name": lambda x, _: x.line.title,
        "variantTitle": lambda _x, _: None,
        "vendor": lambda x, _: x.order.account.split(".")[0],
        "isGiftCard": lambda _x, _: False,
        "requiresShipping": lambda _x, _: True,
        "restockable": lambda _x, _: True,
        "taxable": lambda _x, _: True,
        "variant": lambda x, info: find_variant(
            context_of(info), naming.gid("ProductVariant", x.line.listing)
        ),
        "product": lambda x, info: _product(x, info),
        "originalUnitPriceSet": _line_money(lambda line: line.price),
        "originalTotalSet": _line_money(lambda line: line.price * line.quantity),
        "discountAllocations": lambda x, _: allocations(x.line.discount * x.line.quantity, x.order.currency),
        # A line's discount here is its share of the order's code, which these two leave out.
        "discountedUnitPriceSet": _line_money(lambda line: line.price),
        "discountedUnitPriceAfterAllDiscountsSet": _line_money(lambda line: line.price - line.discount),
        "discountedTotalSet": _line_money(lambda line: line.price * line.quantity),
        "totalDiscountSet": _line_money(lambda _: ZERO),
        "taxLines": lambda x, _info, **_: tax_lines(x.order, x.line.tax * x.line.quantity, x.line.total),
    },
    "Fulfillment": {
        "id": lambda x, _: naming.gid("Fulfillment", x.shipment.id),
        "legacyResourceId": lambda x, _: x.shipment.id,
        "createdAt": lambda x, _: _time(x.shipment.at),
        "updatedAt": lambda x, _: _time(x.shipment.at),
        "displayStatus": lambda _x, _: "FULFILLED",
        "status": lambda _x, _: "SUCCESS",
        "name": lambda x, _: f"{x.order.name}-F{x.order.shipments.index(x.shipment) + 1}",
        "totalQuantity": lambda x, _: sum(part.quantity for part in x.shipment.lines),
        "trackingInfo": lambda x, _info, **_: [
            {"company": x.shipment.courier, "number": x.shipment.tracking, "url": None}
        ],
        "fulfillmentLineItems": lambda x, _info, **args: _page(parts(x.order, x.shipment.lines), args),
    },
    "FulfillmentLineItem": {
        "id": lambda p, _: naming.gid("FulfillmentLineItem", p.number),
        "lineItem": lambda p, _: p.line,
        "originalTotalSet": _part_money(lambda line: line.price),
        "discountedTotalSet": _part_money(lambda line: line.price - line.discount),
    },
    "Refund": {
        "id": lambda x, _: naming.gid("Refund", x.refund.id),
        "legacyResourceId": lambda x, _: x.refund.id,
        "createdAt": lambda x, _: _time(x.refund.at),
        "updatedAt": lambda x, _: _time(x.refund.at),
        "processedAt": lambda x, _: _time(x.refund.at),
        "note": lambda x, _: x.refund.note or None,
        "totalRefundedSet": lambda x, _: bag(x.refund.amount, x.order.currency),
        "refundLineItems": lambda x, _info, **args: _page(
            parts(x.order, x.refund.lines, x.refund.restock), args
        ),
        "transactions": lambda x, _info, **args: _page(
            [_transaction(x.order, x.refund.id, "REFUND", x.refund.amount, naming.graph_time(x.refund.at))],
            args,
        ),
    },
    "RefundLineItem": {
        "id": lambda p, _: naming.gid("RefundLineItem", p.number),
        "lineItem": lambda p, _: p.line,
        "location": lambda p, info: location_row(info) if p.restocked else None,
        "priceSet": lambda p, _: bag(p.line.line.price, p.line.order.currency),
        "subtotalSet": _part_money(lambda line: line.price - line.discount),
        "totalTaxSet": _part_money(lambda line: line.tax),
        "restockType": lambda p, _: ("CANCEL" if p.cancelled else "RETURN") if p.restocked else "NO_RESTOCK",
    },
}


def _product(x: Line, info: Info) -> Product | None:
    variant = find_variant(context_of(info), naming.gid("ProductVariant", x.line.listing))
    return product_of_variant(variant, info) if variant else None
