"""Orders of a buyer abroad, edited and sent in parts, on their way through the connector: each door tells the same, once."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest
from soldwire_contracts.sales import SaleState
from soldwire_contracts.values import Payment, Restock
from testkit.connector import Bench

pytestmark = pytest.mark.bus

ABROAD = {"presentment_currency": "EUR", "presentment_rate": "1.17", "channel": "shopify_draft_order"}


async def _open(bench: Bench) -> None:
    await bench.connect()
    await bench.subscribe(bench.url + bench.webhook_path)
    for sku in ("ED-1", "ED-2"):
        await bench.sandbox.listing("shopify", bench.seller, sku, quantity=9, price="10.00")


async def _sold(bench: Bench, **more: object) -> tuple[str, list[str]]:
    """An order of three units and one, with its lines' ids."""
    lines = [
        {"sku": "ED-1", "quantity": 3, "price": "10.00", "discount": "1.00", "tax": "0.50"},
        {"sku": "ED-2", "quantity": 1, "price": "7.01"},
    ]
    made = await bench.sandbox.post(
        "shopify/sales", {"account": bench.seller, "lines": lines, "shipping": "3.50", **more}
    )
    order = str(made["order_id"])
    await _heard(bench, "orders/create")
    return order, [sale.line_id for sale in (await bench.sales())[-2:]]


async def _heard(bench: Bench, topic: str) -> None:
    """Wait until the topic has come in, then map what is stored; what has to be read is read in the next turn."""
    async with asyncio.timeout(10):
        while not await bench.count(f"raw_webhooks where topic = '{topic}'"):
            await asyncio.sleep(0.02)
    await bench.turn("webhooks")
    await bench.turn("webhooks")


async def _polled_says_nothing_new(bench: Bench) -> None:
    before = await bench.sales()
    await bench.execute("update due_polls set due_at = now()")
    await bench.turn("polls")
    assert await bench.sales() == before
    assert await bench.count("dead_letters where subscriber = 'orders'") == 0


async def _now(bench: Bench) -> dict[str, SaleState]:
    """The newest state of each line."""
    return {sale.line_id: sale for sale in await bench.sales()}


async def test_a_buyer_abroad_and_what_he_got_back(bench: Bench) -> None:
    await _open(bench)
    order, (first, second) = await _sold(bench, **ABROAD)
    sale = (await _now(bench))[first]
    assert sale.presentment is not None
    assert (str(sale.price.amount), str(sale.presentment.price.amount)) == ("27.00", "31.59")
    assert (sale.presentment.price.currency, sale.channel) == ("EUR", "draft_order")
    await _polled_says_nothing_new(bench)
    await bench.sandbox.post(f"shopify/orders/{order}/refund", {"amount": "10.00"})
    await _heard(bench, "refunds/create")
    refunds = [(await _now(bench))[line].refunds[0] for line in (first, second)]
    seen = [refund.presentment for refund in refunds if refund.presentment]
    assert sum(refund.amount.amount for refund in refunds) == Decimal("10.00")
    assert (sum(amount.amount for amount in seen), {amount.currency for amount in seen}) == (
        Decimal("11.70"),
        {"EUR"},
    )
    await _polled_says_nothing_new(bench)


async def test_an_order_edited_before_its_money_is_taken(bench: Bench) -> None:
    await _open(bench)
    order, (first, second) = await _sold(bench, authorized=True)
    assert {sale.payment for sale in (await _now(bench)).values()} == {Payment.AUTHORIZED}
    lines = [{"line_id": first, "quantity": 1}, {"line_id": second, "quantity": 2}]
    await bench.sandbox.post(
        f"shopify/orders/{order}/edit", {"lines": lines, "add": [{"sku": "ED-1", "price": "9.00"}]}
    )
    await _heard(bench, "orders/edited")
    states = await _now(bench)
    (added,) = states.keys() - {first, second}
    assert [(states[i].quantity, states[i].cancelled_quantity) for i in (first, second, added)] == [
        (3, 2),
        (2, 0),
        (1, 0),
    ]
    assert [e.data.line_id for e in await bench.said("sale.cancelled")] == [first]  # type: ignore[attr-defined]
    assert [e.data.line_id for e in await bench.said("sale.detected")] == [first, second, added]  # type: ignore[attr-defined]
    await _polled_says_nothing_new(bench)
    await bench.sandbox.post(f"shopify/orders/{order}/capture", {})
    await bench.execute("update due_polls set due_at = now()")
    await bench.turn("polls")
    assert Payment.AUTHORIZED not in {sale.payment for sale in (await _now(bench)).values()}


async def test_an_order_sent_in_parts_and_tracked_later(bench: Bench) -> None:
    await _open(bench)
    order, (first, second) = await _sold(bench)
    part = {
        "lines": [{"line_id": first, "quantity": 2}],
        "courier": "Royal Mail",
        "tracking": "AB123456785GB",
    }
    await bench.sandbox.post(f"shopify/orders/{order}/ship", part)
    rest = {
        "lines": [{"line_id": first, "quantity": 1}, {"line_id": second, "quantity": 1}],
        "courier": "DPD",
    }
    await bench.sandbox.post(f"shopify/orders/{order}/ship", rest)
    await bench.sandbox.post(f"shopify/orders/{order}/track", {"courier": "DPD UK", "tracking": "1550"})
    await _heard(bench, "orders/fulfilled")
    await bench.execute("update due_polls set due_at = now()")
    await bench.turn("polls")
    states = await _now(bench)
    assert [(s.courier, s.tracking_number) for s in states[first].shipments] == [
        ("Royal Mail", "AB123456785GB"),
        ("DPD UK", "1550"),
    ]
    assert [s.tracking_number for s in states[second].shipments] == ["1550"]
    await _polled_says_nothing_new(bench)


async def test_a_sent_unit_that_comes_back_is_told_as_restocked(bench: Bench) -> None:
    await _open(bench)
    order, (first, _) = await _sold(bench)
    await bench.sandbox.post(f"shopify/orders/{order}/ship", {"tracking": "AB123456785GB"})
    back = {"lines": [{"line_id": first, "quantity": 1}], "restock": True}
    await bench.sandbox.post(f"shopify/orders/{order}/refund", back)
    await _heard(bench, "refunds/create")
    sale = (await _now(bench))[first]
    assert (sale.cancelled_quantity, sale.restock, sale.refunds[0].quantity) == (0, Restock.RESTOCKED, 1)
    await _polled_says_nothing_new(bench)
