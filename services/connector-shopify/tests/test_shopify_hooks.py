"""The webhook door: rotated secrets, both families of headers, what no forger may leave, and what is woken."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import random
import string
import time
from datetime import UTC, datetime

import asyncpg
import pytest
from connector_shopify.app import build
from connector_shopify.config import Settings
from kit.admission import PATIENCE
from pydantic import SecretStr
from soldwire_contracts.sync import TenantErased
from testkit.connector import Bench
from testkit.http import http_to
from testkit.sandbox import serving_app
from testkit.services import opened

OWN_SECRET = "the-shop-s-own-app"


def _told(bench: Bench, topic: str, raw: bytes, secret: str) -> dict[str, str]:
    """What the headers of a webhook tell, by their names without their family's."""
    return {
        "Topic": topic,
        "Shop-Domain": bench.seller,
        "Webhook-Id": hashlib.sha256(topic.encode() + raw).hexdigest()[:32],
        "Hmac-Sha256": base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest()).decode(),
    }


async def _send(bench: Bench, raw: bytes, headers: dict[str, str]) -> int:
    async with http_to(bench.url) as http:
        return (await http.post(bench.webhook_path, content=raw, headers=headers)).status_code


async def _post(bench: Bench, topic: str, body: object, *, secret: str, family: str = "X-Shopify-") -> int:
    raw = json.dumps(body).encode()
    told = _told(bench, topic, raw, secret)
    return await _send(bench, raw, {f"{family}{name}": value for name, value in told.items()})


@pytest.fixture
async def own_app(bench: Bench) -> Bench:
    """A shop that is connected through an app of its own."""
    bench.connect_body = {**bench.connect_body, "client_secret": OWN_SECRET}
    await bench.connect()
    return bench


async def test_the_newer_headers_are_taken_too(own_app: Bench) -> None:
    body = {"id": 1}
    assert await _post(own_app, "products/delete", body, secret=OWN_SECRET, family="Shopify-") == 200
    assert await _post(own_app, "products/delete", body, secret="wrong", family="Shopify-") == 401
    assert await own_app.count("raw_webhooks") == 1


async def test_a_name_longer_than_shopify_s_are_is_refused(own_app: Bench) -> None:
    """It would not fit into an index, nor its dead letter's."""
    topic = "".join(random.Random(1).choices(string.ascii_letters, k=2650))
    assert await _post(own_app, topic, {"id": 1}, secret=OWN_SECRET) == 400
    assert await own_app.count("raw_webhooks") == 0


@pytest.mark.parametrize(
    ("signing", "telling"), [("Shopify-", "X-Shopify-"), ("X-Shopify-", "Shopify-")], ids=["newer", "older"]
)
async def test_what_one_family_signs_is_not_what_the_other_tells(
    own_app: Bench, signing: str, telling: str
) -> None:
    """Whoever has one signed body may not choose by a second set of headers what it means, or whose it is."""
    raw = b'{"id": 1}'
    told = _told(own_app, "products/delete", raw, OWN_SECRET)
    mixed = {f"{telling}{name}": value for name, value in told.items()}
    mixed |= {f"{signing}Hmac-Sha256": mixed.pop(f"{telling}Hmac-Sha256")}
    assert await _send(own_app, raw, mixed) == 401, "no shop is told beside the signature"
    mixed |= {f"{signing}Shop-Domain": own_app.seller}
    assert await _send(own_app, raw, mixed) == 400, "no topic is told beside the signature"
    assert await _left(own_app) == 0


async def test_where_both_families_come_the_newer_one_counts(own_app: Bench) -> None:
    raw = b'{"id": 1}'
    older = _told(own_app, "products/delete", raw, OWN_SECRET)
    newer = {**older, "Topic": "products/create", "Webhook-Id": "newer"}
    both = {f"X-Shopify-{n}": v for n, v in older.items()} | {f"Shopify-{n}": v for n, v in newer.items()}
    assert await _send(own_app, raw, both) == 200
    assert await own_app.count("raw_webhooks where topic = 'products/create' and delivery_id = 'newer'") == 1
    assert await _send(own_app, raw, {**both, "Shopify-Hmac-Sha256": "d3Jvbmc="}) == 401, (
        "nor the older as well"
    )
    assert await own_app.count("raw_webhooks") == 1


async def test_two_secrets_sign_while_one_is_rotated(bench: Bench) -> None:
    await bench.connect()
    settings = bench.settings.model_copy(
        update={"shopify_client_secret": SecretStr("the-new-one, the-old-one")}
    )
    assert isinstance(settings, Settings)
    async with opened(build(settings)) as service, serving_app(service.app()) as url:
        bench.url = url
        for secret, status in (("the-new-one", 200), ("the-old-one", 200), ("the-new-one, the-old-one", 401)):
            assert await _post(bench, "products/delete", {"secret": secret}, secret=secret) == status
    assert await bench.count("raw_webhooks") == 2


async def test_a_body_over_the_limit_leaves_nothing(own_app: Bench) -> None:
    raw = b" " * (10 * 1024 * 1024 + 1)
    headers = {f"X-Shopify-{n}": v for n, v in _told(own_app, "products/delete", raw, OWN_SECRET).items()}
    assert await _send(own_app, raw, headers) == 413
    assert await _left(own_app) == 0


async def test_an_empty_body_is_one_like_any_other(own_app: Bench) -> None:
    """Signed, it is kept with the reason why it means nothing; of an uninstalled app the headers say all."""
    for topic in ("orders/create", "app/uninstalled"):
        told = _told(own_app, topic, b"", OWN_SECRET)
        headers = {f"X-Shopify-{name}": value for name, value in told.items()}
        assert await _send(own_app, b"", {**headers, "X-Shopify-Hmac-Sha256": ""}) == 401
        assert await _send(own_app, b"", headers) == 200
    await own_app.webhooks_in(2)
    assert await own_app.count("dead_letters where source = 'webhook:orders/create'") == 1
    assert await own_app.count("accounts where state = 'revoked'") == 1


