"""What a shop is subscribed to: made, watched, moved, mended, and on record; told when a sale's webhook did not come."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from connector_kit import usecases as shared
from connector_kit.domain import Amount, OrderLine
from connector_kit.marketplace import OrdersPage
from connector_kit.sealing import Sealer
from connector_kit.usecases import Sighting
from connector_shopify import usecases
from connector_shopify.app import build
from connector_shopify.client import API_VERSION
from connector_shopify.client.subscriptions import NO_ADDRESS
from connector_shopify.config import Settings
from connector_shopify.wire.webhooks import OPTIONAL, SUBSCRIBED
from prometheus_client import REGISTRY
from soldwire_contracts.sync import TenantErased
from soldwire_contracts.values import SyncScope
from testkit.connector import Bench
from testkit.http import http_to
from testkit.sandbox import serving_app
from testkit.services import opened

NEEDED = sorted(set(SUBSCRIBED) - OPTIONAL)
WATCH = "due_chores where kind = 'subscriptions'"


@asynccontextmanager
async def _at_its_address(bench: Bench) -> AsyncIterator[None]:
    """The seller connected, its webhooks coming to this connector's own address."""
    settings = bench.settings.model_copy(update={"shopify_webhook_address": bench.url + bench.webhook_path})
    assert isinstance(settings, Settings)
    async with opened(build(settings)) as service, serving_app(service.app()) as url:
        here, bench.url = bench.url, url
        bench.service = service
        await bench.connect()
        bench.url = here
        yield


@pytest.fixture
async def shop(bench: Bench) -> AsyncIterator[Bench]:
    """A connected shop."""
    async with _at_its_address(bench):
        yield bench


async def _watch(bench: Bench) -> None:
    await bench.execute(
        "update due_chores set due_at = now(), lease_until = null where kind = 'subscriptions'"
    )
    await bench.turn("subscriptions")


async def _graphql(bench: Bench, query: str, **variables: object) -> None:
    answer = await bench.sandbox.control.post(
        f"/shopify/{bench.seller}/admin/api/{API_VERSION}/graphql.json",
        json={"query": query, "variables": variables},
        headers={"X-Shopify-Access-Token": bench.connect_body["access_token"]},
    )
    assert "errors" not in answer.json(), answer.text


async def _rows(bench: Bench) -> list[dict[str, object]]:
    found = (await bench.sandbox.get("shopify/subscriptions"))["subscriptions"]
    return [row for row in found if not row["removed"]]


async def _held(bench: Bench) -> list[str]:
    return sorted(str(row["topic"]) for row in await _rows(bench))


async def _remove(bench: Bench, *topics: str) -> None:
    for row in await _rows(bench):
        if not topics or row["topic"] in topics:
            gid = f"gid://shopify/WebhookSubscription/{row['id']}"
            query = "mutation($id: ID!) { webhookSubscriptionDelete(id: $id) { userErrors { message } } }"
            await _graphql(bench, query, id=gid)


async def _subscribe(bench: Bench, topic: str, uri: str) -> None:
    await _graphql(
        bench,
        "mutation($topic: WebhookSubscriptionTopic!, $to: WebhookSubscriptionInput!) {"
        " webhookSubscriptionCreate(topic: $topic, webhookSubscription: $to) { userErrors { message } } }",
        topic=topic,
        to={"uri": uri, "format": "JSON"},
    )


async def _health(bench: Bench) -> Mapping[str, object]:
    async with bench.service.database.bus([bench.tenant]) as uow:
        rows = await uow.conn.execute_sql("select topics, topics_at, topics_error from account_health")
        row = rows.first()
        return dict(row) if row else {}


