"""Sales kept by the version before are told once more, richer, by the first reading that comes by; and not again."""

from __future__ import annotations

import asyncio

from testkit.connector import Bench

_OLD_FORM = """
update sale_lines set line = line - 'discount' - 'presentment' - 'channel' || '{"fees": []}'
"""


async def _polled(bench: Bench) -> None:
    await bench.execute("update due_polls set due_at = now()")
    await bench.turn("polls")


async def _sold_before(bench: Bench) -> None:
    """An order of two lines, held as the version before would have it."""
    await bench.connect()
    for sku in ("OLD-1", "OLD-2"):
        await bench.sandbox.listing("shopify", bench.seller, sku, quantity=5, price="19.99")
    lines = [
        {"sku": "OLD-1", "quantity": 3, "price": "19.99", "discount": "3.33", "tax": "1.10"},
        {"sku": "OLD-2", "quantity": 1, "price": "7.01"},
    ]
    body = {"account": bench.seller, "lines": lines, "shipping": "3.50", "deliver_webhook": False}
    await bench.sandbox.post("shopify/sales", body)
    await _polled(bench)
    await bench.execute(_OLD_FORM)


async def test_a_sale_of_before_is_updated_once_with_what_there_is_to_tell(bench: Bench) -> None:
    await _sold_before(bench)
    before = await bench.sales()
    await _polled(bench)
    news = (await bench.sales())[len(before) :]
    assert len(await bench.said("sale.updated")) == len(news) == 2
    assert [(s.revision, s.channel, str(s.discount and s.discount.amount), s.fees) for s in news] == [
        (2, "online_store", "9.99", ()),
        (2, "online_store", "0", ()),
    ]
    changed = {"revision", "discount", "channel"}
    assert [s.model_dump(exclude=changed) for s in news] == [
        {**s.model_dump(exclude=changed), "presentment": None} for s in before
    ]
    await _polled(bench)
    await _polled(bench)
    assert len(await bench.sales()) == len(before) + 2


async def test_two_readings_at_the_same_moment_tell_it_once(bench: Bench) -> None:
    await _sold_before(bench)
    known = len(await bench.sales())
    await bench.execute("update due_polls set due_at = now()")
    await asyncio.gather(bench.turn("polls"), bench.turn("polls"))
    await _polled(bench)
    assert len(await bench.sales()) == known + 2


async def test_what_payouts_told_of_fees_stays_when_the_order_is_told_again(bench: Bench) -> None:
    await _sold_before(bench)
    fee = '[{"kind": "shopify_payments", "amount": {"amount": "0.45", "currency": "GBP"}}]'
    await bench.execute(f"update sale_lines set line = line || '{{\"fees\": {fee}}}'")
    known = len(await bench.sales())
    await _polled(bench)
    news = (await bench.sales())[known:]
    assert [[(f.kind, str(f.amount.amount)) for f in s.fees] for s in news] == [
        [("shopify_payments", "0.45")]
    ] * 2
