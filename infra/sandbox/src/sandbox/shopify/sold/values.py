"""What resolvers of orders hand on, and the values they share: money, pages, transactions."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sandbox.shopify import naming
from sandbox.shopify.pages import Page, paginate
from sandbox.truth import LineQuantity, Order, OrderLine, Refund, Shipment


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


def part_money(value: Any) -> Any:
    return lambda part, _: bag(value(part.line.line) * part.quantity, part.line.order.currency)


def transaction(order: Order, number: str, kind: str, value: Decimal, at: str) -> dict[str, object]:
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


def time_or_none(moment: datetime | None) -> str | None:
    return naming.graph_time(moment) if moment else None
