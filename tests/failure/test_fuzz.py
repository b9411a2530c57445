"""Nonsense at every door: refused or set aside with a reason, no 5xx, no exit, no partition that stands still."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import os
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer
from sandbox.testing import receiving
from soldwire_contracts.subscriptions import SUBSCRIPTIONS
from soldwire_contracts.topics import TOPICS
from soldwire_local import lag, sandboxed, topics

from tests.failure.fuzz import Fuzz
from tests.failure.invariants import SERVICES, Databases
from tests.failure.storm import Storm, small_mix, storm

INPUTS = int(os.environ.get("SOLDWIRE_FUZZ", "300"))
"""For each entry point; `make fuzz` gives 10,000."""
AT_ONCE = 16
EXAMPLES = Path(__file__).resolve().parents[2] / "contracts" / "examples"
UNBLOCKED_WITHIN = 30.0

pytestmark = [
    pytest.mark.stack,
    pytest.mark.storm,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(3600),
]

Json = Any
Send = Callable[[Fuzz], Awaitable[httpx.Response]]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Storm]:
    async with storm(tmp_path_factory.mktemp("fuzz")) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def http() -> AsyncIterator[httpx.AsyncClient]:
    limits = httpx.Limits(max_connections=AT_ONCE)
    async with httpx.AsyncClient(timeout=30, trust_env=False, limits=limits) as client:
        yield client


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def webhooks(running: Storm) -> Sequence[tuple[str, Json]]:
    """Real bodies of Shopify's webhooks, by topic."""
    async with receiving() as receiver:
        account = running.shop.accounts["shopify"].name
        subscribed = await running.shop.control.post(
            "/shopify/subscriptions", account=account, uri=receiver.uri
        )
        assert subscribed["subscriptions"]
        await running.stock(small_mix(10))
        await running.sell(10)
        order = (await running.shop.control.truth("sales", platform="shopify"))[0]["order_id"]
        await running.shop.control.order("shopify", order, "ship", courier="Royal Mail", tracking="AB1")
        await running.shop.control.order("shopify", order, "refund", amount="5.00")
        await receiver.wait(20, 30)
        found = {got.headers["x-shopify-topic"]: json.loads(got.body) for got in receiver.got}
    assert {"orders/create", "orders/fulfilled", "refunds/create", "products/update"} <= set(found)
    return list(found.items())


async def _storm_of(send: Send, count: int, seed: int) -> Counter[int]:
    """Send so many, several at once; how often each status came. Raises for the first 5xx."""
    fuzz, room, statuses = Fuzz(seed), asyncio.Semaphore(AT_ONCE), Counter[int]()

    async def one() -> None:
        async with room:
            answer = await send(fuzz)
        statuses[answer.status_code] += 1
        assert answer.status_code < 500, f"{answer.request.url}: {answer.request.content!r}"[:3000]

    async with asyncio.TaskGroup() as group:
        for _ in range(count):
            group.create_task(one())
    return statuses


async def test_shopify_webhooks(
    running: Storm, http: httpx.AsyncClient, webhooks: Sequence[tuple[str, Json]]
) -> None:
    url = f"{running.runtime.url('connector-shopify')}/hooks/shopify"
    shop = running.shop.accounts["shopify"].name
    secret = sandboxed.SHOPIFY_CLIENT_SECRET.encode()

    async def send(fuzz: Fuzz) -> httpx.Response:
        topic, sample = fuzz.chance.choice(webhooks)
        body = fuzz.body([sample])
        signature = base64.b64encode(hmac.digest(secret, body, hashlib.sha256))
        headers: dict[str, str | bytes] = {
            "X-Shopify-Topic": topic,
            "X-Shopify-Hmac-Sha256": signature,
            "X-Shopify-Shop-Domain": shop,
            "X-Shopify-Webhook-Id": str(uuid4()),
            "X-Shopify-Triggered-At": "2026-11-25T12:00:00Z",
        }
        if fuzz.chance.random() < 0.3:
            headers[fuzz.chance.choice(list(headers))] = fuzz.noise().translate(None, b"\r\n\x00") or b"-"
        return await http.post(url, content=body, headers=headers)

    statuses = await _storm_of(send, INPUTS, seed=1)
    assert statuses[200] > INPUTS / 3, statuses
    assert set(statuses) <= {200, 400, 401, 404, 413}, statuses
    await _all_mapped(running, "connector-shopify")


async def test_ebay_notifications(running: Storm, http: httpx.AsyncClient) -> None:
    url = f"{running.runtime.url('connector-ebay')}/hooks/ebay"
    account = running.shop.accounts["ebay"]
    sample = {
        "metadata": {"topic": "ORDER_CONFIRMATION", "schemaVersion": "1.0", "deprecated": False},
        "notification": {
            "notificationId": "n-1",
            "eventDate": "2026-11-25T12:00:00.000Z",
            "publishDate": "2026-11-25T12:00:00.000Z",
            "publishAttemptCount": 1,
            "data": {
                "user": {"userId": account.made["seller_id"], "username": account.name},
                "order": {"orderId": "1-2-3", "orderLineItems": [{"orderLineItemId": "1", "quantity": 1}]},
            },
        },
    }

    async def send(fuzz: Fuzz) -> httpx.Response:
        if fuzz.chance.random() < 0.5:
            signature = base64.b64encode(json.dumps({"kid": "k", "signature": "s"}).encode())
            headers = {
                "x-ebay-signature": fuzz.chance.choice([b"", b"x", signature, fuzz.noise().hex().encode()])
            }
            return await http.post(url, content=fuzz.body([sample]), headers=headers)
        body = json.loads(json.dumps(fuzz.changed(sample)).replace("\\ud800", "?"))
        return await http.post(
            f"{running.runtime.url('sandbox')}/control/webhooks/forge",
            json={
                "platform": "ebay",
                "account": account.name,
                "uri": url,
                "body": body if isinstance(body, dict) else {"x": body},
                "signature": "valid",
            },
        )

    statuses = await _storm_of(send, INPUTS, seed=2)
    assert set(statuses) <= {200, 204, 400, 401, 404, 412, 413}, statuses
    await _all_mapped(running, "connector-ebay")


