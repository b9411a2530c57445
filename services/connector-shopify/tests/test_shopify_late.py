"""Tellings of an order that come late, out of order, or in part: what is newer stays."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from connector_kit.marketplace import UnmappableError
from connector_shopify.config import Settings
from kit import dead_letters
from testkit.connector import Bench
from testkit.http import http_to


async def test_an_older_webhook_mapped_last_within_a_second_changes_nothing(bench: Bench) -> None:
    """Both bodies name the same whole second; X-Shopify-Triggered-At tells which came later."""
    await bench.connect()
    newer = _body(financial_status="paid")
    older = _body(financial_status="pending")
    at = "2026-01-02T10:00:01."
    assert await _deliver(bench, newer, "new", at + "500000000Z") == 200
    await bench.webhooks_in(1)
    assert await _deliver(bench, older, "old", at + "100000000Z") == 200
    await bench.webhooks_in(2)
    assert [(sale.revision, sale.payment) for sale in await bench.sales()] == [(1, "paid")]


async def test_a_state_that_came_back_is_not_replaced_by_the_one_between(bench: Bench) -> None:
    """A parcel is recorded and taken back; the webhook that speaks of it comes last."""
    await bench.connect()
    parcel = {"id": 5, "status": "success", "created_at": "2026-01-02T10:00:02Z", "line_items": [{"id": 1}]}
    tellings: list[tuple[str, list[object]]] = [("1", []), ("3", []), ("2", [parcel])]
    for number, (second, parcels) in enumerate(tellings, start=1):
        at = f"2026-01-02T10:00:0{second}"
        body = _body(updated_at=f"{at}Z", fulfillments=parcels)
        assert await _deliver(bench, body, second, f"{at}.000000000Z") == 200
        await bench.webhooks_in(number)
    assert [(sale.revision, sale.shipments) for sale in await bench.sales()] == [(1, ())]


async def test_a_webhook_older_than_what_was_polled_changes_nothing(bench: Bench) -> None:
    """It may come a day late, when no poll looks at that order any more."""
    await bench.connect()
    await bench.subscribe(bench.url + bench.webhook_path)
    await bench.sandbox.listing("shopify", bench.seller, "LATE-1")
    await bench.sandbox.sell("shopify", bench.seller, "LATE-1")
    await bench.webhooks_in(1)
    held = (await bench.sales())[-1]
    await bench.execute("delete from sale_lines")
    await bench.execute(
        "update raw_webhooks set body = replace(encode(body, 'escape'), 'paid', 'pending')::bytea"
    )
    await bench.execute("update due_polls set due_at = now()")
    await bench.turn("polls")
    said = len(await bench.sales())
    await bench.execute("update raw_webhooks set mapped_at = null, due_at = now()")
    await bench.turn("webhooks")
    assert len(await bench.sales()) == said
    assert (await bench.sales())[-1].payment == held.payment == "paid"


def _body(**more: object) -> dict[str, object]:
    at = "2026-01-02T10:00:01Z"
    line = {"id": 1, "name": "Coat", "quantity": 1, "current_quantity": 1, "price": "20.00"}
    times = {"created_at": at, "processed_at": at, "updated_at": at}
    return {"id": 9001, "name": "#1001", "currency": "GBP", "line_items": [line], **times, **more}


async def test_news_of_an_uninstall_that_come_after_the_shop_is_back_revoke_nothing(bench: Bench) -> None:
    """Shopify sends again for four hours, and may be a day late; meanwhile the seller has connected again."""
    await bench.connect()
    first = bench.account
    left = datetime.now(UTC).isoformat()
    await bench.connect()
    assert await _deliver(bench, {"id": 1}, "late", left, topic="app/uninstalled") == 200
    await bench.webhooks_in(1)
    assert bench.account == first
    assert await bench.count("accounts where state = 'connected'") == 1
    again = datetime.now(UTC).isoformat()
    assert await _deliver(bench, {"id": 1}, "now", again, topic="app/uninstalled") == 200
    await bench.webhooks_in(2)
    assert await bench.count("accounts where state = 'revoked'") == 1


async def _deliver(
    bench: Bench, body: object, delivery: str, triggered_at: str, topic: str = "orders/updated"
) -> int:
    assert isinstance(bench.settings, Settings)
    (secret,) = bench.settings.webhook_secrets()
    raw = json.dumps(body).encode()
    headers = {
        "X-Shopify-Topic": topic,
        "X-Shopify-Shop-Domain": bench.seller,
        "X-Shopify-Webhook-Id": delivery,
        "X-Shopify-Triggered-At": triggered_at,
        "X-Shopify-Hmac-Sha256": base64.b64encode(
            hmac.new(secret.encode(), raw, hashlib.sha256).digest()
        ).decode(),
    }
    async with http_to(bench.url) as http:
        return (await http.post(bench.webhook_path, content=raw, headers=headers)).status_code


async def test_redriving_the_beginning_of_a_long_order_has_it_read_whole(bench: Bench) -> None:
    await bench.connect()
    await bench.sandbox.listing("shopify", bench.seller, "LONG-1")
    sold = await bench.sandbox.sell("shopify", bench.seller, "LONG-1", deliver_webhook=False)
    await bench.execute("update due_polls set due_at = now()")
    await bench.turn("polls")
    whole = await bench.sales()
    await bench.execute("delete from sale_lines")
    letter = await _set_aside(bench, sold["order_id"])
    async with bench.service.database.bus() as uow:
        await bench.service.redrivers["orders"](uow, await dead_letters.take(uow, letter))
    await bench.turn("webhooks")
    again = (await bench.sales())[len(whole) :]
    assert {(s.sale_id, s.price) for s in again} == {(s.sale_id, s.price) for s in whole}


async def test_of_a_shop_that_left_it_stays_set_aside(bench: Bench) -> None:
    await bench.connect()
    letter = await _set_aside(bench, "17")
    await bench.disconnect()
    with pytest.raises(UnmappableError, match="disconnected"):
        async with bench.service.database.bus() as uow:
            await bench.service.redrivers["orders"](uow, await dead_letters.take(uow, letter))
    assert await bench.count("dead_letters where state = 'open'") == 1


async def _set_aside(bench: Bench, order: object) -> UUID:
    async with bench.service.database.bus([bench.tenant]) as uow:
        return await dead_letters.set_aside(
            uow,
            subscriber="orders",
            source="orders:shopify",
            key=bench.account.bytes,
            payload=json.dumps(_cut_off(order)).encode(),
            reason="unmappable",
            error="it can't be read on its own",
            tenant_id=bench.tenant,
        )


def _cut_off(order: object) -> dict[str, object]:
    none = {"nodes": [], "pageInfo": {"hasNextPage": False}}
    return {
        "id": f"gid://shopify/Order/{order}",
        "name": "#1",
        "currencyCode": "GBP",
        "processedAt": "2026-01-02T00:00:00Z",
        "updatedAt": "2026-01-02T00:00:00Z",
        "taxesIncluded": False,
        "test": False,
        "lineItems": {"nodes": [], "pageInfo": {"hasNextPage": True, "endCursor": "c"}},
        "shippingLines": none,
    }
