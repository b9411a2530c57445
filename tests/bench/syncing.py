"""How long a sale waits for its take-down while the same account's catalogue is read, and how fast it is read."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from connector_kit.budget import RESERVE, Lane

from tests.bench import limits
from tests.bench.figures import Report
from tests.bench.limits import Limit
from tests.bench.truth import LOOK_SECONDS, Truth
from tests.bench.way import LIMITS, Shop, Way

Json = dict[str, Any]

RATE = 5
SECONDS = 25
LISTINGS = 10_000
"""All that are read; some are sold meanwhile."""
PAGE = "productVariants"
"""The call that reads a page of the catalogue."""
LIMIT = replace(
    limits.SHOPIFY,
    per_second=500,
    settings={"maximum_available": 2000, "restore_rate": 500, "max_query_cost": 1000},
    variables={"SOLDWIRE_BULK_AFTER_SECONDS": "inf", "SOLDWIRE_WHOLE_READING_HOURS": "0"},
)
"""Between an advanced plan's and Plus's, so that reading the catalogue outlasts the sales made meanwhile."""
IN_BULK = {"SOLDWIRE_BULK_AFTER_SECONDS": "0", "SOLDWIRE_WHOLE_READING_HOURS": "0"}
BULK = "bulkOperationRunQuery"
"""The call that has a catalogue written to a file."""
_WITHIN = 400


@dataclass(frozen=True)
class Sync:
    """One reading of a catalogue: listings, seconds from its first page to its last, points it and other calls took."""

    listings: int
    seconds: float
    points: float
    others: float
    ended: float

    @classmethod
    def of(cls, calls: Sequence[Json], listings: int) -> Sync:
        """From the truth: every call to the account; calls before the first page or after the last don't count."""
        pages = [call["monotonic"] for call in calls if call["operation"] == PAGE]
        during = [call for call in calls if pages[0] <= call["monotonic"] <= pages[-1]]
        points = sum(call["cost"] for call in during if call["operation"] == PAGE)
        others = sum(call["cost"] for call in during) - points
        return cls(listings, pages[-1] - pages[0], points, others, ended=pages[-1])

    def saw(self, sales: Sequence[Json]) -> float:
        """The share of sales made before its last page."""
        return float(sum(sale["monotonic"] < self.ended for sale in sales) / len(sales))

    @property
    def per_second(self) -> float:
        """Listings."""
        return self.listings / self.seconds

    def allowed(self, limit: Limit) -> float:
        """Listings per second out of what the limit gave and others left; a sync never touches the reserve."""
        held = limit.at_once * (1 - RESERVE[Lane.SYNC])
        given = held + limit.per_second * self.seconds - self.others
        return given / (self.points / self.listings) / self.seconds


async def measure(report: Report, soldwire: Way) -> None:
    """Sales on eBay at a rate that queues nowhere; their take-downs on the Shopify account that is read or isn't."""
    report.settings["sync"] = f"{LISTINGS} listings at {LIMIT.told()}, {RATE} sales/s for {SECONDS} s"
    count = RATE * SECONDS
    async with soldwire.another_tenant() as shop:
        await shop.open(shopify="synced.myshopify.com", ebay="synced", currency="GBP", **LIMITS)
        way = soldwire.beside(shop)
        await way.stock(2 * count)
        more = LISTINGS - 2 * count
        await shop.stock(("shopify",), count=more, sku_prefix="C-", quantity=1, price="20.00", title="C")
        await limits.bind(way, LIMIT)
        alone = await way.paced(RATE, SECONDS, sold_on="ebay", down="shopify")
        await way.drain(count)
        truth = await Truth.mark(way.control)
        async with asyncio.TaskGroup() as group:
            group.create_task(shop.refresh("articles", within=_WITHIN))
            await _begun(truth)
            during = await way.paced(RATE, SECONDS, sold_on="ebay", down="shopify")
        calls = await truth.rows("calls", platform="shopify", account=shop.accounts["shopify"].name)
        sales = await truth.rows("sales", platform="ebay")
        what = f"webhook accepted → delist call on the wire, {RATE}/s, during a sync beside without"
        report.compare(f"{what}, p50 of {during.count}", during.p50, alone.p50, "ms")
        report.compare(f"{what}, p99", during.p99, alone.p99, "ms", "≤ 2")
        sync = Sync.of(calls, LISTINGS)
        report.note("of these, sold before the sync's last page", 100 * sync.saw(sales), "%", "100 %")
        tell(report, LIMIT, sync)
        await _in_bulk(report, way, shop)
        await way.control.change_account("shopify", shop.accounts["shopify"].name, **LIMITS)
        await way.restart(LIMIT.service)


async def _in_bulk(report: Report, way: Way, shop: Shop) -> None:
    """The same catalogue again, as a file that the marketplace writes."""
    await way.restart(LIMIT.service, **IN_BULK)
    truth = await Truth.mark(way.control)
    begun = time.monotonic()
    await shop.refresh("articles", within=_WITHIN)
    seconds = time.monotonic() - begun
    calls = await truth.rows("calls", platform="shopify", account=shop.accounts["shopify"].name)
    if all(call["operation"] != BULK for call in calls):
        raise RuntimeError("the catalogue was not read in bulk")
    what = f"the same {LISTINGS:,} again by a bulk operation, unchanged, from asking to the run's end"
    report.note(what, seconds, "s")
    report.note(f"{what}: listings", LISTINGS / seconds, "/s")
    report.note(f"{what}: cost", sum(call["cost"] for call in calls), "points")


async def _begun(truth: Truth) -> None:
    async with asyncio.timeout(_WITHIN):
        while not await truth.rows("calls", platform="shopify", operation=PAGE):
            await asyncio.sleep(LOOK_SECONDS)


def tell(report: Report, limit: Limit, sync: Sync) -> None:
    """The rows of one sync."""
    what = f"sync of {sync.listings:,} listings in {sync.seconds:.0f} s beside what the limit allows"
    report.compare(what, sync.per_second, sync.allowed(limit), "/s", "≥ 0.95")
