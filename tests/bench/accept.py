"""A webhook accepted and stored, by connector-shopify and by the bare door, in turns."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import uuid4

import aiohttp
from soldwire_local import sandboxed

from tests.bench import door
from tests.bench.figures import Latency, Report
from tests.bench.way import Way

SERVICE = "connector-shopify"
TOPIC = "orders/create"
ROUNDS = 5
ONE_BY_ONE = 300
"""Webhooks of a round sent one at a time."""
AT_ONCE = 32
"""Clients of the other half of a round."""
TOGETHER = 2000
"""Webhooks they send."""
_PREFIX = "bench-"
_STORED = f"select count(*) from raw_webhooks where delivery_id like '{_PREFIX}%'"
_FORGET = f"delete from raw_webhooks where delivery_id like '{_PREFIX}%'"
_SAMPLE = f"select body from raw_webhooks where topic = '{TOPIC}' limit 1"


@dataclass
class Target:
    """Where one genuine webhook goes again and again, each time under an id of its own; what was measured of it."""

    url: str
    body: bytes
    headers: Mapping[str, str]
    milliseconds: list[float] = field(default_factory=list)
    per_second: list[float] = field(default_factory=list)

    async def round(self, http: aiohttp.ClientSession) -> None:
        """So many one at a time, then so many by clients at once."""
        self.milliseconds += [await self._send(http) for _ in range(ONE_BY_ONE)]
        begun = time.monotonic()
        await asyncio.gather(*(self._client(http) for _ in range(AT_ONCE)))
        self.per_second.append(TOGETHER // AT_ONCE * AT_ONCE / (time.monotonic() - begun))

    async def _client(self, http: aiohttp.ClientSession) -> None:
        for _ in range(TOGETHER // AT_ONCE):
            await self._send(http)

    async def _send(self, http: aiohttp.ClientSession) -> float:
        """Milliseconds until the answer. Raises RuntimeError for any but 200."""
        headers = {**self.headers, "X-Shopify-Webhook-Id": f"{_PREFIX}{uuid4()}"}
        begun = time.perf_counter()
        async with http.post(self.url, data=self.body, headers=headers) as answer:
            await answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{self.url} answered {answer.status}")
        return (time.perf_counter() - begun) * 1000


async def measure(report: Report, soldwire: Way) -> None:
    """What a webhook means is found out later, so nothing is interpreted meanwhile: the door alone is measured."""
    body = await _a_webhook(soldwire)
    await soldwire.restart(SERVICE, SOLDWIRE_WEBHOOKS_PER_TURN="0")
    secret, shop = sandboxed.SHOPIFY_CLIENT_SECRET, soldwire.shops[0].accounts["shopify"].name
    headers = {
        "Content-Type": "application/json",
        "X-Shopify-Topic": TOPIC,
        "X-Shopify-Shop-Domain": shop,
        "X-Shopify-Hmac-Sha256": door.signature(secret, body),
    }
    async with door.running(soldwire.runtime.postgres.dsn, secret) as bare:
        base = Target(bare.url, body, headers)
        ours = Target(f"{soldwire.runtime.url(SERVICE)}/hooks/shopify", body, headers)
        await _in_turns(base, ours)
    await _all_stored(soldwire)
    await soldwire.restart(SERVICE)
    tell(report, ours, base)


async def _a_webhook(soldwire: Way) -> bytes:
    """What the sandbox sent of a sale."""
    await soldwire.stock(len(soldwire.shops))
    await soldwire.sell(1, 1)
    seen = f"select count(*) from raw_webhooks where topic = '{TOPIC}'"
    await soldwire.counts.reaches(SERVICE, seen, 1, 60)
    await soldwire.quiet(1)
    return bytes(await (await soldwire.counts.connection(SERVICE)).fetchval(_SAMPLE))


async def _in_turns(base: Target, ours: Target) -> None:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as http:
        for target in (base, ours):
            await target.round(http)  # connections and prepared statements are made
            target.milliseconds.clear()
            target.per_second.clear()
        for _ in range(ROUNDS):
            await base.round(http)
            await ours.round(http)


async def _all_stored(soldwire: Way) -> None:
    """A 2xx says so; then they are forgotten, for none is to be interpreted. Raises RuntimeError."""
    stored = await soldwire.counts.count(SERVICE, _STORED)
    sent = (ROUNDS + 1) * (ONE_BY_ONE + TOGETHER // AT_ONCE * AT_ONCE)
    await (await soldwire.counts.connection(SERVICE)).execute(_FORGET)
    if stored != sent:
        raise RuntimeError(f"{stored} of {sent} accepted webhooks are stored")


def tell(report: Report, ours: Target, base: Target) -> None:
    """The rows: latencies over all rounds, rates as the median of the rounds."""
    one, floor = Latency.of(ours.milliseconds), Latency.of(base.milliseconds)
    report.compare(f"webhook accepted, one at a time, p50 of {one.count}", one.p50, floor.p50, "ms", "≤ 1.5")
    report.compare("webhook accepted, one at a time, p99", one.p99, floor.p99, "ms")
    together = statistics.median(ours.per_second), statistics.median(base.per_second)
    report.compare(f"webhooks accepted, {AT_ONCE} clients at once", *together, "/s")
