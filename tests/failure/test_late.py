"""What was true a while ago comes late: a page of a sync from before a sale, a raise under a newer delist."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.failure.invariants import Databases
from tests.failure.storm import PLATFORMS, Kind, Storm, storm

LATE_MS = 8000
LATE_SECONDS = 30
SETTLE_SECONDS = 45
Json = dict[str, Any]

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]


async def until(condition: Callable[[], Awaitable[bool]], within: float, what: str) -> None:
    """Look often; raises AssertionError naming what did not come about."""
    ends = time.monotonic() + within
    while not await condition():
        assert time.monotonic() < ends, f"waited {within:g} s in vain for {what}"
        await asyncio.sleep(0.1)


async def shown(made: Storm, platform: str) -> list[int]:
    """What the platform's listings offer, by SKU."""
    rows = sorted(await made.shop.control.truth("listings", platform=platform), key=lambda row: row["sku"])
    return [row["quantity"] if row["buyable"] else 0 for row in rows]


async def struck(made: Storm) -> int:
    """How often the faults in force have struck."""
    return sum(fault["struck"] for fault in (await made.shop.control.get("/faults"))["faults"])


async def test_a_page_read_before_a_sale_and_told_after_it_adjusts_and_raises_nothing(tmp_path: Path) -> None:
    """Shopify counts the stock here: what its pages show is believed, but not once it is old."""
    count = 4
    async with storm(tmp_path, extra={"SOLDWIRE_CALL_TIMEOUT_SECONDS": "30"}) as made:
        await made.stock([Kind("T", count, 3, PLATFORMS[:2])])
        account = made.shop.accounts["shopify"].id
        master = {"stock_master": True}
        await made.shop.services.call("PATCH", "connector-shopify", f"/v1/accounts/{account}", master)
        await made.shop.refresh("articles")
        for platform, page in (("shopify", "productVariants"), ("ebay", "getOffers")):
            await made.shop.control.fault(platform, "latency", operation=page, ms=LATE_MS, count=count)
        reading = asyncio.create_task(made.shop.refresh("articles"))
        await until(lambda: _all_struck(made, count + 1), 20, "pages to be asked for")
        await asyncio.sleep(LATE_MS / 2000 + 0.3)
        for sku in made.opening:
            await made.shop.control.sell(
                "ebay", made.shop.accounts["ebay"].name, [{"sku": sku, "quantity": 1}]
            )
        await until(lambda: _shows(made, "shopify", [2] * count), 20, "Shopify's listings to be lowered")
        lowered = time.monotonic()
        await reading
        pages = [call for call in await made.shop.control.truth("calls") if call["fault"] == "latency"]
        assert any(page["monotonic"] + page["ms"] / 1000 > lowered for page in pages), "one came after it"
        await made.drained()
        databases = Databases(made.runtime.postgres.dsn)
        free = await databases.rows("inventory", "select free from articles")
        assert [row["free"] for row in free] == [2] * count
        assert not await databases.count(
            "inventory", "select count(*) from stock_journal where entry = 'adjusted'"
        )
        assert await shown(made, "shopify") == await shown(made, "ebay") == [2] * count
        assert await made.violations() == []


@pytest.mark.storm
async def test_a_raise_that_takes_effect_30_s_late_under_a_newer_delist_ends_at_nothing(
    tmp_path: Path,
) -> None:
    async with storm(tmp_path, extra={"SOLDWIRE_SETTLE_SECONDS": str(SETTLE_SECONDS)}) as made:
        await made.stock([Kind("P", 1, 1, PLATFORMS[:2])])
        [sku], ebay = list(made.opening), made.shop.accounts["ebay"].name
        sold = await made.shop.control.sell("ebay", ebay, [{"sku": sku, "quantity": 1}])
        await until(lambda: _shows(made, "shopify", [0]), 30, "Shopify's listing to come down")
        await made.drained()
        raising = {"operation": "inventorySetQuantities", "count": 1, "seconds": LATE_SECONDS}
        await made.shop.control.fault("shopify", "effect_delayed", **raising)
        await made.shop.control.order("ebay", sold["order_id"], "cancel", restock=True)
        await until(lambda: _all_struck(made, 1), SETTLE_SECONDS + 30, "the raise to go out")
        raised = time.monotonic()
        await until(lambda: _shows(made, "ebay", [1]), 30, "eBay to offer it again")
        await made.shop.control.sell("ebay", ebay, [{"sku": sku, "quantity": 1}])
        await made.drained()
        assert await shown(made, "shopify") == [0], "the raise has not come"
        await until(lambda: _took_effect_late(made), LATE_SECONDS, "the raise to take effect")
        assert time.monotonic() - raised > LATE_SECONDS - 2
        await until(lambda: _shows(made, "shopify", [0]), 15, "it to be taken down again")
        await asyncio.sleep(SETTLE_SECONDS)
        assert await shown(made, "shopify") == await shown(made, "ebay") == [0]


async def _all_struck(made: Storm, times: int) -> bool:
    return await struck(made) >= times


async def _took_effect_late(made: Storm) -> bool:
    """By the truth's record: what the listing shows may be mended before anybody looks."""
    calls = await made.shop.control.truth("calls", platform="shopify")
    return any(call["fault"] == "effect_delayed" and call["took_effect"] for call in calls)


async def _shows(made: Storm, platform: str, quantities: list[int]) -> bool:
    return await shown(made, platform) == quantities
