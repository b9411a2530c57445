"""The webhook door: rotated secrets, both families of headers, and what Shopify asks about buyers' data."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import random
import string
import time

import asyncpg
import httpx
import pytest
from kit.admission import PATIENCE
from pydantic import SecretStr
from testkit.connector import Bench

SECRET, OWN_SECRET = "the-app-s-secret-of-tests", "the-shop-s-own-app"
BUYER = 77001


async def _post(bench: Bench, topic: str, body: object, *, secret: str, family: str = "X-Shopify-") -> int:
    raw = json.dumps(body).encode()
    told = {
        "Topic": topic,
        "Shop-Domain": bench.seller,
        "Webhook-Id": hashlib.sha256(topic.encode() + raw).hexdigest()[:32],
        "Hmac-Sha256": base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest()).decode(),
    }
    headers = {f"{family}{name}": value for name, value in told.items()}
    async with httpx.AsyncClient(base_url=bench.url, trust_env=False) as http:
        return (await http.post(bench.webhook_path, content=raw, headers=headers)).status_code


@pytest.fixture
async def own_app(bench: Bench) -> Bench:
    """A shop that is connected through an app of its own."""
    bench.connect_body = {**bench.connect_body, "client_secret": OWN_SECRET}
    await bench.connect()
    return bench


async def _keep_two_of_the_buyer(bench: Bench) -> None:
    """One webhook that was mapped and one that could not be, both naming the buyer."""
    for topic, body in (("products/delete", {"id": 1}), ("orders/create", {"surprise": True})):
        named = {**body, "customer": {"id": BUYER, "email": "buyer@example.com"}}
        assert await _post(bench, topic, named, secret=OWN_SECRET) == 200
    other = {"customer": {"id": 88002}}
    assert await _post(bench, "orders/create", other, secret=OWN_SECRET) == 200
    await bench.webhooks_in(3)
    assert await bench.count("dead_letters where state = 'open'") == 2


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


async def test_erasing_a_buyer_leaves_nothing_of_him(own_app: Bench) -> None:
    await _keep_two_of_the_buyer(own_app)
    notice = {"shop_domain": own_app.seller, "customer": {"id": BUYER, "email": "buyer@example.com"}}
    assert await _post(own_app, "customers/redact", notice, secret="wrong") == 401
    assert await own_app.count("raw_webhooks") == 3
    assert await _post(own_app, "customers/redact", notice, secret=OWN_SECRET) == 200
    assert await own_app.count("raw_webhooks") == 0
    open_letters = await own_app.count("dead_letters where state = 'open'")
    assert open_letters == 1, "another buyer's can still be redriven"
    assert await own_app.count("dead_letters where encode(payload, 'escape') like '%example.com%'") == 0


async def test_a_removed_shop_is_forgotten_with_its_keys(own_app: Bench) -> None:
    await _keep_two_of_the_buyer(own_app)
    assert await _post(own_app, "app/uninstalled", {}, secret=OWN_SECRET) == 200
    await own_app.webhooks_in(4)
    sealed = "accounts where state = 'revoked'"
    assert await own_app.count(sealed) == 1
    before = await _credentials(own_app)
    assert await _post(own_app, "shop/redact", {"shop_domain": own_app.seller}, secret=OWN_SECRET) == 200
    assert await own_app.count("raw_webhooks") == 0
    assert await own_app.count("dead_letters where state = 'open'") == 0
    assert len(await _credentials(own_app)) < len(before)


async def _credentials(bench: Bench) -> bytes:
    async with bench.service.database.bus([bench.tenant]) as uow:
        return bytes((await uow.conn.execute_sql("select sealed from accounts")).scalar_one())


async def test_a_data_request_is_answered_and_not_kept(own_app: Bench) -> None:
    notice = {"shop_domain": own_app.seller, "customer": {"id": BUYER, "email": "buyer@example.com"}}
    assert await _post(own_app, "customers/data_request", notice, secret=OWN_SECRET) == 200
    assert await own_app.count("raw_webhooks") == 0
    assert await own_app.count("dead_letters") == 0


def test_two_secrets_sign_while_one_is_rotated(bench: Bench) -> None:
    settings = bench.settings.model_copy(update={"shopify_client_secret": SecretStr("new, old")})
    assert settings.webhook_secrets() == ["new", "old"]  # type: ignore[attr-defined]


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
