"""One running product for all tests of this folder, stopped after them, and a shop open on three marketplaces."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from soldwire_local.runtime import Runtime
from soldwire_local.stage import Control, Services, Shop, create_seller
from soldwire_local.stage.browser import PairedBrowser

from tests.e2e.dashboard import Dashboard, signed_in
from tests.failure.invariants import Databases

# As Shopify restores points to its dearest plan: polled every second and read anew for each test, a lesser one's points run out.
PLUS = {"maximum_available": 2_000, "restore_rate": 1_000}
Json = dict[str, Any]
FAST = {
    "SOLDWIRE_POLL_SECONDS": "1",
    "SOLDWIRE_SETTLE_SECONDS": "0.5",
    "SOLDWIRE_SANDBOX_TIME_FACTOR": "0.002",
    "SOLDWIRE_LOG_LEVEL": "WARNING",
}


@dataclass
class Stack:
    """Everything running: services, sandbox, one shop with a paired browser."""

    runtime: Runtime
    shop: Shop
    browser: PairedBrowser
    traces: Path

    @property
    def control(self) -> Control:
        return self.shop.control

    @property
    def databases(self) -> Databases:
        return Databases(self.runtime.postgres.dsn)

    async def article(self, quantity: int = 1, on: tuple[str, ...] = ("shopify", "ebay", "depop")) -> str:
        """An article for sale on these platforms, read and linked; its SKU."""
        prefix = f"E-{uuid4().hex[:8]}-"
        await self.shop.stock(on, count=1, sku_prefix=prefix, quantity=quantity, price="25.00", title="Coat")
        if "depop" in on:
            await self.browser.upload_listings()
        await self.shop.refresh("articles")
        await self.shop.linked(f"{prefix}1", len(on))
        return f"{prefix}1"

    async def sell(self, platform: str, *skus: str, **how: object) -> Json:
        """A buyer takes one of each."""
        lines = [{"sku": sku, "quantity": 1} for sku in skus]
        sold = await self.control.sell(platform, self.shop.accounts[platform].name, lines, **how)
        assert sold.get("accepted"), sold
        return sold

    async def shown(self, sku: str) -> dict[str, int]:
        """What a buyer could take on each marketplace, by the sandbox's truth."""
        rows = await self.control.truth("listings", sku=sku)
        return {row["platform"]: row["quantity"] if row["buyable"] else 0 for row in rows}

    def spans(self) -> list[Json]:
        """Every span exported so far by any service."""
        if not self.traces.exists():
            return []
        return [json.loads(line) for line in self.traces.read_text().splitlines() if line.endswith("}")]


@pytest_asyncio.fixture(loop_scope="session", scope="package")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    folder: Path = tmp_path_factory.mktemp("stack")
    traces = folder / "traces.jsonl"
    extra = {**FAST, "SOLDWIRE_TRACES_FILE": str(traces)}
    async with (
        Runtime(folder / "data", extra=extra, durable=False) as runtime,
        Services(runtime.urls, runtime.secret, uuid4()) as services,
        Control(runtime.url("sandbox")) as control,
    ):
        shop = Shop(services, control, {"ebay": f"{runtime.url('connector-ebay')}/hooks/ebay"})
        await shop.open(
            shopify="e2e.myshopify.com", ebay="e2e_seller", depop="e2eshop", currency="GBP", **PLUS
        )
        sandbox, ingest = runtime.url("sandbox"), runtime.url("connector-depop-ingest")
        async with shop.browser(sandbox, ingest) as browser:
            yield Stack(runtime, shop, browser, traces)


@pytest_asyncio.fixture(loop_scope="session", scope="package")
async def seller(stack: Stack) -> AsyncIterator[Dashboard]:
    """The shop's owner, signed in to the running gateway."""
    who = {"email": "seller@e2e.example", "password": "a password of the way's tests"}
    await create_seller(stack.runtime.environment(), shop="E2E", tenant=stack.shop.services.tenant, **who)
    async with signed_in(stack.runtime.url("gateway"), **who) as dashboard:
        yield dashboard