async def test_connecting_subscribes_every_topic_and_has_it_watched(shop: Bench) -> None:
    assert set(NEEDED) <= set(await _held(shop)) <= set(SUBSCRIBED)
    assert await shop.count(f"{WATCH} and due_at < now() + interval '61 seconds'") == 1
    began = datetime.now(UTC)
    await _watch(shop)
    told = await _health(shop)
    assert (sorted(told["topics"]), told["topics_error"]) == (await _held(shop), None)  # type: ignore[call-overload]
    assert abs(told["topics_at"] - began) < timedelta(seconds=5)  # type: ignore[operator]
    hourly = "due_at between now() + interval '50 minutes' and now() + interval '70 minutes'"
    assert await shop.count(f"{WATCH} and {hourly}") == 1


async def test_a_slow_shop_is_connected_all_the_same_and_the_rest_is_made_later(bench: Bench) -> None:
    """A person waits, and so does the gateway: seventeen calls of a slow shop would take longer than either."""
    await bench.sandbox.fault("shopify", "webhookSubscriptionCreate", "latency", ms=2000, count=4)
    began = time.monotonic()
    async with _at_its_address(bench):
        assert time.monotonic() - began < 9.0
        assert len(await _held(bench)) < len(NEEDED)
        assert await bench.count("accounts where state = 'connected'") == 1
        await _watch(bench)
        assert set(NEEDED) <= set(await _held(bench))


async def test_subscriptions_that_shopify_removed_are_made_again(shop: Bench) -> None:
    made = await _held(shop)
    await _remove(shop, "orders/create", "app/uninstalled")
    assert len(await _held(shop)) == len(made) - 2
    await _watch(shop)
    assert await _held(shop) == made
    await _watch(shop)
    assert await _held(shop) == made, "and once only"


async def test_what_points_to_an_older_address_is_moved_and_doubles_are_removed(shop: Bench) -> None:
    ours = shop.url + shop.webhook_path
    await _remove(shop, "orders/create", "orders/paid")
    await _subscribe(shop, "ORDERS_CREATE", "https://before.example/hooks/shopify")
    await _subscribe(shop, "ORDERS_CREATE", "https://long-before.example/hooks/shopify")
    await _subscribe(shop, "ORDERS_PAID", "https://before.example/hooks/shopify?v=1")
    await _subscribe(shop, "PRODUCTS_UPDATE", "https://before.example/hooks/shopify")
    await _subscribe(shop, "PRODUCTS_UPDATE", "https://somebody.example/hooks/other")
    before = {row["id"] for row in await _rows(shop) if row["topic"] in ("orders/create", "orders/paid")}
    await _watch(shop)
    rows = await _rows(shop)
    assert sorted(str(row["topic"]) for row in rows if row["uri"] == ours) == sorted(
        {str(row["topic"]) for row in rows}
    )
    others = [row["uri"] for row in rows if row["uri"] != ours]
    assert others == ["https://somebody.example/hooks/other"], "what is not ours is left alone"
    moved = [row["id"] for row in rows if row["topic"] in ("orders/create", "orders/paid")]
    assert len(moved) == 2
    assert set(moved) < before, "moved, so that nothing is missed between"


_ENOUGH = "read_orders,write_products,write_inventory,read_locations"


async def _granted(bench: Bench, scopes: str) -> None:
    """The bench's seller is one whose consent covers these scopes alone."""
    bench.seller, app, secret, back = (
        "few.myshopify.com",
        "an-app",
        "its-secret",
        "https://our.example/callback",
    )
    told = {"client_id": app, "client_secret": secret, "redirect_uris": [back]}
    await bench.sandbox.post("shopify/applications", told)
    await bench.sandbox.account("shopify", bench.seller, client_id=app, installed=False)
    await _consents(bench, scopes)


async def _consents(bench: Bench, scopes: str) -> None:
    """That seller agrees to these scopes, perhaps once more."""
    app, secret, back = "an-app", "its-secret", "https://our.example/callback"
    control = bench.sandbox.control
    asked = {"client_id": app, "redirect_uri": back, "state": "s", "scope": scopes}
    at = f"/shopify/{bench.seller}/admin/oauth"
    consent = await control.get(f"{at}/authorize?{urlencode(asked)}")
    (code,) = parse_qs(urlsplit(consent.headers["location"]).query)["code"]
    grant = {"client_id": app, "client_secret": secret, "code": code, "expiring": "1"}
    token = (await control.post(f"{at}/access_token", json=grant)).json()["access_token"]
    bench.connect_body = {"shop": bench.seller, "access_token": token}


