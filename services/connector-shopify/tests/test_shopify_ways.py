"""Orders on their way: every door tells the same, and one trace leads from the webhook to the call."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from connector_shopify.client.orders import HIDDEN
from kit.ids import new_id
from soldwire_contracts.sync import SyncProgress, SyncRequested
from soldwire_contracts.values import RunState, SyncScope
from testkit.connector import Bench


async def _polled_says_nothing_new(bench: Bench) -> None:
    before = await bench.sales()
    await bench.execute("update due_polls set due_at = now()")
    await bench.turn("polls")
    assert await bench.sales() == before


async def _heard(bench: Bench, *topics: str) -> None:
    """Wait until each topic has come in, then map what is stored."""
    async with asyncio.timeout(10):
        for topic in topics:
            while not await bench.count(f"raw_webhooks where topic = '{topic}'"):
                await asyncio.sleep(0.02)
    await bench.turn("webhooks")


async def _open(bench: Bench) -> None:
    await bench.connect()
    await bench.subscribe(bench.url + bench.webhook_path)


async def _order(bench: Bench, **more: object) -> str:
    for sku in ("WAY-1", "WAY-2"):
        await bench.sandbox.listing("shopify", bench.seller, sku, quantity=5, price="19.99")
    lines = [
        {"sku": "WAY-1", "quantity": 3, "price": "19.99", "discount": "3.33", "tax": "1.10"},
        {"sku": "WAY-2", "quantity": 1, "price": "7.01", "tax": "0.40"},
    ]
    body = {"account": bench.seller, "lines": lines, "shipping": "3.50", **more}
    return str((await bench.sandbox.post("shopify/sales", body))["order_id"])


async def test_an_order_with_discount_tax_and_shipping_adds_up(bench: Bench) -> None:
    await _open(bench)
    await _order(bench)
    await _heard(bench, "orders/create", "orders/paid")
    lines = {sale.line_id: sale for sale in await bench.sales()}.values()
    total = sum(
        line.price.amount
        + (line.shipping_price.amount if line.shipping_price else 0)
        + (line.tax.amount if line.tax else 0)
        for line in lines
    )
    assert str(total) == "64.19"  # 3 × (19.99 − 3.33) + 7.01 + 3.50 shipping + 3 × 1.10 + 0.40 tax
    await _polled_says_nothing_new(bench)


async def test_an_order_s_code_and_free_shipping_are_told_alike(bench: Bench) -> None:
    """`discountedTotalSet` and the listed shipping leave an order's code out; the poll must say nothing new."""
    await _open(bench)
    await bench.sandbox.listing("shopify", bench.seller, "CODE-1", quantity=5, price="25.00")
    line = {"sku": "CODE-1", "quantity": 1, "price": "25.00", "discount": "5.00"}
    body = {"account": bench.seller, "lines": [line], "shipping": "0.00", "shipping_discount": "3.50"}
    await bench.sandbox.post("shopify/sales", body)
    await _heard(bench, "orders/create", "orders/paid")
    sale = (await bench.sales())[-1]
    assert str(sale.price.amount) == "20.00"
    assert sale.shipping_price is None or sale.shipping_price.amount == 0
    await _polled_says_nothing_new(bench)


async def test_shipping_is_the_same_by_webhook_and_poll(bench: Bench) -> None:
    await _open(bench)
    order = await _order(bench)
    await _heard(bench, "orders/create", "orders/paid")
    shipped = {"courier": "Royal Mail", "tracking": "AB123456785GB"}
    await bench.sandbox.post(f"shopify/orders/{order}/ship", shipped)
    await _heard(bench, "orders/fulfilled")
    assert all(sale.shipments[0].tracking_number == "AB123456785GB" for sale in (await bench.sales())[-2:])
    await _polled_says_nothing_new(bench)


async def test_cancelling_says_all_units_and_restock(bench: Bench) -> None:
    await _open(bench)
    order = await _order(bench)
    await _heard(bench, "orders/create", "orders/paid")
    await bench.sandbox.post(f"shopify/orders/{order}/cancel", {"reason": "CUSTOMER", "restock": True})
    await _heard(bench, "orders/cancelled")
    cancelled = [event.data for event in await bench.said("sale.cancelled")]
    assert len(cancelled) == 2
    states = (await bench.sales())[-2:]
    assert all(sale.cancelled_quantity == sale.quantity for sale in states)
    await _polled_says_nothing_new(bench)


async def test_a_refund_is_read_whole_and_told_once(bench: Bench) -> None:
    await _open(bench)
    order = await _order(bench)
    await _heard(bench, "orders/create", "orders/paid")
    await bench.sandbox.post(f"shopify/orders/{order}/refund", {"amount": "10.00"})
    await _heard(bench, "refunds/create")
    await bench.turn("webhooks")
    refunded = [event.data for event in await bench.said("sale.refunded")]
    assert len(refunded) == 2
    amounts = [sale.refunds[0].amount.amount for sale in (await bench.sales())[-2:]]
    assert str(sum(amounts)) == "10.00"
    await _polled_says_nothing_new(bench)


