"""Orders as both of Shopify's dialects tell them, and the lines that must come out the same."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from connector_kit.domain import OrderLine, content_hash
from connector_shopify.wire.graphql_orders import OrderNode
from connector_shopify.wire.lines import order_lines
from connector_shopify.wire.webhooks import map_webhook

SHOP = "demo.myshopify.com"
CENT = Decimal("0.01")
AT = datetime(2026, 1, 2, 15, tzinfo=UTC)


@dataclass(frozen=True)
class Item:
    """A line; what is taken off and taxed is for all of its units."""

    id: int
    quantity: int = 1
    price: str = "10.00"
    discount: str = "0.00"
    tax: str = "0.00"
    current: int | None = None


@dataclass(frozen=True)
class Part:
    """Units of a line in a refund."""

    line: int
    quantity: int
    restock: str
    amount: str = "10.00"


@dataclass(frozen=True)
class Back:
    """A refund; no amount where no money moved."""

    id: int
    amount: str | None
    parts: tuple[Part, ...] = ()
    status: str = "success"


@dataclass(frozen=True)
class Parcel:
    """A fulfilment: units by line, and its numbers with links."""

    id: int
    units: dict[int, int]
    courier: str | None = "Royal Mail"
    numbers: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    status: str = "success"


@dataclass(frozen=True)
class Order:
    """An order; `rate` is what one of the shop's pounds is in the buyer's euros, None for a buyer with pounds."""

    items: tuple[Item, ...]
    rate: str | None = None
    shipping: str = "0.00"
    shipping_discount: str = "0.00"
    shipping_tax: str = "0.00"
    duties: str = "0.00"
    """With import fees and whatever else is in the total but in no line."""
    duties_tax: str = "0.00"
    off_by: int = 0
    """Cents by which the total differs from what its amounts come to: each is converted by itself."""
    included: bool = False
    refunds: tuple[Back, ...] = ()
    parcels: tuple[Parcel, ...] = ()
    status: str = "paid"
    source: str | None = "web"
    cancelled: bool = False
    test: bool = False

    @property
    def buyer(self) -> str:
        return "EUR" if self.rate else "GBP"

    def buyers(self, amount: str) -> str:
        """An amount in the buyer's currency."""
        return str((Decimal(amount) * Decimal(self.rate or 1)).quantize(CENT))

    def total_tax(self, *, buyers: bool) -> str:
        taxes = [*(item.tax for item in self.items), self.shipping_tax, self.duties_tax]
        return str(sum((self.side(tax, buyers=buyers) for tax in taxes), Decimal(0)))

    def side(self, amount: str, *, buyers: bool) -> Decimal:
        """An amount in one of the two currencies."""
        return Decimal(self.buyers(amount) if buyers else amount)

    def total(self, *, buyers: bool) -> str:
        """As Shopify has it: lines and shipping after discounts, tax unless they include theirs, duties."""
        added = [(i.price, i.quantity) for i in self.items] + [(i.discount, -1) for i in self.items]
        added += [(self.shipping, 1), (self.shipping_discount, -1), (self.duties, 1), (self.duties_tax, 1)]
        if not self.included:
            added += [(i.tax, 1) for i in self.items] + [(self.shipping_tax, 1)]
        total = sum((self.side(amount, buyers=buyers) * times for amount, times in added), Decimal(0))
        return str(max(total + self.off_by * CENT, Decimal(0)))


TWO = (Item(101, 2, "25.00", "5.00", "9.00"), Item(102, 1, "7.01", "0.00", "1.40"))
EURO = Order(TWO, rate="1.17", shipping="3.50", shipping_tax="0.70")


def sum_of(lines: tuple[OrderLine, ...], name: str, *, buyers: bool = False) -> Decimal:
    """What an amount of all lines comes to."""
    found = [getattr(line.presentment if buyers else line, name) for line in lines]
    return sum((amount.amount for amount in found), Decimal(0))