async def test_a_topic_the_scopes_do_not_allow_is_said_and_the_others_are_made(bench: Bench) -> None:
    await _granted(bench, _ENOUGH)
    async with _at_its_address(bench):
        await _remove(bench, "inventory_levels/update")
        await _consents(bench, "read_orders,write_products,read_locations")
        await _watch(bench)
        told = await _health(bench)
        missing = set(NEEDED) - set(told["topics"])  # type: ignore[call-overload]
        assert missing == {"inventory_levels/update"}
        assert "inventory_levels/update" in str(told["topics_error"])
        assert "read_inventory" in str(told["topics_error"])
        assert await _held(bench) == sorted(set(NEEDED) - missing)


async def test_what_every_order_tells_anyway_is_not_missed(bench: Bench) -> None:
    """The topics of parcels need a scope that a seller may leave out."""
    await _granted(bench, _ENOUGH)
    async with _at_its_address(bench):
        await _watch(bench)
        told = await _health(bench)
        assert (sorted(told["topics"]), told["topics_error"]) == (NEEDED, None)  # type: ignore[call-overload]


async def test_a_permission_that_a_seller_may_leave_out_fails_no_test(bench: Bench) -> None:
    await _granted(bench, _ENOUGH)
    async with _at_its_address(bench), http_to(bench.url) as http:
        answer = await http.post(f"/v1/accounts/{bench.account}/test", headers=bench.caller)
    steps = {step["name"]: step for step in answer.json()["steps"]}
    assert "was not granted" in steps["payouts"]["words"]
    assert steps["payouts"]["ok"]
    assert steps["scopes"]["ok"]


async def test_a_shop_that_cannot_be_asked_is_looked_at_again_and_what_is_known_stays(shop: Bench) -> None:
    await _watch(shop)
    before = await _health(shop)
    await shop.sandbox.fault("shopify", "webhookSubscriptions", "status", status=503)
    await _watch(shop)
    after = await _health(shop)
    assert (after["topics"], after["topics_at"]) == (before["topics"], before["topics_at"])
    assert after["topics_error"]
    assert await shop.count(f"{WATCH} and failures = 1 and due_at < now() + interval '10 minutes'") == 1
    await _watch(shop)
    assert (await _health(shop))["topics_error"] is None


async def test_without_an_address_that_is_said_and_nothing_is_asked(bench: Bench) -> None:
    await bench.connect()
    await _watch(bench)
    assert (await _health(bench)) == {"topics": None, "topics_at": None, "topics_error": NO_ADDRESS}
    assert await bench.sandbox.calls(operation="webhookSubscriptions") == []


async def test_a_shop_that_left_is_not_watched_and_one_from_before_is(shop: Bench) -> None:
    await shop.execute("delete from due_chores")
    await shop.turn("watching")
    assert await shop.count(f"{WATCH} and due_at <= now() + interval '1 hour'") == 1
    await shop.turn("watching")
    assert await shop.count(WATCH) == 1
    await shop.disconnect()
    await _watch(shop)
    await shop.turn("watching")
    assert await shop.count(WATCH) == 0


async def test_accounts_from_before_are_spread_over_the_hour(bench: Bench) -> None:
    await bench.execute(
        f"""insert into account_directory (key, account_id, tenant_id, active)
        select 'shop:' || n, gen_random_uuid(), '{bench.tenant}', true from generate_series(1, 1200) n"""
    )
    await bench.turn("watching")
    assert await bench.count(WATCH) == 1200
    for quarter in range(4):
        span = f"interval '{15 * quarter} minutes' and now() + interval '{15 * quarter + 15} minutes'"
        assert 200 < await bench.count(f"{WATCH} and due_at between now() + {span}") < 400


