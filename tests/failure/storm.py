"""A run of sales over all three marketplaces with duplicates, disorder and last-unit races, while something dies."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from soldwire_local.runtime import Runtime
from soldwire_local.stage import Control, Services, Shop
from soldwire_local.stage.browser import PairedBrowser, receipt_json

from tests.failure.invariants import CONNECTORS, Databases, Violation, left_over, read_world, violations

PLATFORMS = ("shopify", "ebay", "depop")
# Short times where the real ones would only make the test wait: polls, resends and settling.
FAST = {
    "SOLDWIRE_POLL_SECONDS": "3",
    "SOLDWIRE_POLL_OVERLAP_SECONDS": "10",
    "SOLDWIRE_SETTLE_SECONDS": "2",
    "SOLDWIRE_SANDBOX_TIME_FACTOR": "0.002",
    "SOLDWIRE_LOG_LEVEL": "WARNING",
    # One browser here works for a whole shop at a pace no person's has.
    "SOLDWIRE_TOKEN_REQUESTS_PER_SECOND": "500",
    "SOLDWIRE_TOKEN_BURST": "2000",
    "SOLDWIRE_TASK_LEASE_SECONDS": "10",
    # One seller here sells what a hundred would; what limits do has runs of its own (`make bench`, `make delists`).
    "SOLDWIRE_EBAY_USER_CALLS_PER_SECOND": "1000",
    "SOLDWIRE_EBAY_CALLS_PER_DAY": "100000000",
    "SOLDWIRE_CALLS_PER_ACCOUNT": "32",
}
PLANNED = (
    ("scheduler", "update due_plans set due_at = now()"),
    ("delist-orchestrator", "update due_steps set due_at = now() where due_at is not null"),
)
"""What makes everything that is planned for later due now."""
LEASED = tuple(
    (connector, change)
    for connector in CONNECTORS.values()
    for change in (
        "update due_polls set lease_until = now() where lease_until > now()",
        "update due_runs set lease_until = now() where lease_until > now()",
        "update raw_webhooks set due_at = now() where mapped_at is null and due_at > now()",
    )
)
"""What ends leases of a minute or two that the dead left. Not those on intents: two would call for the living."""
DUPLICATES, OUT_OF_ORDER, LATE = 0.10, 0.05, 0.01

Json = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """So many articles of a quantity, for sale on these platforms. A SKU begins with the letter of its kind."""

    letter: str
    count: int
    quantity: int
    places: Sequence[str]


def small_mix(units: int) -> list[Kind]:
    """Singles on all three marketplaces and on two, the others threes on two."""
    on_three, on_two = int(units * 0.2), int(units * 0.4)
    threes = (units - on_three - on_two) // 3
    return [
        Kind("S", on_three, 1, PLATFORMS),
        Kind("P", on_two, 1, PLATFORMS[:2]),
        Kind("T", threes, 3, PLATFORMS[:2]),
    ]


@dataclass
class Storm:
    """One shop on a running product, and sales upon it."""

    runtime: Runtime
    shop: Shop
    browser: PairedBrowser
    seed: int
    stocked: list[tuple[str, int]] = field(default_factory=list)
    sold: int = 0
    refused: int = 0
    uploaded: set[str] = field(default_factory=set)
    hiccups: list[str] = field(default_factory=list)
    opening: dict[str, int] = field(default_factory=dict)
    """Units of each SKU before anything was sold."""

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self._begun = time.monotonic()

    def say(self, what: str) -> None:
        """Tell how the run gets on."""
        print(f"{time.monotonic() - self._begun:7.1f} s  {what}", flush=True)

    def seconds(self, at: float) -> float:
        """A moment of `time.monotonic()`, in seconds of the run."""
        return at - self._begun

    async def stock(self, kinds: Sequence[Kind]) -> None:
        """Put articles up for sale, let everything read them, wait until they are linked."""
        name = uuid4().hex[:6]
        for kind in kinds:
            prefix = f"{kind.letter}-{name}-"
            await self.shop.stock(
                kind.places,
                count=kind.count,
                sku_prefix=prefix,
                quantity=kind.quantity,
                price="25.00",
                title="Coat",
            )
            made = [f"{prefix}{n + 1}" for n in range(kind.count)]
            self.stocked += [(sku, kind.quantity) for sku in made]
            self.opening |= dict.fromkeys(made, kind.quantity)
        listings = sum(kind.count * len(kind.places) for kind in kinds)
        patience = 120 + listings / 50
        await self.browser.upload_listings()
        await self.shop.refresh(within=patience)
        await self._linked(name, listings, patience)

    async def _linked(self, name: str, listings: int, within: float) -> None:
        databases = Databases(self.runtime.postgres.dsn)
        query = f"select count(*) from listings where article_id is not null and sku like '_-{name}-%'"
        async with asyncio.timeout(within):
            while await databases.count("inventory", query) < listings:
                await asyncio.sleep(0.2)

    async def counts_the_stock(self, master: bool) -> None:
        """Whether Shopify is the one that counts the stock, as a seller chooses it."""
        account = self.shop.accounts["shopify"].id
        body = {"stock_master": master}
        await self.shop.services.call("PATCH", "connector-shopify", f"/v1/accounts/{account}", body)
        await self.shop.refresh("articles")

    async def sell(self, rate: float, meanwhile: Callable[[], Awaitable[None]] | None = None) -> None:
        """Sell every unit once, open loop at this rate; each tenth last unit is fought for on two marketplaces."""
        plan = self._units()
        begun = time.monotonic()
        sales = []
        for n, sku in enumerate(plan):
            await asyncio.sleep(max(0, begun + n / rate - time.monotonic()))
            sales.append(asyncio.create_task(self._sale(sku)))
            if meanwhile is not None and n == len(plan) // 3:
                sales.append(asyncio.create_task(meanwhile()))
        await asyncio.gather(*sales)

    async def sell_during(self, rate: float, doing: Awaitable[None]) -> None:
        """Sell at this rate until something else is done, whatever is left then. Raises RuntimeError if all is sold."""
        plan = self._units()
        other = asyncio.ensure_future(doing)
        sales: set[asyncio.Task[None]] = set()
        begun = time.monotonic()
        for n, sku in enumerate(plan):
            await asyncio.wait((other,), timeout=max(0, begun + n / rate - time.monotonic()))
            if other.done():
                break
            sales.add(asyncio.create_task(self._sale(sku)))
        await asyncio.gather(*sales)
        if not other.done():
            other.cancel()
            raise RuntimeError(f"all {len(plan)} units are sold after {time.monotonic() - begun:.0f} s")
        await other

    def _units(self) -> list[str]:
        """The SKU of every unit that was stocked since the last time, shuffled."""
        units = [sku for sku, quantity in self.stocked for _ in range(quantity)]
        self.stocked = []
        self.random.shuffle(units)
        return units

    async def refreshing(self, every: float) -> None:
        """Everything that is planned for later comes due now and everything is synced, again and again.

        Leases end too. What is down meanwhile only makes one fail.
        """
        while True:
            await asyncio.sleep(every)
            try:
                await self._change(PLANNED)
                await self.leases_end()
                await self.shop.services.post("scheduler", "/v1/refresh", {"scope": "everything"})
            except Exception as error:
                self.hiccups.append(repr(error))

    async def leases_end(self) -> None:
        """Nobody waits any longer for those who died with one."""
        await self._change(LEASED)

    async def _change(self, changes: Iterable[tuple[str, str]]) -> None:
        databases = Databases(self.runtime.postgres.dsn)
        for service, change in changes:
            await databases.rows(service, f"{change} returning 1")

    async def _sale(self, sku: str) -> None:
        places = PLATFORMS if sku.startswith("S") else PLATFORMS[:2]
        first = self.random.choice(places)
        await self.buy(first, sku)
        if self.random.random() < 0.1:
            await self.buy(self.random.choice([p for p in places if p != first]), sku)

    async def buy(self, platform: str, sku: str) -> None:
        """A buyer takes one there, if there is one left."""
        luck = self.random.random()
        how: Json = {"duplicates": 2 if luck < DUPLICATES else 1}
        if luck > 1 - OUT_OF_ORDER:
            how["delay_ms"] = 1500
        if luck > 1 - LATE:
            how["delay_ms"] = 8000
        account = self.shop.accounts[platform].name
        answer = await self.shop.control.sell(platform, account, [{"sku": sku, "quantity": 1}], **how)
        if answer.get("accepted"):
            self.sold += 1
        else:
            self.refused += 1

    async def browse(self) -> None:
        """What the paired browser does all day, side by side: read sold items, take listings down."""
        await asyncio.gather(self._again(self._upload_new), self._again(self._work))

    async def _again(self, turn: Callable[[], Awaitable[None]]) -> None:
        """Outages only make it retry."""
        while True:
            try:
                await turn()
            except Exception as error:
                self.hiccups.append(repr(error))
            await asyncio.sleep(0.5)

    async def _work(self) -> None:
        """Few tasks at a time: what a browser held when it broke off is free again only after its lease."""
        while tasks := await self.browser.lease(5):
            for task in tasks:
                (await self.browser.report(task, await self.browser.carry_out(task))).raise_for_status()

    async def _upload_new(self) -> None:
        receipts = await self.browser.read_sold(frozenset(self.uploaded))
        if receipts:
            await self.browser.post_receipts([receipt_json(one) for one in receipts])
            self.uploaded |= {one.receipt_id for one in receipts}

    async def drained(self, within: float = 120) -> float:
        """Until everything is through; returns the seconds it took. No sale is made meanwhile.

        Raises TimeoutError naming what is left.
        """
        databases = Databases(self.runtime.postgres.dsn)
        begun = time.monotonic()
        lines = sum(len(sale["lines"]) for sale in await self.shop.control.truth("sales"))
        left: dict[str, int] = {}
        while time.monotonic() - begun < within:
            left = {where: n for where, n in (await self.left(databases, lines)).items() if n}
            if not left:
                return time.monotonic() - begun
            await asyncio.sleep(0.5)
        raise TimeoutError(
            f"not through after {within:g} s: {left}; the browser's last hiccups: {self.hiccups[-3:]}"
        )

    async def left(self, databases: Databases, lines: int) -> dict[str, int]:
        recorded = await databases.count("sales-ledger", "select count(*) from sales where line is not null")
        reserved = await databases.count("sales-ledger", "select count(*) from sales where stock is not null")
        open_steps = await databases.count(
            "delist-orchestrator", "select count(*) from steps where not ended"
        )
        return {
            "sales to be recorded": max(0, lines - recorded),
            "sales to be reserved": max(0, lines - reserved),
            "steps": open_steps,
            **await left_over(databases),
        }

    async def violations(self) -> list[Violation]:
        """What is not as it must be."""
        world = await read_world(Databases(self.runtime.postgres.dsn), self.shop.control)
        return violations(world)


@asynccontextmanager
async def storm(
    data: Path,
    seed: int = 1,
    extra: Mapping[str, str] | None = None,
    make: Callable[..., Runtime] = Runtime,
    **fields: object,
) -> AsyncIterator[Storm]:
    """Everything running, one shop open on all three marketplaces, a browser paired that works.

    `fields` are of the accounts, such as `token_ttl`.
    """
    async with (
        make(data, extra={**FAST, **(extra or {})}, durable=False) as runtime,
        seller(runtime, "storm", seed, **fields) as made,
    ):
        browsing = asyncio.create_task(made.browse())
        try:
            yield made
        finally:
            browsing.cancel()
            await asyncio.gather(browsing, return_exceptions=True)


@asynccontextmanager
async def seller(runtime: Runtime, name: str, seed: int = 1, **fields: object) -> AsyncIterator[Storm]:
    """A tenant with a shop of this name open on all three marketplaces, a browser paired that does nothing yet."""
    async with (
        Services(runtime.urls, runtime.secret, uuid4()) as services,
        Control(runtime.url("sandbox")) as control,
    ):
        shop = Shop(services, control, {"ebay": f"{runtime.url('connector-ebay')}/hooks/ebay"})
        await shop.open(
            shopify=f"{name}.myshopify.com",
            ebay=f"{name}_seller",
            depop=f"{name}shop",
            currency="GBP",
            maximum_available=100_000,
            restore_rate=50_000,
            **fields,
        )
        async with shop.browser(runtime.url("sandbox"), runtime.url("connector-depop-ingest")) as browser:
            yield Storm(runtime, shop, browser, seed)