def rest(order: Order) -> dict[str, Any]:
    """The body of orders/*."""

    def bag(amount: str, buyers: str | None = None) -> dict[str, Any]:
        seen = {"amount": buyers or order.buyers(amount), "currency_code": order.buyer}
        return {"shop_money": {"amount": amount, "currency_code": "GBP"}, "presentment_money": seen}

    def off(amount: str) -> list[dict[str, Any]]:
        return [{"amount": amount, "amount_set": bag(amount)}] if Decimal(amount) else []

    at = "2026-01-02T10:00:00-05:00"
    total_tax = order.total_tax(buyers=False)
    return {
        "id": 9001,
        "name": "#1001",
        "currency": "GBP",
        "presentment_currency": order.buyer,
        "source_name": order.source,
        "financial_status": order.status,
        "created_at": at,
        "processed_at": at,
        "updated_at": at,
        "cancelled_at": at if order.cancelled else None,
        "taxes_included": order.included,
        "test": order.test,
        "total_tax": total_tax,
        "total_tax_set": bag(total_tax, order.total_tax(buyers=True)),
        "total_price": order.total(buyers=False),
        "total_price_set": bag(order.total(buyers=False), order.total(buyers=True)),
        "shipping_lines": [
            {
                "price": order.shipping,
                "price_set": bag(order.shipping),
                "discount_allocations": off(order.shipping_discount),
                "tax_lines": [{"price": order.shipping_tax, "price_set": bag(order.shipping_tax)}],
            }
        ],
        "line_items": [
            {
                "id": item.id,
                "name": f"Item {item.id}",
                "sku": f"SKU-{item.id}",
                "variant_id": 500 + item.id,
                "quantity": item.quantity,
                "current_quantity": item.quantity if item.current is None else item.current,
                "price": item.price,
                "price_set": bag(item.price),
                "discount_allocations": off(item.discount),
                "tax_lines": [{"price": item.tax, "price_set": bag(item.tax)}],
            }
            for item in order.items
        ],
        "refunds": [
            {
                "id": refund.id,
                "created_at": at,
                "refund_line_items": [
                    {
                        "line_item_id": part.line,
                        "quantity": part.quantity,
                        "restock_type": part.restock,
                        "subtotal_set": bag(part.amount),
                        "total_tax_set": bag("0.00"),
                    }
                    for part in refund.parts
                ],
                "transactions": [
                    {
                        "kind": "refund",
                        "status": refund.status,
                        "amount": order.buyers(refund.amount),
                        "currency": order.buyer,
                        "amount_set": bag(refund.amount),
                    }
                ]
                if refund.amount
                else [],
            }
            for refund in order.refunds
        ],
        "fulfillments": [
            {
                "id": parcel.id,
                "status": parcel.status,
                "created_at": at,
                "tracking_company": parcel.courier,
                "tracking_number": parcel.numbers[0] if parcel.numbers else None,
                "tracking_numbers": list(parcel.numbers),
                "tracking_url": parcel.urls[0] if parcel.urls else None,
                "tracking_urls": list(parcel.urls),
                "line_items": [{"id": line, "quantity": units} for line, units in parcel.units.items()],
            }
            for parcel in order.parcels
        ],
    }


