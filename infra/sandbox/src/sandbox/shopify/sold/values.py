"""What resolvers of orders hand on, and the values they share: money, pages, transactions."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sandbox.shopify import naming
from sandbox.shopify.pages import Page, paginate
from sandbox.truth import ZERO, LineQuantity, Order, OrderLine, Refund, Shipment

Value = Callable[[Order], Decimal]
"""An amount of an order: in the shop's money, or, of the order as presented, in the buyer's."""


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


def bag(order: Order, value: Value) -> dict[str, object]:
    """An amount of an order in the shop's money and in the buyer's."""
    shown, presented = order, order.presented
    money = {"amount": naming.decimal(value(shown)), "currencyCode": shown.currency}
    if presented is shown:
        return {"shopMoney": money, "presentmentMoney": money}
    other = {"amount": naming.decimal(value(presented)), "currencyCode": presented.currency}
    return {"shopMoney": money, "presentmentMoney": other}


def line_value(line_id: str, value: Callable[[OrderLine], Decimal]) -> Value:
    """An amount of one of the order's lines."""

    def of(order: Order) -> Decimal:
        line = order.line(line_id)
        return value(line) if line else ZERO

    return of


def refund_value(refund_id: str) -> Value:
    """What one of the order's refunds gave back."""
    return lambda order: next((x.amount for x in order.refunds if x.id == refund_id), ZERO)


def allocations(order: Order, value: Value) -> list[dict[str, object]]:
    """A discount's part on one line, the order's code included."""
    return [{"allocatedAmountSet": bag(order, value)}] if value(order) else []


def tax_lines(order: Order, value: Value, base: Value) -> list[dict[str, object]]:
    tax, taxed = value(order), base(order)
    if tax == 0:
        return []
    rate = float(round(tax / taxed, 4)) if taxed else 0.0
    return [
        {
            "title": "VAT",
            "rate": rate,
            "ratePercentage": rate * 100,
            "priceSet": bag(order, value),
            "channelLiable": False,
            "source": "shopify",
        }
    ]


def parts(order: Order, owner: str, lines: list[LineQuantity], restocked: bool = False) -> list[Part]:
    """The units of a fulfilment or refund; `owner` is its id, from which each part's own comes."""
    cancelled = order.cancelled_at is not None
    found = [(part, order.line(part.line)) for part in lines]
    return [
        Part(
            Line(order, line),
            p.quantity,
            naming.part_number(owner, order.lines.index(line)),
            restocked,
            cancelled,
        )
        for p, line in found
        if line
    ]


def page_of(items: list[Any], args: dict[str, Any]) -> Page:
    numbered = list(enumerate(items))
    page = paginate(numbered, args, lambda pair: (pair[0], pair[0]))
    return Page([item for _, item in page.nodes], page.cursors, page.has_next, page.has_previous)


def part_money(value: Callable[[OrderLine], Decimal]) -> Any:
    def money(part: Part, _info: object) -> dict[str, object]:
        units = line_value(part.line.line.id, lambda line: value(line) * part.quantity)
        return bag(part.line.order, units)

    return money


def transaction(order: Order, number: str, kind: str, value: Value, at: str) -> dict[str, object]:
    return {
        "id": naming.gid("OrderTransaction", number),
        "amountSet": bag(order, value),
        "createdAt": at,
        "processedAt": at,
        "gateway": "bogus" if order.test else "shopify_payments",
        "kind": kind,
        "status": "SUCCESS",
        "test": order.test,
        "manualPaymentGateway": False,
        "paymentId": f"{order.name}.{number}",
    }


def time_or_none(moment: datetime | None) -> str | None:
    return naming.graph_time(moment) if moment else None