async def test_a_unit_refunded_before_it_was_sent_is_cancelled(bench: Bench) -> None:
    """The shop calls it a return; the unit was never sent, so it is free again."""
    await _open(bench)
    order = await _order(bench)
    await _heard(bench, "orders/create", "orders/paid")
    first = next(sale.line_id for sale in await bench.sales() if sale.quantity == 3)
    back = {"lines": [{"line_id": first, "quantity": 1}], "restock": True}
    await bench.sandbox.post(f"shopify/orders/{order}/refund", back)
    await _heard(bench, "refunds/create")
    sale = [sale for sale in await bench.sales() if sale.line_id == first][-1]
    assert (sale.cancelled_quantity, sale.quantity) == (1, 3)
    await _polled_says_nothing_new(bench)


async def test_a_deleted_product_is_gone_and_an_edited_order_is_read(bench: Bench) -> None:
    await _open(bench)
    listing, foreign = await bench.stocked("GONE-1", 1)
    order = await _order(bench)
    await _heard(bench, "orders/create", "orders/paid")
    await bench.sandbox.post(f"shopify/orders/{order}/notify", {"topic": "orders/edited"})
    await bench.sandbox.control.delete(f"/control/shopify/listings/{foreign}")
    await _heard(bench, "orders/edited", "products/delete")
    last = [e.data for e in await bench.said("listing.observed") if e.data.listing_id == listing][-1]  # type: ignore[attr-defined]
    assert last.state == "gone"  # type: ignore[attr-defined]
    assert await bench.count("dead_letters") == 0


async def test_a_run_over_the_last_day_leaves_what_was_not_read_before_it_to_the_poll(bench: Bench) -> None:
    """The account was signed out for days: the watermark may not jump over what nobody has read."""
    await bench.connect()
    await bench.execute("update accounts set watermark = now() - interval '5 days'")
    now = datetime.now(UTC)
    asked = SyncRequested(
        tenant_id=bench.tenant,
        platform=bench.platform,
        account_id=bench.account,
        run_id=new_id(),
        revision=1,
        scope=SyncScope.SALES,
        since=now - timedelta(days=1),
        desired=RunState.RUNNING,
        requested_at=now,
    )
    old = "accounts where watermark < now() - interval '4 days'"
    await bench.take("runs", asked)
    await bench.turn("runs")
    assert await bench.count("runs where outcome = 'complete'") == 1
    assert await bench.count(old) == 1
    await bench.take("runs", asked.model_copy(update={"run_id": new_id(), "since": now - timedelta(days=6)}))
    await bench.turn("runs")
    assert await bench.count(old) == 0


async def test_a_run_that_asks_for_orders_the_shop_hides_is_complete_and_says_so(bench: Bench) -> None:
    scopes = "read_orders,write_products,write_inventory,read_locations"
    keys = await bench.sandbox.account("shopify", "recent.myshopify.com", scopes=scopes)
    body = {"shop": "recent.myshopify.com", "access_token": keys["access_token"]}
    recent = replace(bench, seller="recent.myshopify.com", connect_body=body)
    await recent.connect()
    await recent.execute("update accounts set watermark = now() - interval '90 days'")
    await recent.sync(SyncScope.SALES)
    last = (await recent.said("sync.progress"))[-1].data
    assert isinstance(last, SyncProgress)
    assert (last.outcome, last.reason) == (RunState.COMPLETE, HIDDEN)


async def test_what_is_said_of_articles_is_not_lost_by_what_is_said_of_orders(bench: Bench) -> None:
    scopes = "read_orders,write_products,write_inventory,read_locations"
    keys = await bench.sandbox.account("shopify", "recent.myshopify.com", scopes=scopes)
    body = {"shop": "recent.myshopify.com", "access_token": keys["access_token"]}
    recent = replace(bench, seller="recent.myshopify.com", connect_body=body)
    await recent.connect()
    await recent.sandbox.listing("shopify", recent.seller, "S" * 300)
    await recent.execute("update accounts set watermark = now() - interval '90 days'")
    await recent.sync(SyncScope.EVERYTHING)
    last = (await recent.said("sync.progress"))[-1].data
    assert isinstance(last, SyncProgress)
    assert (last.outcome, last.listings) == (RunState.COMPLETE, 1)
    assert "without its SKU" in str(last.reason)
    assert str(last.reason).endswith(HIDDEN)


async def test_one_trace_from_the_event_to_the_call(bench: Bench) -> None:
    """The target's trace is the call's: what the marketplace got names it."""
    await bench.connect()
    listing, _ = await bench.stocked("TRACE-1", 1)
    await bench.take("targets", bench.target(listing, 1, 0))
    trace = "0af7651916cd43dd8448eb211c80319c"
    await bench.execute(f"update intents set traceparent = '00-{trace}-b7ad6b7169203331-01'")
    await bench.settled()
    (call,) = await bench.sandbox.calls(operation="inventorySetQuantities")
    assert call["traceparent"].split("-")[1] == trace


async def test_uninstalling_revokes_the_account(bench: Bench) -> None:
    await _open(bench)
    await bench.sandbox.post(f"shopify/accounts/{bench.seller}/uninstall")
    await bench.webhooks_in(1)
    states = [event.data.state for event in await bench.said("account.status")]  # type: ignore[attr-defined]
    assert states == ["connected", "revoked"]
