"""Every way in over HTTP, and how one input goes through it: signed or with a token, so that it gets past the door."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from sandbox.testing import receiving
from soldwire_local import sandboxed
from soldwire_local.stage.browser import Task, receipt_json

from tests.failure.fuzz import Fuzz
from tests.failure.invariants import Databases
from tests.failure.storm import Kind, Storm, small_mix

Json = Any
Send = Callable[[Fuzz], Awaitable[httpx.Response]]
PAUSED = {
    "SOLDWIRE_TASK_LEASE_SECONDS": "3600",
    "SOLDWIRE_PAIR_TRIES_PER_MINUTE": "1000000",
    "SOLDWIRE_TRUST_FORWARDED_FOR": "true",
}
"""Settings with which doors stay open however often they are knocked at; each who knocks may name his address."""
TOPICS = {"orders/create", "orders/fulfilled", "refunds/create", "products/update"}
_CONTROL = bytes([*range(32), 127])
"""What our own client would not send in a header."""
BROWSERS_DOORS = ("sold-items", "listings", "sales-csv", "tasks/lease", "tasks/{id}/result", "pair")


@dataclass(frozen=True)
class Samples:
    """What really comes in by each door, seen of one shop."""

    webhooks: Sequence[tuple[str, Json]]
    """Shopify's topic and body."""
    notification: Json
    uploads: Mapping[str, Json]
    """By browser's door."""
    csv: bytes
    tasks: Sequence[Task]
    """In a browser's hands until long after."""


async def samples(made: Storm) -> Samples:
    """Sell on all three marketplaces and keep what they and a browser have to say."""
    async with receiving() as receiver:
        account = made.shop.accounts["shopify"].name
        await made.shop.control.post("/shopify/subscriptions", account=account, uri=receiver.uri)
        await made.stock([*small_mix(10), Kind("S", 20, 1, ("depop", "shopify"))])
        await _sell_and_ship(made)
        await until(lambda: {got.headers["x-shopify-topic"] for got in receiver.got} >= TOPICS, str(TOPICS))
        bodies = {got.headers["x-shopify-topic"]: json.loads(got.body) for got in receiver.got}
    return Samples(
        webhooks=list(bodies.items()),
        notification=await _notification(made),
        uploads=await _uploads(made),
        csv=(await made.browser._depop.get("/sellinghub/sold-items/export/")).content,
        tasks=await _tasks(made),
    )


async def until(condition: Callable[[], bool], what: str, within: float = 60) -> None:
    """Wait for a condition. Raises AssertionError naming what did not come about."""
    try:
        async with asyncio.timeout(within):
            while not condition():
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise AssertionError(f"after {within:g} s still no {what}") from None


async def _sell_and_ship(made: Storm) -> None:
    for n, (sku, _) in enumerate(made.stocked):
        elsewhere = "depop" if sku[0] == "S" else "ebay"
        await made.buy("shopify" if n % 3 else elsewhere, sku)
    order = await _a_sale(made, "shopify")
    await made.shop.control.order("shopify", order["order_id"], "ship", courier="X", tracking="A1")
    await made.shop.control.order("shopify", order["order_id"], "refund", amount="5.00")


async def _a_sale(made: Storm, platform: str) -> Json:
    """One of this seller's."""
    sales = await made.shop.control.truth("sales", platform=platform)
    return next(sale for sale in sales if sale["account"] == made.shop.accounts[platform].name)


async def _notification(made: Storm) -> Json:
    sale, account = await _a_sale(made, "ebay"), made.shop.accounts["ebay"]
    lines = [{"orderLineItemId": line["line_id"], "quantity": 1} for line in sale["lines"]]
    return {
        "metadata": {"topic": "ORDER_CONFIRMATION", "schemaVersion": "1.0", "deprecated": False},
        "notification": {
            "notificationId": str(uuid4()),
            "eventDate": "2026-11-25T12:00:00.000Z",
            "publishDate": "2026-11-25T12:00:00.000Z",
            "publishAttemptCount": 1,
            "data": {
                "user": {"userId": account.made["seller_id"], "username": account.name},
                "order": {"orderId": sale["order_id"], "orderLineItems": lines},
            },
        },
    }


async def _uploads(made: Storm) -> Mapping[str, Json]:
    batch = {"batch_id": str(uuid4()), "read_at": datetime.now(UTC).isoformat()}
    receipts = [receipt_json(one) for one in await made.browser.read_sold()]
    rows = [
        {"slug": item.slug, "title": item.title, "sku": item.sku, "price": str(item.price)}
        for item in await made.browser.read_active()
    ]
    assert receipts
    assert rows
    return {
        "sold-items": {**batch, "receipts": receipts[:3]},
        "listings": {**batch, "complete": False, "listings": rows[:3]},
        "tasks/lease": {"limit": 5},
        "tasks/{id}/result": {
            "lease": 1,
            "outcome": "done",
            "evidence": {"for_sale": False, "gone": True, "read_at": batch["read_at"]},
            "reason": "seen",
        },
        "pair": {"code": "ABCD-EFGH", "device": "x", "shop": {"name": "fuzzedshop", "seller_id": "1"}},
    }


