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

import httpx
import psutil
from soldwire_local.runtime import Runtime
from soldwire_local.stage import Control, Services, Shop

from tests.bench.figures import Latency
from tests.failure.invariants import Databases

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
    "SOLDWIRE_EBAY_APPLICATION_CALLS_PER_DAY": "1000000000",
}


@dataclass
class Way:
    """Shops of one tenant on a running product; each article is for sale once on Shopify and once on eBay."""

    runtime: Runtime
    control: Control
    shops: Sequence[Shop]
    stocked: list[tuple[int, str]] = field(default_factory=list)
    environments: dict[str, Mapping[str, str]] = field(default_factory=dict)

    async def stock(self, count: int) -> None:
        """So many articles, spread over the shops, read and linked."""
        name = uuid4().hex[:6]
        each = count // len(self.shops)
        for number, shop in enumerate(self.shops):
            prefix = f"B-{name}-{number}-"
            await shop.stock(
                ("shopify", "ebay"), count=each, sku_prefix=prefix, quantity=1, price="20.00", title="Bench"
            )
            self.stocked += [(number, f"{prefix}{n + 1}") for n in range(each)]
        await self.shops[0].refresh("articles", within=600)
        query = f"select count(*) from listings where article_id is not null and sku like 'B-{name}-%'"
        await self._reaches("inventory", query, 2 * each * len(self.shops), 600)

    def take(self, count: int) -> list[tuple[int, str]]:
        """Articles not sold yet, over all shops in turn."""
        chosen, self.stocked = self.stocked[:count], self.stocked[count:]
        return sorted(chosen, key=lambda one: one[1].rpartition("-")[2])

    async def paced(self, rate: float, seconds: float) -> Latency:
        """Sales on Shopify at an open-loop rate; milliseconds from the accepted webhook to the eBay call's arrival."""
        plan = self.take(int(rate * seconds))
        since = await self._last("calls"), await self._last("webhooks")
        begun = time.monotonic()
        sales = []
        for n, (shop, sku) in enumerate(plan):
            await asyncio.sleep(max(0, begun + n / rate - time.monotonic()))
            sales.append(asyncio.create_task(self._sell(shop, sku)))
        orders = {name: sku for names, sku in await asyncio.gather(*sales) for name in names}
        await self._withdrawn(since[0], len(plan))
        return Latency.of(await self._spans(since, orders))

    async def _sell(self, shop: int, sku: str, **how: object) -> tuple[tuple[str, str], str]:
        """Both names the sandbox has for the order, and the SKU."""
        account = self.shops[shop].accounts["shopify"].name
        sold = await self.control.sell("shopify", account, [{"sku": sku, "quantity": 1}], **how)
        return (str(sold["order_id"]), str(sold["sale"])), sku

    async def _last(self, what: str) -> int:
        rows = await self.control.truth(what)
        return max((row["seq"] for row in rows), default=0)

    async def _withdrawn(self, since: int, count: int, within: float = 300) -> list[Json]:
        calls: list[Json] = []
        async with asyncio.timeout(within):
            while True:
                calls += await self.control.truth(
                    "calls", platform="ebay", operation="withdrawOffer", after=since
                )
                if len({call["listing"] for call in calls if call["took_effect"]}) >= count:
                    return calls
                since = max((call["seq"] for call in calls), default=since)
                await asyncio.sleep(0.2)

    async def _spans(self, since: tuple[int, int], orders: Mapping[str, str]) -> list[float]:
        skus = {
            str(row["listing"]): row["sku"] for row in await self.control.truth("listings", platform="ebay")
        }
        called: dict[str, float] = {}
        for call in await self._withdrawn(since[0], len(set(orders.values()))):
            arrived = call["monotonic"] - call["ms"] / 1000
            called.setdefault(skus[str(call["listing"])], arrived)
        accepted: dict[str, float] = {}
        for hook in await self.control.truth("webhooks", topic="orders/create", after=since[1]):
            if hook["status"] == 200:
                accepted.setdefault(orders.get(str(hook["resource"]), ""), hook["monotonic"])
        # A webhook that was stored though its answer came too late for the sandbox has no moment to count from.
        return [(called[sku] - accepted[sku]) * 1000 for sku in set(orders.values()) if sku in accepted]

    async def store_webhooks(self, count: int) -> None:
        """So many sales' webhooks accepted and stored raw, none interpreted yet."""
        await self._restart("connector-shopify", SOLDWIRE_WEBHOOKS_PER_TURN="0")
        databases = Databases(self.runtime.postgres.dsn)
        query = "select count(*) from raw_webhooks where mapped_at is null and topic = 'orders/create'"
        plan = self.take(count)
        for start in range(0, len(plan), 50):
            await asyncio.gather(*(self._sell(shop, sku) for shop, sku in plan[start : start + 50]))
        await self._reaches("connector-shopify", query, count, 300)
        assert await databases.count("connector-shopify", query) == count

    async def until_intents(self, count: int) -> float:
        """Sales per second from stored webhooks to stored intents at both connectors, no marketplace called."""
        await self._restart("connector-ebay", SOLDWIRE_CALLS_IN_FLIGHT="0")
        before = await self._intents()
        await self._restart("connector-shopify", SOLDWIRE_CALLS_IN_FLIGHT="0")
        begun, already = time.monotonic(), await self._intents() - before
        async with asyncio.timeout(600):
            while await self._intents() - before < 2 * count:
                await asyncio.sleep(0.05)
        return (count - already / 2) / (time.monotonic() - begun)

    async def _intents(self) -> int:
        databases = Databases(self.runtime.postgres.dsn)
        counts = [await databases.count(s, "select coalesce(sum(version), 0) from intents") for s in SELLERS]
        return sum(counts)

    async def through_calls(self, count: int) -> tuple[float, list[Json]]:
        """Sales per second from stored webhooks to the listing off sale, and the calls that were made."""
        await self._restart("connector-ebay")
        since = await self._last("calls")
        await self._restart("connector-shopify")
        begun = time.monotonic()
        await self._withdrawn(since, count, within=600)
        took = time.monotonic() - begun
        await asyncio.sleep(2)
        calls = await self.control.truth("calls", after=since)
        return count / took, [call for call in calls if call["operation"] in OF_THE_WAY]

    async def drain(self, count: int) -> None:
        """Until every intent so far is reached, so that the next run starts with nothing under way."""
        query = "select count(*) from intents where state not in ('reached', 'parked', 'unsettled')"
        for service in SELLERS:
            databases = Databases(self.runtime.postgres.dsn)
            async with asyncio.timeout(60 + count / 20):
                while await databases.count(service, query):
                    await asyncio.sleep(0.2)

    async def _restart(self, service: str, **variables: str) -> None:
        process = self.runtime.process(service)
        await process.stop()
        first = self.environments.setdefault(service, process.program.environment)
        process.program = replace(process.program, environment={**first, **variables})
        process.start()
        await process.ready()

    async def _reaches(self, service: str, query: str, count: int, within: float) -> None:
        databases = Databases(self.runtime.postgres.dsn)
        async with asyncio.timeout(within):
            while await databases.count(service, query) < count:
                await asyncio.sleep(0.1)

    def memory(self) -> dict[str, float]:
        """Resident megabytes of each service."""
        found = {}
        for service in self.runtime.services:
            pid = self.runtime.process(service.name).pid
            if pid is not None:
                found[service.name] = psutil.Process(pid).memory_info().rss / 1e6
        return found


