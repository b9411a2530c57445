"""Soldwire's side of the bench: the whole way with every service running, measured from the sandbox's truth."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
from connector_kit.http import AiohttpTransport
from soldwire_local.runtime import SANDBOX, Runtime
from soldwire_local.stage import Control, Services, Shop

from tests.bench import cpu
from tests.bench.counts import LOOK_SECONDS, Counts
from tests.bench.figures import Latency
from tests.bench.truth import Sales, Truth, spans

Json = dict[str, Any]

SELLERS = ("connector-shopify", "connector-ebay")
# So that no budget binds: printed with the figures. Limits have runs of their own.
LIMITS = {"maximum_available": 1_000_000, "restore_rate": 500_000, "max_query_cost": 100_000}
OF_THE_WAY = frozenset({"productVariant", "inventorySetQuantities", "getOffer", "withdrawOffer"})
"""Operations a sale makes; what connectors ask at their start is none of it."""
SETTINGS = {
    "SOLDWIRE_LOG_LEVEL": "WARNING",
    "SOLDWIRE_POLL_SECONDS": "3600",
    "SOLDWIRE_EBAY_USER_CALLS_PER_SECOND": "100000",
    "SOLDWIRE_EBAY_CALLS_PER_DAY": "1000000000",
}
STORED_AT = 100.0
"""Sales per second whose webhooks are only stored."""


@dataclass
class Way:
    """Shops of one tenant on a running product; each article is for sale once on Shopify and once on eBay."""

    runtime: Runtime
    control: Control
    sales: Sales
    counts: Counts
    shops: Sequence[Shop]
    skus: dict[str, dict[str, str]] = field(default_factory=lambda: {"shopify": {}, "ebay": {}})
    """By platform, the SKU of each listing."""
    environments: dict[str, Mapping[str, str]] = field(default_factory=dict)
    cpu_each: dict[str, float] = field(default_factory=dict)
    """Milliseconds of CPU a sale took in the last paced run, by whose they are."""

    async def stock(self, count: int) -> None:
        """So many articles, spread over the shops, read and linked."""
        name = uuid4().hex[:6]
        each = count // len(self.shops)
        for number, shop in enumerate(self.shops):
            prefix = f"B-{name}-{number}-"
            made = await shop.stock(
                ("shopify", "ebay"), count=each, sku_prefix=prefix, quantity=1, price="20.00", title="Bench"
            )
            listings = [listing for article in made for listing in article["listings"]]
            for platform, skus in self.skus.items():
                skus |= {x["listing"]: x["sku"] for x in listings if x["platform"] == platform}
        await self.shops[0].refresh("articles", within=600)
        query = f"select count(*) from listings where article_id is not null and sku like 'B-{name}-%'"
        await self.counts.reaches("inventory", query, 2 * each * len(self.shops), 600)

    def accounts(self, platform: str) -> list[str]:
        """The marketplace's own names of the shops' accounts."""
        return [shop.accounts[platform].name for shop in self.shops]

    async def unknown(self, count: int) -> dict[tuple[str, str], list[str]]:
        """So many articles put up for sale that no sync has read: their listings, by platform and account."""
        found: dict[tuple[str, str], list[str]] = {}
        for number, shop in enumerate(self.shops):
            prefix = f"U-{uuid4().hex[:6]}-{number}-"
            made = await shop.stock(
                ("shopify", "ebay"), count=count, sku_prefix=prefix, quantity=1, price="20.00", title="Bench"
            )
            for listing in (one for article in made for one in article["listings"]):
                found.setdefault((listing["platform"], listing["account"]), []).append(listing["listing"])
        return found

    async def put_away(self, unknown: Mapping[tuple[str, str], Sequence[str]]) -> None:
        """Nobody is to buy these any more: their other listing is off sale already."""
        for (platform, _), listings in unknown.items():
            for listing in listings:
                await self.control.change_listing(platform, listing, quantity=0)

    async def sell(self, count: int, rate: float, platform: str = "shopify") -> None:
        """Sell articles not sold yet, over all shops, at an open-loop rate."""
        await self.sales.make(platform, self.accounts(platform), count, rate)

    async def paced(
        self, rate: float, seconds: float, sold_on: str = "shopify", down: str = "ebay"
    ) -> Latency:
        """Sales at an open-loop rate; milliseconds from the accepted webhook to the arrival of the other's call."""
        count = int(rate * seconds)
        truth, before = await Truth.mark(self.control), cpu.spent(self.runtime)
        await self.sell(count, rate, sold_on)
        calls = await truth.taken_down(down, count)
        self.cpu_each = cpu.each(before, cpu.spent(self.runtime), count)
        sales = await truth.rows("sales", platform=sold_on)
        webhooks = await truth.rows("webhooks", platform=sold_on)
        return Latency.of(spans(sales, webhooks, calls, self.skus[down]))

    async def store_webhooks(self, count: int) -> None:
        """So many sales' webhooks accepted and stored raw, none interpreted yet."""
        await self.restart("connector-shopify", SOLDWIRE_WEBHOOKS_PER_TURN="0")
        query = "select count(*) from raw_webhooks where mapped_at is null and topic = 'orders/create'"
        await self.sell(count, STORED_AT)
        await self.counts.reaches("connector-shopify", query, count, 300)
        assert await self.counts.count("connector-shopify", query) == count

    async def until_intents(self, count: int) -> float:
        """Sales per second from stored webhooks to stored intents at both connectors, no marketplace called."""
        await self.restart("connector-ebay", SOLDWIRE_CALLS_IN_FLIGHT="0")
        before = await self._intents()
        await self.restart("connector-shopify", SOLDWIRE_CALLS_IN_FLIGHT="0")
        begun, already = time.monotonic(), await self._intents() - before
        async with asyncio.timeout(600):
            while await self._intents() - before < 2 * count:
                await asyncio.sleep(LOOK_SECONDS)
        return (count - already / 2) / (time.monotonic() - begun)

    async def _intents(self) -> int:
        query = "select coalesce(sum(version), 0) from intents"
        return sum([await self.counts.count(service, query) for service in SELLERS])

    async def through_calls(self, count: int) -> tuple[float, list[Json]]:
        """Sales per second from stored webhooks to the listing off sale, and the calls that were made."""
        await self.restart("connector-ebay")
        truth = await Truth.mark(self.control)
        await self.restart("connector-shopify")
        begun = time.monotonic()
        await truth.taken_down("ebay", count, within=600)
        took = time.monotonic() - begun
        await self.quiet(count)
        calls = await truth.rows("calls")
        return count / took, [call for call in calls if call["operation"] in OF_THE_WAY]

    async def quiet(self, count: int) -> None:
        """Until nothing is under way anywhere: a floor is measured next on the same two cores."""
        await self.drain(count)
        for service in SELLERS:
            await self.counts.falls(
                service, "select count(*) from raw_webhooks where mapped_at is null", within=60 + count / 20
            )
        for service in self.runtime.services:
            query = "select count(*) from outbox where published_at is null"
            await self.counts.falls(service.name, query, within=60 + count / 20)
        await asyncio.sleep(2)

    async def drain(self, count: int) -> None:
        """Until every intent so far is reached, so that the next run starts with nothing under way."""
        query = "select count(*) from intents where state not in ('reached', 'parked', 'unsettled')"
        for service in SELLERS:
            await self.counts.falls(service, query, within=60 + count / 20)

    async def restart(self, service: str, **variables: str) -> None:
        """Stop a service and start it with these variables beside its own."""
        await self.runtime.process(service).stop()
        await self.start(service, **variables)

    async def start(self, service: str, **variables: str) -> None:
        """Start a stopped service."""
        process = self.runtime.process(service)
        first = self.environments.setdefault(service, process.program.environment)
        process.program = replace(process.program, environment={**first, **variables})
        process.start()
        await process.ready()

    def memory(self) -> dict[str, float]:
        """Resident megabytes of each service."""
        found = {}
        for service in self.runtime.services:
            pid = self.runtime.process(service.name).pid
            if pid is not None:
                found[service.name] = psutil.Process(pid).memory_info().rss / 1e6
        return found

    def beside(self, shop: Shop) -> Way:
        """Another tenant's way with one shop, on the same product."""
        return replace(self, shops=[shop], skus={platform: {} for platform in self.skus})

    @asynccontextmanager
    async def another_tenant(self) -> AsyncIterator[Shop]:
        """A shop without accounts yet."""
        async with Services(self.runtime.urls, self.runtime.secret, uuid4()) as services:
            yield Shop(services, self.control, self.shops[0].webhooks)


@asynccontextmanager
async def running(data: Path, shops: int) -> AsyncIterator[Way]:
    """Every service and the sandbox, one tenant with so many shops on Shopify and eBay each."""
    async with (
        Runtime(data, extra=SETTINGS) as runtime,
        Services(runtime.urls, runtime.secret, uuid4()) as services,
        Control(runtime.url(SANDBOX), AiohttpTransport(4)) as control,
        Counts(runtime.postgres.dsn) as counts,
    ):
        opened = []
        for n in range(shops):
            shop = Shop(services, control, {"ebay": f"{runtime.url('connector-ebay')}/hooks/ebay"})
            await shop.open(shopify=f"bench{n}.myshopify.com", ebay=f"bench_{n}", currency="GBP", **LIMITS)
            opened.append(shop)
        yield Way(runtime, control, Sales(control), counts, opened)