async def _tasks(made: Storm) -> Sequence[Task]:
    """Listings on Depop of what has sold on Shopify: they wait for a browser."""
    tasks: list[Task] = []
    async with asyncio.timeout(60):
        while len(tasks) < 5:
            tasks += await made.browser.lease(20)
            await asyncio.sleep(0.2)
    return tasks


def shopify(made: Storm, http: httpx.AsyncClient, seen: Samples) -> Send:
    """Shopify's webhooks, signed with the app's secret; one in ten has one header that says something else."""
    url = f"{made.runtime.url('connector-shopify')}/hooks/shopify"
    shop, secret = made.shop.accounts["shopify"].name, sandboxed.SHOPIFY_CLIENT_SECRET.encode()

    async def send(fuzz: Fuzz) -> httpx.Response:
        topic, sample = fuzz.chance.choice(seen.webhooks)
        body = fuzz.body([fuzz.anew(sample)])
        headers: dict[str, str | bytes] = {
            "X-Shopify-Topic": topic,
            "X-Shopify-Hmac-Sha256": base64.b64encode(hmac.digest(secret, body, hashlib.sha256)),
            "X-Shopify-Shop-Domain": shop,
            "X-Shopify-Webhook-Id": fuzz.uuid(),
            "X-Shopify-Triggered-At": "2026-11-25T12:00:00Z",
        }
        if fuzz.chance.random() < 0.1:
            said = fuzz.noise(4000).translate(None, _CONTROL).strip()
            headers[fuzz.chance.choice(list(headers))] = said or b"-"
        return await http.post(url, content=body, headers=headers)

    return send


async def ebay(made: Storm, http: httpx.AsyncClient, seen: Samples) -> Send:
    """eBay's notifications, signed as eBay does; one in ten isn't, or not rightly."""
    url = f"{made.runtime.url('connector-ebay')}/hooks/ebay"
    told = await made.shop.control.get("/ebay/signing-key")
    key = load_pem_private_key(told["pem"].encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)

    def signature(body: bytes) -> bytes:
        signed = base64.b64encode(key.sign(body, ec.ECDSA(hashes.SHA1()))).decode()
        parts = {"alg": "ecdsa", "kid": told["kid"], "signature": signed, "digest": "SHA1"}
        return base64.b64encode(json.dumps(parts).encode())

    async def send(fuzz: Fuzz) -> httpx.Response:
        body = fuzz.body([fuzz.anew(seen.notification, own=("notificationId",))])
        signed = signature(body)
        if fuzz.chance.random() < 0.1:
            wrong = (b"", b"x", signature(body + b" "), fuzz.noise().hex().encode())
            signed = fuzz.chance.choice(wrong)
        return await http.post(url, content=body, headers={"x-ebay-signature": signed})

    return send


def browsers(made: Storm, http: httpx.AsyncClient, seen: Samples, door: str) -> Send:
    """What a paired browser sends to one of its doors; one in ten with a token that was never given out."""
    base = made.runtime.url("connector-depop-ingest")
    token = made.browser._ingest.headers["Authorization"]

    def content(fuzz: Fuzz, task: Task) -> bytes:
        if door == "sales-csv":
            return fuzz.table(seen.csv)
        sample = fuzz.anew(seen.uploads[door], own=("batch_id",))
        return fuzz.body([{**sample, "lease": task.lease} if "lease" in sample else sample])

    async def send(fuzz: Fuzz) -> httpx.Response:
        headers = {"Authorization": token if fuzz.chance.random() < 0.9 else "Bearer x"}
        if fuzz.chance.random() < 0.9:
            headers["Content-Type"] = "application/json"
        task = fuzz.chance.choice(seen.tasks)
        named = task.task_id if fuzz.chance.random() < 0.8 else fuzz.chance.choice([fuzz.uuid(), "x", "%00"])
        path = door.replace("{id}", named)
        return await http.post(f"{base}/ingest/{path}", content=content(fuzz, task), headers=headers)

    return send


async def all_mapped(made: Storm, service: str, within: float) -> None:
    """Until everything that was taken in has come to an end that is on record. `within` is in seconds."""
    databases, begun = Databases(made.runtime.postgres.dsn), time.monotonic()
    left = "select count(*) from raw_webhooks where mapped_at is null"
    async with asyncio.timeout(within):
        while await databases.count(service, left):
            await asyncio.sleep(0.5)
    silent = "select count(*) from raw_webhooks where coalesce(outcome, '') = ''"
    assert await databases.count(service, silent) == 0
    buried = "select count(*) from raw_webhooks where outcome = 'dead letter'"
    kept = "select count(*) from dead_letters where partition = -1 and reason <> '' and error <> ''"
    dead, letters = await databases.count(service, buried), await databases.count(service, kept)
    assert letters >= dead
    print(f"{service}: mapped {time.monotonic() - begun:.1f} s later, {letters} set aside", flush=True)