async def test_sales_made_while_their_subscription_was_gone_are_polled_and_later_ones_are_pushed_again(
    shop: Bench,
) -> None:
    await _watch(shop)
    await shop.sandbox.listing("shopify", shop.seller, "GAP-1", quantity=3)
    await _remove(shop)
    await shop.sandbox.sell("shopify", shop.seller, "GAP-1")
    await shop.execute("update due_polls set due_at = now()")
    await shop.turn("polls")
    late = "due_at between now() + interval '4 minutes' and now() + interval '5 minutes'"
    assert await shop.count(f"{WATCH} and {late}") == 1, "its webhook may come until then"
    await _watch(shop)
    await shop.sandbox.sell("shopify", shop.seller, "GAP-1")
    async with asyncio.timeout(10):
        while await shop.count("raw_webhooks where topic = 'orders/create'") == 0:
            await asyncio.sleep(0.02)
    await shop.turn("webhooks")
    assert [s.found_by for s in await shop.sales() if s.revision == 1] == ["poll", "webhook"]
    for door in ("poll", "webhook"):
        labels = {"platform": "shopify", "account": str(shop.account), "found_by": door}
        assert REGISTRY.get_sample_value("soldwire_sales_found_total", labels) == 1


async def test_an_old_sale_found_late_is_no_sign_of_anything(shop: Bench) -> None:
    """A sync reads what was sold before the shop was looked at: no webhook of it is missing."""
    await shop.sandbox.listing("shopify", shop.seller, "OLD-1", quantity=3)
    await shop.sandbox.sell("shopify", shop.seller, "OLD-1", deliver_webhook=False)
    await asyncio.sleep(1.1)  # an order tells whole seconds
    await _watch(shop)
    await shop.sync(SyncScope.SALES)
    assert len(await shop.sales()) == 1
    assert await shop.count(f"{WATCH} and due_at > now() + interval '30 minutes'") == 1


async def test_a_sync_that_finds_a_sale_first_has_them_looked_at_too(shop: Bench) -> None:
    await _watch(shop)
    await shop.sandbox.listing("shopify", shop.seller, "SYNC-1", quantity=3)
    await shop.sandbox.sell("shopify", shop.seller, "SYNC-1", deliver_webhook=False)
    await shop.sync(SyncScope.SALES)
    assert await shop.count(f"{WATCH} and due_at < now() + interval '5 minutes'") == 1


@pytest.mark.parametrize(("pushed", "looked_at"), [(True, 0), (False, 1)])
async def test_a_sale_of_ten_minutes_ago_has_them_looked_at_now_unless_it_was_told(
    shop: Bench, pushed: bool, looked_at: int
) -> None:
    await _watch(shop)
    await shop.execute("update account_health set topics_at = now() - interval '1 hour'")
    await shop.execute("update due_polls set due_at = now()")
    now = datetime.now(UTC)
    line = OrderLine("1", "1", "Coat", 1, "paid", Amount(Decimal(20), "GBP"), now - timedelta(minutes=10))
    assert isinstance(shop.settings, Settings)
    async with shop.service.database.bus([shop.tenant]) as uow:
        sealer = Sealer(shop.settings.seal_keys.get_secret_value())
        ((poll, account),) = await shared.lease_polls(uow, sealer, most=1)
        if pushed:
            await shared.record_lines(uow, [Sighting(account, line, "webhook", now)])
        page = OrdersPage((line,), None, now)
        assert await shared.record_polled(uow, poll, account, page, usecases.look_for_missing)
    assert await shop.count(f"{WATCH} and due_at <= now()") == looked_at


async def test_an_erased_tenant_s_shop_leaves_no_health_behind(shop: Bench) -> None:
    await shop.take("tenants", TenantErased(tenant_id=shop.tenant, erased_at=datetime.now(UTC)))
    await _watch(shop)
    assert await shop.count("account_health") == 0
    assert await shop.count(WATCH) == 0