@asynccontextmanager
async def running(data: Path, shops: int) -> AsyncIterator[Way]:
    """Every service and the sandbox, one tenant with so many shops on Shopify and eBay each."""
    async with (
        Runtime(data, extra=SETTINGS) as runtime,
        Services(runtime.urls, runtime.secret, uuid4()) as services,
        Control(runtime.url("sandbox")) as control,
    ):
        opened = []
        for n in range(shops):
            shop = Shop(services, control, {"ebay": f"{runtime.url('connector-ebay')}/hooks/ebay"})
            await shop.open(shopify=f"bench{n}.myshopify.com", ebay=f"bench_{n}", currency="GBP", **LIMITS)
            opened.append(shop)
        yield Way(runtime, control, opened)


async def bare_loop(url: str, calls: Sequence[Json], tokens: Mapping[str, str], at_once: int = 32) -> float:
    """The same number of the same kinds of calls by a bare httpx loop; seconds it took."""
    limit = asyncio.Semaphore(at_once)
    async with httpx.AsyncClient(base_url=url, timeout=30, trust_env=False) as http:

        async def one(call: Json) -> None:
            async with limit:
                await _same_call(http, call, tokens)

        begun = time.monotonic()
        await asyncio.gather(*(one(call) for call in calls))
        return time.monotonic() - begun


_READ = "query($id: ID!) { productVariant(id: $id) { id inventoryQuantity } }"


async def _same_call(http: httpx.AsyncClient, call: Json, tokens: Mapping[str, str]) -> None:
    token = tokens[call["account"]]
    if call["platform"] == "shopify":
        path = f"/shopify/{call['account']}/admin/api/2026-10/graphql.json"
        body = {"query": _READ, "variables": {"id": f"gid://shopify/ProductVariant/{call['listing'] or 1}"}}
        answer = await http.post(path, json=body, headers={"X-Shopify-Access-Token": token})
    else:
        path = f"/ebay/sell/inventory/v1/offer/{call['listing']}"
        headers = {"authorization": f"Bearer {token}"}
        if call["operation"] == "withdrawOffer":
            answer = await http.post(f"{path}/withdraw", headers=headers)
        else:
            answer = await http.get(path, headers=headers)
    answer.read()