def graphql(order: Order) -> dict[str, Any]:
    """The same order as our documents have it answered."""

    def bag(amount: str, buyers: str | None = None) -> dict[str, Any]:
        return {
            "shopMoney": {"amount": amount},
            "presentmentMoney": {"amount": buyers or order.buyers(amount)},
        }

    def off(amount: str) -> list[dict[str, Any]]:
        return [{"allocatedAmountSet": bag(amount)}] if Decimal(amount) else []

    def gid(kind: str, number: int) -> dict[str, str]:
        return {"id": f"gid://shopify/{kind}/{number}"}

    at = "2026-01-02T15:00:00Z"
    return {
        **gid("Order", 9001),
        "name": "#1001",
        "currencyCode": "GBP",
        "presentmentCurrencyCode": order.buyer,
        "sourceName": order.source,
        "displayFinancialStatus": order.status.upper(),
        "processedAt": at,
        "updatedAt": at,
        "cancelledAt": at if order.cancelled else None,
        "taxesIncluded": order.included,
        "test": order.test,
        "totalTaxSet": bag(order.total_tax(buyers=False), order.total_tax(buyers=True)),
        "totalPriceSet": bag(order.total(buyers=False), order.total(buyers=True)),
        "shippingLines": _page(
            [
                {
                    "originalPriceSet": bag(order.shipping),
                    "discountAllocations": off(order.shipping_discount),
                    "taxLines": [{"priceSet": bag(order.shipping_tax)}],
                }
            ]
        ),
        "lineItems": _page(
            [
                {
                    **gid("LineItem", item.id),
                    "name": f"Item {item.id}",
                    "sku": f"SKU-{item.id}",
                    "quantity": item.quantity,
                    "currentQuantity": item.quantity if item.current is None else item.current,
                    "originalUnitPriceSet": bag(item.price),
                    "discountAllocations": off(item.discount),
                    "taxLines": [{"priceSet": bag(item.tax)}],
                    "variant": gid("ProductVariant", 500 + item.id),
                }
                for item in reversed(order.items)
            ]
        ),
        "refunds": [
            {
                **gid("Refund", refund.id),
                "processedAt": at,
                "refundLineItems": _page(
                    [
                        {
                            "lineItem": gid("LineItem", part.line),
                            "quantity": part.quantity,
                            "restockType": part.restock.upper(),
                            "subtotalSet": {"shopMoney": {"amount": part.amount}},
                            "totalTaxSet": {"shopMoney": {"amount": "0.00"}},
                        }
                        for part in reversed(refund.parts)
                    ]
                ),
                "transactions": _page(
                    [{"kind": "REFUND", "status": refund.status.upper(), "amountSet": bag(refund.amount)}]
                    if refund.amount
                    else []
                ),
            }
            for refund in order.refunds
        ],
        "fulfillments": [
            {
                **gid("Fulfillment", parcel.id),
                "status": parcel.status.upper(),
                "createdAt": at,
                "trackingInfo": _tracking(parcel),
                "fulfillmentLineItems": _page(
                    [
                        {"lineItem": gid("LineItem", line), "quantity": units}
                        for line, units in parcel.units.items()
                    ]
                ),
            }
            for parcel in order.parcels
        ],
    }


def _page(nodes: list[Any]) -> dict[str, Any]:
    return {"nodes": nodes, "pageInfo": {"hasNextPage": False, "endCursor": None}}


def _tracking(parcel: Parcel) -> list[dict[str, str | None]]:
    count = max(len(parcel.numbers), len(parcel.urls), 1)
    numbers: Sequence[str | None] = [*parcel.numbers, *[None] * (count - len(parcel.numbers))]
    urls: Sequence[str | None] = [*parcel.urls, *[None] * (count - len(parcel.urls))]
    return [
        {"company": parcel.courier, "number": number, "url": url}
        for number, url in zip(numbers, urls, strict=True)
    ]


def pushed(order: Order) -> tuple[OrderLine, ...]:
    """Its lines as a webhook brings them."""
    return lines_of_body(rest(order))


def lines_of_body(body: dict[str, Any]) -> tuple[OrderLine, ...]:
    """The lines of a body of orders/updated."""
    headers = {"x-shopify-shop-domain": SHOP}
    return map_webhook("orders/updated", json.dumps(body).encode(), headers).lines


def lines_of_node(node: dict[str, Any]) -> tuple[OrderLine, ...]:
    """The lines of an order as GraphQL answers it."""
    return order_lines(OrderNode.model_validate(node).normalised(), SHOP, None)


def told(order: Order) -> tuple[OrderLine, ...]:
    """Its lines, which both doors must tell alike."""
    pushed_lines, polled = pushed(order), lines_of_node(graphql(order))
    assert [replace(line, told_at=None) for line in pushed_lines] == list(polled)
    assert [content_hash(line) for line in pushed_lines] == [content_hash(line) for line in polled]
    return polled