@pytest.mark.parametrize(
    "door", ["sold-items", "listings", "sales-csv", "tasks/lease", "tasks/{id}/result", "pair"]
)
async def test_browsers_doors(running: Storm, http: httpx.AsyncClient, door: str) -> None:
    base = running.runtime.url("connector-depop-ingest")
    token = running.browser._ingest.headers["Authorization"]
    receipt = {
        "receipt_id": "1",
        "sold_at": "2026-11-20T10:00:00Z",
        "items": [{"slug": "a-coat", "title": "Coat", "price": "25.00", "quantity": 1}],
        "total": "25.00",
        "currency": "GBP",
    }
    samples = {
        "sold-items": {"batch_id": str(uuid4()), "read_at": "2026-11-25T12:00:00Z", "receipts": [receipt]},
        "listings": {
            "batch_id": str(uuid4()),
            "read_at": "2026-11-25T12:00:00Z",
            "complete": False,
            "listings": [{"slug": "a", "title": "b", "sku": "c", "price": "1.00"}],
        },
        "sales-csv": {"x": 1},
        "tasks/lease": {"limit": 5},
        "tasks/{id}/result": {"lease": 1, "outcome": "done"},
        "pair": {"code": "ABCD-EFGH", "device": "x", "shop": {"name": "s", "seller_id": "1"}},
    }

    async def send(fuzz: Fuzz) -> httpx.Response:
        headers = {"Authorization": token if fuzz.chance.random() < 0.9 else "Bearer x"}
        path = door.replace("{id}", fuzz.chance.choice([str(uuid4()), "x", "%00"]))
        return await http.post(f"{base}/ingest/{path}", content=fuzz.body([samples[door]]), headers=headers)

    statuses = await _storm_of(send, INPUTS, seed=3)
    assert max(statuses) < 500, statuses
    await _all_mapped(running, "connector-depop-ingest")


async def test_every_subscriber(running: Storm) -> None:
    """Each is sent so many over its topics; all are applied or in its dead letters with a reason, and nobody died."""
    runtime = running.runtime
    starts = {service: runtime.process(service).starts for service in SERVICES}
    producer = AIOKafkaProducer(bootstrap_servers=runtime.kafka.bootstrap, acks="all", linger_ms=20)
    await producer.start()
    try:
        for subscription in SUBSCRIPTIONS:
            if subscription.group is not None:
                await _produce(producer, subscription.topics, INPUTS)
    finally:
        await producer.stop()
    await _caught_up(running, UNBLOCKED_WITHIN + INPUTS / 100)
    assert {service: runtime.process(service).starts for service in SERVICES} == starts
    databases = Databases(runtime.postgres.dsn)
    for service in SERVICES:
        silent = "select count(*) from dead_letters where reason = '' or error = ''"
        assert await databases.count(service, silent) == 0
    assert sum([await databases.count(s, "select count(*) from dead_letters") for s in SERVICES]) > INPUTS


async def test_and_the_next_sale_is_delisted_as_ever(running: Storm) -> None:
    await running.stock(small_mix(20))
    before = running.sold
    await running.sell(10)
    assert running.sold > before
    databases = Databases(running.runtime.postgres.dsn)
    async with asyncio.timeout(120):
        while await databases.count("delist-orchestrator", "select count(*) from steps where not ended"):
            await asyncio.sleep(0.5)
    for listing in await running.shop.control.truth("listings"):
        if listing["sku"] in running.opening and listing["sku"][0] in "SP":
            assert not listing["buyable"], listing


async def _produce(producer: AIOKafkaProducer, names: Sequence[str], count: int) -> None:
    fuzz = Fuzz(seed=len(names))
    samples = {name: _examples(name) for name in names}
    acks = []
    for _ in range(count):
        name = fuzz.chance.choice(names)
        acks.append(
            await producer.send(
                name,
                fuzz.body(samples[name]),
                key=fuzz.noise() or None,
                headers=fuzz.headers(),
                partition=fuzz.chance.randrange(TOPICS[name].partitions),
            )
        )
    await asyncio.gather(*acks)


def _examples(topic: str) -> list[Json]:
    name = "listing.target" if topic.startswith("listing.target.") else topic
    name = "sync.requested" if topic.startswith("sync.requested.") else name
    return [json.loads(path.read_text()) for path in sorted((EXAMPLES / f"{name}.v1").glob("*.json"))]


async def _caught_up(running: Storm, within: float) -> None:
    bootstrap = running.runtime.kafka.bootstrap
    behind: dict[str, int] = {}
    async with topics.connected(bootstrap) as admin:
        try:
            async with asyncio.timeout(within):
                while True:
                    lags = await lag.per_topic(admin, bootstrap)
                    behind = {f"{t} {g}": n for t, groups in lags.items() for g, n in groups.items() if n}
                    if not behind:
                        return
                    await asyncio.sleep(1)
        except TimeoutError:
            raise AssertionError(f"after {within:g} s still behind: {behind}") from None


async def _all_mapped(running: Storm, service: str) -> None:
    databases = Databases(running.runtime.postgres.dsn)
    async with asyncio.timeout(120 + INPUTS / 50):
        while await databases.count(service, "select count(*) from raw_webhooks where mapped_at is null"):
            await asyncio.sleep(0.5)
