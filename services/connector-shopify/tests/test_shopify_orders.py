"""What an order's lines say of money, channels, edits, refunds and parcels, whichever door tells them."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from connector_kit.domain import Change, OrderLine, change_between
from connector_shopify.wire.lines import PAYMENTS
from connector_shopify.wire.webhooks import map_webhook
from shopify_orders import (
    EURO,
    Back,
    Item,
    Order,
    Parcel,
    Part,
    graphql,
    lines_of_body,
    lines_of_node,
    pushed,
    rest,
    sum_of,
    told,
)


def test_a_buyer_with_the_shops_own_currency_is_told_once() -> None:
    first, second = told(replace(EURO, rate=None))
    assert (first.presentment, second.presentment) == (None, None)
    assert (first.discount and first.discount.amount, first.price.amount) == (
        Decimal("5.00"),
        Decimal("45.00"),
    )


def test_each_amount_is_told_in_the_buyers_currency_too() -> None:
    first, second = told(EURO)
    seen = first.presentment
    assert seen is not None
    assert {
        amount.currency for amount in (seen.price, seen.discount, seen.tax, seen.shipping_price) if amount
    } == {"EUR"}
    assert (str(seen.price.amount), str(seen.discount and seen.discount.amount)) == ("52.65", "5.85")
    assert (first.price.currency, second.price.currency) == ("GBP", "GBP")
    assert sum_of((first, second), "shipping_price", buyers=True) == Decimal("4.10")  # 3.50 × 1.17 = 4.095
    assert sum_of((first, second), "tax", buyers=True) == Decimal("12.99")  # 10.53 + 1.64 + 0.82


def test_prices_that_include_tax_do_so_in_both_currencies() -> None:
    order = replace(EURO, included=True)
    lines = told(order)
    for buyers, shipping in ((False, "3.50"), (True, "4.10")):
        paid = sum(sum_of(lines, name, buyers=buyers) for name in ("price", "shipping_price", "tax"))
        goods = sum(
            Decimal(order.buyers(i.price) if buyers else i.price) * i.quantity
            - Decimal(order.buyers(i.discount) if buyers else i.discount)
            for i in order.items
        )
        assert paid == goods + Decimal(shipping)


def test_an_old_body_tells_the_shops_currency_alone() -> None:
    body = rest(replace(EURO, rate=None))
    del body["presentment_currency"], body["total_tax_set"]
    del body["total_price_set"]
    for row in (*body["line_items"], *body["shipping_lines"]):
        for name in [name for name in row if name.endswith("_set")]:
            del row[name]
        for part in (*row["tax_lines"], *row["discount_allocations"]):
            part.pop("price_set", None), part.pop("amount_set", None)
    assert [line.presentment for line in lines_of_body(body)] == [None, None]
    assert [line.price for line in lines_of_body(body)] == [
        line.price for line in told(replace(EURO, rate=None))
    ]


def _without_set(body: dict[str, Any], *path: Any) -> dict[str, Any]:
    node: Any = body
    for step in path[:-1]:
        node = node[step]
    del node[path[-1]]
    return body


@pytest.mark.parametrize(
    "path",
    [
        ("line_items", 0, "price_set", "presentment_money"),
        ("line_items", 0, "tax_lines", 0, "price_set"),
        ("line_items", 0, "discount_allocations", 0, "amount_set"),
        ("shipping_lines", 0, "price_set"),
        ("shipping_lines", 0, "tax_lines", 0, "price_set"),
        ("total_tax_set",),
        ("total_price_set",),
        ("refunds", 0, "transactions", 0, "amount_set", "presentment_money"),
    ],
)
def test_a_body_that_leaves_an_amount_of_the_buyers_out_has_the_order_read(path: tuple[Any, ...]) -> None:
    """Else the poll would tell more than the webhook did, and each sale would be told twice."""
    order = replace(EURO, refunds=(Back(7, "5.00"),))
    assert pushed(order)
    body = json.dumps(_without_set(rest(order), *path)).encode()
    assert map_webhook("orders/updated", body, {}).read_orders == ("9001",)


@pytest.mark.parametrize(
    ("source", "channel"),
    [
        ("web", "online_store"),
        ("pos", "pos"),
        ("shopify_draft_order", "draft_order"),
        ("iphone", "iphone"),
        ("android", "android"),
        ("580111", "app:580111"),
        ("Point of sale 2", "Point of sale 2"),
        ("²", "²"),
        (" ", None),
        (None, None),
        ("x" * 300, "x" * 100),
    ],
)
def test_where_it_was_sold(source: str | None, channel: str | None) -> None:
    assert {line.channel for line in told(replace(EURO, source=source))} == {channel}


@pytest.mark.parametrize(
    ("status", "payment"),
    [
        ("pending", "unpaid"),
        ("authorized", "authorized"),
        ("expired", "unpaid"),
        ("partially_paid", "unpaid"),
        ("paid", "paid"),
        ("partially_refunded", "partly_refunded"),
        ("refunded", "refunded"),
        ("voided", "voided"),
        ("unheard_of", "unpaid"),
    ],
)
def test_each_financial_status(status: str, payment: str) -> None:
    """Money alone cancels nothing: the shop keeps the units for the order until it is cancelled."""
    lines = told(replace(EURO, status=status))
    assert [(line.payment, line.cancelled_quantity) for line in lines] == [(payment, 0)] * 2
    assert status == "unheard_of" or status in PAYMENTS


def test_a_test_order_is_marked() -> None:
    assert all(line.test for line in told(replace(EURO, test=True)))


# Edits.

ONE = Order((Item(101, 2),), status="pending")


def test_an_edit_adds_a_line() -> None:
    (before,) = told(ONE)
    after, added = told(replace(ONE, items=(*ONE.items, Item(102))))
    assert change_between(before, after) is None
    assert (added.line_id, added.quantity, added.sold_at) == ("102", 1, before.sold_at)


def test_an_edit_removes_a_line_before_it_is_paid() -> None:
    (before,) = told(ONE)
    (after,) = told(replace(ONE, items=(Item(101, 2, current=0),)))
    assert (after.quantity, after.cancelled_quantity, after.restock, after.refunds) == (2, 2, "unknown", ())
    assert change_between(before, after) is Change.CANCELLED


def test_an_edit_raises_and_lowers_a_quantity() -> None:
    (before,) = told(ONE)
    (raised,) = told(replace(ONE, items=(Item(101, 5, discount="2.50"),)))
    assert (raised.quantity, raised.cancelled_quantity, str(raised.price.amount)) == (5, 0, "47.50")
    assert change_between(before, raised) is Change.UPDATED
    (lowered,) = told(replace(ONE, items=(Item(101, 5, discount="2.50", current=1),)))
    assert (lowered.quantity, lowered.cancelled_quantity, str(lowered.price.amount)) == (5, 4, "47.50")
    assert change_between(raised, lowered) is Change.CANCELLED


def test_units_edited_out_of_a_paid_order_are_told_as_a_refund_without_money() -> None:
    gone = Back(7, None, (Part(101, 1, "cancel"),))
    (line,) = told(replace(ONE, status="paid", items=(Item(101, 2, current=1),), refunds=(gone,)))
    assert (line.cancelled_quantity, line.restock) == (1, "restocked")
    assert [(r.quantity, r.amount.amount, r.presentment) for r in line.refunds] == [(1, Decimal(0), None)]


# Refunds.


def _refunded(*refunds: Back, current: int = 2, sent: int = 0, **more: Any) -> OrderLine:
    parcels = (Parcel(8, {101: sent}),) if sent else ()
    order = Order((Item(101, 3, current=current), Item(102)), refunds=refunds, parcels=parcels, **more)
    return told(order)[0]


@pytest.mark.parametrize(
    ("sent", "current", "parts", "cancelled", "restock"),
    [
        (3, 2, (("return", 1),), 0, "restocked"),
        (3, 2, (("no_restock", 1),), 0, "unknown"),
        (3, 2, (("", 1),), 0, "unknown"),
        (3, 1, (("return", 1), ("no_restock", 1)), 0, "unknown"),
        (3, 2, (("legacy_restock", 1),), 0, "restocked"),
        (2, 2, (("cancel", 1),), 1, "restocked"),
        (2, 2, (("no_restock", 1),), 1, "not_restocked"),
        (2, 1, (("cancel", 1), ("no_restock", 1)), 1, "unknown"),
        (2, 1, (("cancel", 1), ("return", 1)), 1, "restocked"),
        (2, 1, (("return", 1), ("no_restock", 1)), 1, "not_restocked"),
        (0, 1, (("cancel", 1), ("no_restock", 1)), 2, "not_restocked"),
        (0, 2, (("return", 1),), 1, "restocked"),
        (3, 3, (), 0, "unknown"),
    ],
)
def test_what_became_of_refunded_units(
    sent: int, current: int, parts: tuple[tuple[str, int], ...], cancelled: int, restock: str
) -> None:
    found = tuple(Part(101, units, kind) for kind, units in parts)
    line = _refunded(Back(7, "5.00", found), current=current, sent=sent)
    assert (line.cancelled_quantity, line.restock) == (cancelled, restock)


def test_two_refunds_are_told_by_their_ids() -> None:
    first = Back(7, "10.00", (Part(101, 1, "return"),))
    second = Back(8, "9.00", (Part(101, 1, "no_restock"),))
    before = _refunded(first, sent=3)
    after = _refunded(first, second, sent=3, current=1)
    assert [(r.refund_id, r.quantity, str(r.amount.amount)) for r in after.refunds] == [
        ("7", 1, "10.00"),
        ("8", 1, "9.00"),
    ]
    assert change_between(before, after) is Change.REFUNDED


@pytest.mark.parametrize(
    ("parts", "word"),
    [
        ((("return", 1),), "restocked"),
        ((("cancel", 1), ("legacy_restock", 1)), "restocked"),
        ((("no_restock", 2),), "not_restocked"),
        ((("return", 1), ("no_restock", 1)), "unknown"),
        ((("", 1),), "unknown"),
        ((("exchanged", 1),), "unknown"),
        ((("return", 0),), None),
        ((), None),
    ],
)
def test_each_refund_says_what_became_of_its_units(
    parts: tuple[tuple[str, int], ...], word: str | None
) -> None:
    found = tuple(Part(101, units, kind) for kind, units in parts)
    kept = Back(8, "9.00", (Part(101, 1, "no_restock"),))
    first, second = _refunded(Back(7, "5.00", found), kept, sent=3).refunds
    assert (first.restock, second.restock) == (word, "not_restocked")


def test_goodwill_shipping_and_tax_are_money_of_all_lines() -> None:
    first, second = told(Order((Item(101, 3), Item(102)), refunds=(Back(7, "0.01"), Back(8, "4.00"))))
    assert [str(r.amount.amount) for r in first.refunds] == ["0.01", "3.00"]
    assert [(r.quantity, str(r.amount.amount)) for r in second.refunds] == [(0, "1.00")]


def test_shipping_given_back_with_units_goes_with_them() -> None:
    assert [str(r.amount.amount) for r in _refunded(Back(7, "13.50", (Part(101, 1, "cancel"),))).refunds] == [
        "13.50"
    ]


def test_a_refund_that_failed_gave_nothing_back() -> None:
    assert _refunded(Back(7, "5.00", status="failure"), current=3).refunds == ()


def test_a_refund_is_told_in_the_buyers_currency_by_the_same_shares() -> None:
    parts = (Part(101, 1, "return", "10.00"), Part(102, 1, "return", "5.00"))
    order = Order((Item(101, 3), Item(102)), rate="1.17", refunds=(Back(7, "10.00", parts),))
    (first,), (second,) = (line.refunds for line in told(order))
    assert [str(r.amount.amount) for r in (first, second)] == ["6.67", "3.33"]
    assert [
        r.presentment and (str(r.presentment.amount), r.presentment.currency) for r in (first, second)
    ] == [
        ("7.80", "EUR"),
        ("3.90", "EUR"),
    ]


@pytest.mark.parametrize(("restock", "word"), [("cancel", "restocked"), ("no_restock", "not_restocked")])
def test_a_cancelled_order_gives_its_units_and_money_back(restock: str, word: str) -> None:
    line = _refunded(
        Back(7, "40.00", (Part(101, 3, restock, "30.00"), Part(102, 1, restock))),
        current=0,
        cancelled=True,
        status="refunded",
    )
    assert (line.cancelled_quantity, line.restock, line.payment) == (3, word, "refunded")
    assert [(r.quantity, str(r.amount.amount)) for r in line.refunds] == [(3, "30.00")]


@pytest.mark.parametrize(("restock", "word"), [("cancel", "restocked"), ("no_restock", "not_restocked")])
def test_an_order_cancelled_before_it_was_paid_has_no_money_to_give_back(restock: str, word: str) -> None:
    """What became of its units Shopify tells in a refund without money."""
    back = Back(7, None, (Part(101, 3, restock), Part(102, 1, restock)))
    line = _refunded(back, current=0, cancelled=True, status="voided")
    assert (line.cancelled_quantity, line.restock, line.payment) == (3, word, "voided")
    assert [(r.quantity, r.amount.amount, r.restock) for r in line.refunds] == [(3, Decimal(0), word)]


@pytest.mark.parametrize("status", ["voided", "pending", "paid"])
def test_units_of_a_cancelled_order_that_nothing_tells_of_were_not_put_back(status: str) -> None:
    """The order took them when it was made, paid or not; only what is restocked is available again."""
    line = _refunded(current=0, cancelled=True, status=status)
    assert (line.cancelled_quantity, line.restock, line.refunds) == (3, "not_restocked", ())
    edited = Back(7, None, (Part(101, 1, "cancel"),))
    line = _refunded(edited, current=0, cancelled=True, status=status)
    assert (line.cancelled_quantity, line.restock) == (3, "not_restocked")


# Parcels.


def test_parcels_and_their_numbers() -> None:
    parcels = (
        Parcel(8, {101: 1}, "Royal Mail", ("AB123456785GB", "AB123456799GB"), ("https://rm.example/1",)),
        Parcel(9, {101: 1, 102: 0}, "UPS", (), ("https://ups.example/2",)),
        Parcel(10, {102: 1}, None),
        Parcel(11, {101: 1}, "DHL Express", ("1",), status="cancelled"),
    )
    first, second = told(Order((Item(101, 3), Item(102)), parcels=parcels))
    assert [(s.courier, s.tracking_number, s.tracking_url) for s in first.shipments] == [
        ("Royal Mail", "AB123456785GB", "https://rm.example/1"),
        ("Royal Mail", "AB123456799GB", None),
        ("UPS", None, "https://ups.example/2"),
    ]
    assert [(s.courier, s.tracking_number) for s in second.shipments] == [(None, None)]


def test_a_number_that_comes_later_and_a_parcel_called_back_are_updates() -> None:
    def line(*parcels: Parcel) -> OrderLine:
        return told(Order((Item(101),), parcels=parcels))[0]

    sent = line(Parcel(8, {101: 1}))
    tracked = line(Parcel(8, {101: 1}, numbers=("AB123456785GB",)))
    assert change_between(sent, tracked) is Change.UPDATED
    called_back = line(Parcel(8, {101: 1}, status="cancelled"))
    assert (called_back.shipments, change_between(tracked, called_back)) == ((), Change.UPDATED)


# Any order.


def test_lines_in_another_order_are_divided_alike() -> None:
    node = graphql(EURO)
    node["lineItems"]["nodes"].reverse()
    assert lines_of_node(node) == told(EURO)
