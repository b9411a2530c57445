"""All articles by a bulk operation of the sandbox: the connector as it is built, over real connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from connector_shopify.app import build
from connector_shopify.config import Settings
from soldwire_contracts.listings import ListingObserved
from soldwire_contracts.sync import SyncProgress
from soldwire_contracts.values import RunState, SyncScope
from testkit.connector import Bench
from testkit.services import opened

LISTINGS = 300


@pytest.fixture
async def large(bench: Bench) -> AsyncIterator[Bench]:
    """A shop that restores its points ten times faster than others, that is read in bulk whatever its size."""
    plan = {"maximum_available": 2_000, "restore_rate": 1_000}
    path = f"/control/shopify/accounts/{bench.seller}"
    (await bench.sandbox.control.patch(path, json=plan)).raise_for_status()
    await bench.connect()
    on = [{"platform": "shopify", "account": bench.seller}]
    await bench.sandbox.post("articles", {"on": on, "count": LISTINGS, "sku_prefix": "B-", "quantity": 2})
    settings = bench.settings.model_copy(update={"bulk_after_seconds": -1.0})
    assert isinstance(settings, Settings)
    async with opened(build(settings)) as service:
        yield replace(bench, service=service, settings=settings)


async def _read(large: Bench) -> SyncProgress:
    await large.sync(SyncScope.ARTICLES)
    async with asyncio.timeout(30):
        while (last := (await large.said("sync.progress"))[-1].data).outcome is None:  # type: ignore[attr-defined]
            await large.execute("update due_runs set due_at = now()")  # it looks again every few seconds
            await large.turn("runs")
            await asyncio.sleep(0.05)
    assert isinstance(last, SyncProgress)
    return last


async def _calls(large: Bench) -> list[str]:
    return [call["operation"] for call in await large.sandbox.calls(platform="shopify", account=large.seller)]


async def test_a_shop_is_read_by_one_operation(large: Bench) -> None:
    last = await _read(large)
    assert (last.outcome, last.done, last.total) == (RunState.COMPLETE, LISTINGS, LISTINGS)
    seen = [e.data for e in await large.said("listing.observed") if isinstance(e.data, ListingObserved)]
    assert sorted((one.sku or "", one.quantity) for one in seen) == sorted(
        (listing["sku"], listing["quantity"]) for listing in await _listings(large)
    )
    calls = await _calls(large)
    assert calls.count("bulkOperationRunQuery") == 1
    assert "productVariants" not in calls
    assert await large.count("listings where refs ->> 'levels' is not null") == LISTINGS


async def test_its_end_is_heard_of_and_not_waited_for(large: Bench) -> None:
    await large.sandbox.post(
        "shopify/subscriptions",
        {
            "account": large.seller,
            "uri": f"{large.url}{large.webhook_path}",
            "topics": ["bulk_operations/finish"],
        },
    )
    path = f"/control/shopify/accounts/{large.seller}"
    await large.sandbox.control.patch(path, json={"bulk_objects_per_second": LISTINGS})
    await large.sync(SyncScope.ARTICLES)
    assert await large.count("runs where cursor like 'bulk|%' and outcome is null") == 1
    await large.execute("update due_runs set due_at = now() + interval '10 minutes'")
    await large.webhooks_in(1)
    await large.turn("runs")
    last = (await large.said("sync.progress"))[-1].data
    assert isinstance(last, SyncProgress)
    assert (last.outcome, last.done) == (RunState.COMPLETE, LISTINGS)


@pytest.mark.parametrize("mode", ["bulk_error", "bulk_timeout", "bulk_expired"])
async def test_an_operation_that_ends_badly_is_left_for_pages(large: Bench, mode: str) -> None:
    await large.sandbox.fault("shopify", "bulkOperationRunQuery", mode)
    last = await _read(large)
    assert (last.outcome, last.done) == (RunState.COMPLETE, LISTINGS)
    assert "productVariants" in await _calls(large)


async def _listings(large: Bench) -> list[dict[str, object]]:
    found = await large.sandbox.get("truth/listings", platform="shopify", account=large.seller)
    return list(found["listings"])
