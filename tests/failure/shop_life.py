"""`make shopify`: a shop's whole life with Soldwire while its connector dies at random; the end must equal the truth.

Installed by OAuth, read whole, sold from, refunded, uninstalled, sold from meanwhile, installed again; its tokens expire all the
time, and connector-shopify is killed at random instants of every stage.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx
import uvloop
from soldwire_local import sandboxed
from soldwire_local.errors import LocalError
from soldwire_local.runtime import Runtime
from soldwire_local.stage import Control, Services, Shop
from soldwire_local.stage.shop import Account, until

from tests.failure.faults import started_again
from tests.failure.invariants import Databases, Violation, left_over, read_world, violations
from tests.failure.shop_truth import Outcome, listings_differ, refunds_differ
from tests.failure.storm import FAST

SHOP = "life.myshopify.com"
CONNECTOR = "connector-shopify"
SESSION = "a-browser-s-session-of-its-own"
CALLBACK = "http://127.0.0.1/connect/shopify/callback"
STAGES = ("install", "sync", "sales", "refunds", "away", "again")
SHARES = (1, 6, 5, 2, 1, 5)
"""How the kills are spread over the stages."""
EXTRA = {**FAST, "SOLDWIRE_SHOPIFY_REDIRECT_URI": CALLBACK}

Json = dict[str, Any]


@dataclass(frozen=True)
class Size:
    """How much of everything."""

    variants: int
    twins: int
    """Of them on eBay too, one of each: what is sold here must come down there."""
    sales: int
    kills: int
    per_second: float = 5.0
    token_seconds: int = 25
    """How long an access token lives."""


SHORT = Size(variants=600, twins=60, sales=40, kills=6, token_seconds=8)
WHOLE = Size(variants=10_000, twins=400, sales=300, kills=20)


@dataclass
class Life:
    """The shop, and whoever kills its connector."""

    runtime: Runtime
    shop: Shop
    size: Size
    chance: random.Random
    killed: dict[str, int] = field(default_factory=dict)
    refunded: dict[str, bool] = field(default_factory=dict)
    """Orders refunded, and whether their units went back on the shelf."""
    _begun: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self._yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
        """When it sold what is history to Soldwire; a first reading goes back two days."""

    @property
    def control(self) -> Control:
        """The sandbox's."""
        return self.shop.control

    @property
    def databases(self) -> Databases:
        """Every service's."""
        return Databases(self.runtime.postgres.dsn)

    def say(self, what: str) -> None:
        """Tell how it gets on."""
        print(f"{time.monotonic() - self._begun:7.1f} s  {what}", flush=True)

    async def live(self) -> Outcome:
        """All stages, then everything compared."""
        kills = _spread(self.size.kills)
        await self._prepared()
        work: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {
            "install": self._installed,
            "sync": self._synced,
            "sales": self._sold,
            "refunds": self._refunds,
            "away": self._away,
            "again": self._again,
        }
        for stage in STAGES:
            self.say(stage)
            await self._under_fire(stage, kills[stage], work[stage])
        await self._drained()
        return await self._looked()

    # What the seller has before Soldwire is there.

    async def _prepared(self) -> None:
        made = await self.control.account(
            "shopify",
            account=SHOP,
            client_id=sandboxed.SHOPIFY_CLIENT_ID,
            client_secret=sandboxed.SHOPIFY_CLIENT_SECRET,
            currency="GBP",
            token_ttl=self.size.token_seconds,
            maximum_available=20_000,
            restore_rate=2_000,
        )
        self.shop.accounts["shopify"] = Account("shopify", SHOP, made)
        await self.shop.open(ebay="life_seller", currency="GBP")
        twins, alone = self.size.twins, self.size.variants - self.size.twins
        await self.shop.stock(
            ("shopify", "ebay"), count=twins, sku_prefix="T-", quantity=1, price="25.00", title="Coat"
        )
        await self.shop.stock(
            ("shopify",), count=alone, sku_prefix="C-", quantity=2, price="12.00", title="Hat"
        )
        for n in range(20):
            await self._sell("shopify", f"C-{n + 1}", sold_at=self._yesterday, affects_stock=False)

    # Stages.

    async def _installed(self) -> None:
        """As often as it takes: whoever signs in while the connector dies presses the button again."""
        await _insist(self._sign_in, 120)

    async def _sign_in(self) -> None:
        body = {"shop": SHOP, "session": SESSION}
        started = await self.shop.services.post(CONNECTOR, "/v1/oauth/start", body)
        async with httpx.AsyncClient(trust_env=False, timeout=20) as browser:
            agreed = await browser.get(started["url"])
        query = urlsplit(agreed.headers["location"]).query
        done = await self.shop.services.post(
            CONNECTOR, "/v1/oauth/complete", {"query": query, "session": SESSION}
        )
        account = self.shop.accounts["shopify"]
        self.shop.accounts["shopify"] = Account("shopify", SHOP, account.made, UUID(done["account_id"]))

    async def _synced(self) -> None:
        await _insist(lambda: self.shop.refresh(within=900), 1200)
        await self._until(self._all_seen, 300, "every listing to be known")

    async def _all_seen(self) -> bool:
        query = "select count(*) from listings where platform = 'shopify'"
        return await self.databases.count("inventory", query) >= self.size.variants

    async def _sold(self) -> None:
        """A third of it twins sold on Shopify, a third twins sold on eBay, the rest what is on Shopify alone."""
        third = self.size.sales // 3
        here = [("shopify", f"T-{n + 1}") for n in range(min(third, self.size.twins // 3))]
        there = [
            ("ebay", f"T-{self.size.twins // 3 + n + 1}") for n in range(min(third, self.size.twins // 3))
        ]
        alone = [("shopify", f"C-{n + 101}") for n in range(self.size.sales - len(here) - len(there))]
        planned = [*here, *there, *alone]
        self.chance.shuffle(planned)
        for platform, sku in planned:
            await self._sell(platform, sku, duplicates=2 if self.chance.random() < 0.1 else 1)
            await asyncio.sleep(1 / self.size.per_second)

    async def _refunds(self) -> None:
        """Whole ones with the unit put back, whole ones without, and some money only."""
        sold = [
            sale
            for sale in await self.control.truth("sales", platform="shopify")
            if sale["sold_at"] > self._yesterday
        ]
        chosen = self.chance.sample(sold, k=min(len(sold), max(9, self.size.sales // 10)))
        for n, sale in enumerate(chosen):
            lines = [{"line_id": sale["lines"][0]["line_id"], "quantity": 1}]
            how: Json = {"amount": "3.00"} if n % 3 == 2 else {"lines": lines, "restock": n % 3 == 0}
            await self.control.order("shopify", sale["order_id"], "refund", **how)
            self.refunded[sale["order_id"]] = n % 3 == 0
            await asyncio.sleep(0.2)

    async def _away(self) -> None:
        """Uninstalled; it goes on selling on both sides."""
        await self.control.post(f"/shopify/accounts/{SHOP}/uninstall")
        await self._until(self._revoked, 60, "the account to be revoked")
        first = 2 * (self.size.twins // 3)
        for n in range(10):
            await self._sell("shopify", f"T-{first + n + 1}" if n % 2 else f"C-{n + 21}")
            await asyncio.sleep(0.1)
        for n in range(5):
            await self._sell("ebay", f"T-{first + n + 11}")

    async def _revoked(self) -> bool:
        return await self._state() == "revoked"

    async def _state(self) -> str:
        [row] = await self.databases.rows(CONNECTOR, "select state from accounts")
        return str(row["state"])

    async def _again(self) -> None:
        """Installed again, and everything that happened meanwhile is found."""
        await self._installed()
        await _insist(lambda: self.shop.refresh(within=900), 1200)

    async def _sell(self, platform: str, sku: str, **how: object) -> None:
        account = self.shop.accounts[platform].name
        await self.control.sell(platform, account, [{"sku": sku, "quantity": 1}], **how)

    # Whoever kills.

    async def _under_fire(
        self, stage: str, kills: int, work: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        """The stage's work, with so many kills at random instants from its begin on; both end before the next stage."""
        killing = asyncio.create_task(self._kill(stage, kills))
        try:
            await work()
            await killing
        finally:
            killing.cancel()
            await asyncio.gather(killing, return_exceptions=True)

    async def _kill(self, stage: str, times: int) -> None:
        process = self.runtime.process(CONNECTOR)
        for _ in range(times):
            await asyncio.sleep(self.chance.uniform(0.05, 4.0))
            await process.ready()
            starts = process.starts
            process.kill9()
            self.killed[stage] = self.killed.get(stage, 0) + 1
            await started_again(process, starts)
            process.backoff.failures = 0  # it was us

    # The end.

    async def _until(self, condition: Callable[[], Awaitable[bool]], within: float, what: str) -> None:
        await until(condition, within, what)

    async def _drained(self) -> None:
        left: dict[str, int] = {}

        async def through() -> bool:
            lines = [one for sale in await self.control.truth("sales") for one in sale["lines"]]
            recorded = "select count(*) from sales where line is not null and stock is not null"
            steps = "select count(*) from steps where not ended"
            left.clear()
            left["sales"] = len(lines) - await self.databases.count("sales-ledger", recorded)
            left["steps"] = await self.databases.count("delist-orchestrator", steps)
            left.update(await left_over(self.databases))
            return not any(left.values())

        try:
            await self._until(through, 180, "everything to be through")
        except LocalError:
            self.say(f"left: { {where: count for where, count in left.items() if count} }")
            raise

    async def _looked(self) -> Outcome:
        world = await read_world(self.databases, self.control)
        wrong = [str(one) for one in violations(world) if not self._back_on_the_shelf(one)]
        wrong += await listings_differ(self.databases, self.control)
        wrong += await refunds_differ(self.databases, self.control)
        if await self._state() != "connected":
            wrong.append(f"the account is {await self._state()}")
        asked = await self.control.truth("calls", platform="shopify", operation="token")
        sales = await self.control.truth("sales")
        return Outcome(
            killed=self.killed,
            tokens=sum(call["status"] == 200 for call in asked),
            sales=sum(len(sale["lines"]) for sale in sales),
            seconds=time.monotonic() - self._begun,
            wrong=wrong,
        )

    def _back_on_the_shelf(self, one: Violation) -> bool:
        """I5 is counted for runs that only sell: what a refund put back rightly comes to a quantity twice."""
        return one.invariant == "I5" and bool(self.refunded)


def _spread(kills: int) -> dict[str, int]:
    """The kills over the stages, by their shares; what is left over goes to the longest."""
    whole = {stage: kills * share // sum(SHARES) for stage, share in zip(STAGES, SHARES, strict=True)}
    whole["sync"] += kills - sum(whole.values())
    return whole


async def _insist(work: Callable[[], Awaitable[None]], within: float) -> None:
    """Again while the connector does not answer, as a person or a scheduler would."""
    deadline = time.monotonic() + within
    while True:
        try:
            return await work()
        except (LocalError, httpx.HTTPError):
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.5)


@asynccontextmanager
async def life(data: Path, size: Size, seed: int = 1) -> AsyncIterator[Life]:
    """Everything running, nothing connected yet."""
    async with (
        Runtime(data, extra=EXTRA, durable=False) as runtime,
        Services(runtime.urls, runtime.secret, uuid4()) as services,
        Control(runtime.url("sandbox")) as control,
    ):
        shop = Shop(services, control, {"ebay": f"{runtime.url('connector-ebay')}/hooks/ebay"})
        yield Life(runtime, shop, size, random.Random(seed))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make shopify ARGS=…", description=__doc__)
    parser.add_argument("--variants", type=int, default=WHOLE.variants)
    parser.add_argument("--kills", type=int, default=WHOLE.kills)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write the figures here")
    return parser.parse_args()


async def _main(options: argparse.Namespace, data: Path) -> bool:
    size = Size(options.variants, WHOLE.twins, WHOLE.sales, options.kills)
    async with life(data, size, options.seed) as one:
        outcome = await one.live()
    print("\n".join(outcome.lines()))
    if options.json:
        told = {"variants": size.variants, "killed": outcome.killed, "tokens": outcome.tokens}
        told |= {
            "order_lines": outcome.sales,
            "seconds": round(outcome.seconds),
            "wrong": list(outcome.wrong),
        }
        options.json.write_text(json.dumps(told, indent=2) + "\n")
    return not outcome.wrong


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(0 if uvloop.run(_main(_parse(), Path(folder))) else 1)