@pytest.mark.parametrize("topic", ["orders/create", "customers/redact", "shop/redact", "app/uninstalled"])
async def test_a_forger_leaves_nothing(own_app: Bench, topic: str) -> None:
    body = {"customer": {"id": 1}, "shop_domain": own_app.seller}
    for secret in ("wrong", "", OWN_SECRET + " "):
        assert await _post(own_app, topic, body, secret=secret) == 401
    await own_app.turn("webhooks", "privacy", "heard")
    assert await _left(own_app) == 0
    assert await own_app.count("account_health where webhook_at is not null") == 0
    assert await own_app.count("accounts where state = 'connected'") == 1


async def test_when_the_last_webhook_came_is_on_record_once_a_minute_at_most(own_app: Bench) -> None:
    for n in range(3):
        assert await _post(own_app, "products/delete", {"id": n}, secret=OWN_SECRET) == 200
    assert await own_app.count("account_health where webhook_at is not null") == 0, (
        "not while one is answered"
    )
    await own_app.turn("heard")
    assert await own_app.count("account_health where webhook_at > now() - interval '1 minute'") == 1
    await own_app.execute("update account_health set webhook_at = null")
    assert await _post(own_app, "products/delete", {"id": 4}, secret=OWN_SECRET) == 200
    await own_app.turn("heard")
    assert await own_app.count("account_health where webhook_at is not null") == 0, "not again in this minute"


async def test_an_erased_tenant_is_not_heard_of_again(own_app: Bench) -> None:
    assert await _post(own_app, "products/delete", {"id": 1}, secret=OWN_SECRET) == 200
    await own_app.take("tenants", TenantErased(tenant_id=own_app.tenant, erased_at=datetime.now(UTC)))
    await own_app.turn("heard")
    assert await own_app.count("account_health") == 0


async def test_the_end_of_a_bulk_operation_wakes_the_run_that_waits_for_it(own_app: Bench) -> None:
    (runs,) = [job for job in own_app.service.jobs if job.name == "runs"]
    assert runs.wake is not None
    await runs.wake.wait(0.01)
    body = {
        "admin_graphql_api_id": "gid://shopify/BulkOperation/720918",
        "completed_at": "2026-01-02T10:00:00Z",
        "created_at": "2026-01-02T09:59:00Z",
        "error_code": None,
        "status": "completed",
        "type": "query",
    }
    assert await _post(own_app, "bulk_operations/finish", body, secret=OWN_SECRET) == 200
    await own_app.turn("webhooks")
    begun = time.monotonic()
    await runs.wake.wait(5)
    assert time.monotonic() - begun < 1
    assert await own_app.count("raw_webhooks where outcome = 'a bulk operation ended'") == 1
    assert await _post(own_app, "bulk_operations/finish", {"status": "completed"}, secret=OWN_SECRET) == 200
    await own_app.turn("webhooks")
    assert await own_app.count("dead_letters") == 1


async def test_changed_scopes_are_looked_at_at_once(own_app: Bench) -> None:
    body = {
        "id": "gid://shopify/App/1",
        "previous": ["read_orders", "write_products"],
        "current": ["read_orders"],
    }
    await own_app.execute("delete from due_chores where kind = 'scopes'")
    assert await _post(own_app, "app/scopes_update", body, secret=OWN_SECRET) == 200
    await own_app.turn("webhooks")
    wanted = f"due_chores where kind = 'scopes' and account_id = '{own_app.account}' and due_at <= now()"
    assert await own_app.count(wanted) == 1


@pytest.mark.parametrize("topic", ["fulfillments/create", "fulfillments/update"])
async def test_a_parcel_has_its_order_read(own_app: Bench, topic: str) -> None:
    await own_app.sandbox.listing("shopify", own_app.seller, "PARCEL-1", quantity=2)
    sold = await own_app.sandbox.sell("shopify", own_app.seller, "PARCEL-1", deliver_webhook=False)
    body = {"id": 1, "order_id": int(sold["order_id"]), "status": "success", "line_items": []}
    assert await _post(own_app, topic, body, secret=OWN_SECRET) == 200
    await own_app.turn("webhooks")
    assert [sale.found_by for sale in await own_app.sales()] == ["webhook"]


async def _left(bench: Bench) -> int:
    """What a webhook may leave anywhere."""
    tables = ("raw_webhooks", "dead_letters", "privacy_requests", "due_chores where kind = 'privacy'")
    return sum([await bench.count(table) for table in tables])


async def test_while_nothing_can_be_stored_the_door_refuses_at_once_and_keeps_what_it_took(
    own_app: Bench,
) -> None:
    """503 at once is sent again by Shopify; silence over five seconds would count against the shop's subscription."""
    holder = await asyncpg.connect(own_app.settings.postgres_owner)
    try:
        async with holder.transaction():
            await holder.execute("lock table raw_webhooks in access exclusive mode")
            taken = asyncio.create_task(_post(own_app, "products/delete", {"id": 1}, secret=OWN_SECRET))
            await asyncio.sleep(PATIENCE + 0.5)
            begun = time.monotonic()
            assert await _post(own_app, "products/delete", {"id": 2}, secret=OWN_SECRET) == 503
            assert time.monotonic() - begun < 1
            assert not taken.done()
        assert await taken == 200
        assert await _post(own_app, "products/delete", {"id": 2}, secret=OWN_SECRET) == 200
    finally:
        await holder.close()
    assert await own_app.count("raw_webhooks") == 2
