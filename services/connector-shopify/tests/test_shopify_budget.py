"""A shop's limits and its bad days, against the sandbox: take-downs first, being told to wait, a circuit that opens."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Any

from connector_kit import metrics
from connector_kit.circuit import FAILURES
from kit.ids import new_id
from prometheus_client import REGISTRY
from soldwire_contracts.sync import SyncRequested
from soldwire_contracts.values import RunState, SyncScope
from testkit.connector import Bench


async def _slow(bench: Bench, *, maximum: int, per_second: float) -> None:
    """The shop's plan restores so much."""
    plan = {"maximum_available": maximum, "restore_rate": per_second}
    path = f"/control/shopify/accounts/{bench.seller}"
    (await bench.sandbox.control.patch(path, json=plan)).raise_for_status()


async def _calls(bench: Bench, operation: str | None = None) -> list[dict[str, Any]]:
    return await bench.sandbox.calls(platform="shopify", account=bench.seller, operation=operation)


def _sample(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def _asked_to_sync(bench: Bench) -> None:
    asked = SyncRequested(
        tenant_id=bench.tenant,
        platform=bench.platform,
        account_id=bench.account,
        run_id=new_id(),
        revision=1,
        scope=SyncScope.ARTICLES,
        desired=RunState.RUNNING,
        requested_at=datetime.now(UTC),
    )
    await bench.take("runs", asked)


async def test_a_take_down_goes_first_and_a_sync_takes_what_is_left(bench: Bench) -> None:
    """While a sync waits for its points, a take-down finds the reserve it may not touch."""
    await _slow(bench, maximum=400, per_second=40)
    await bench.connect()
    listing, foreign = await bench.stocked("FIRST-1", 1)
    for n in range(60):
        await bench.sandbox.listing("shopify", bench.seller, f"MANY-{n}")
    before = len(await _calls(bench, "productVariants"))
    await _asked_to_sync(bench)
    syncing = asyncio.create_task(bench.turn("runs"))
    async with asyncio.timeout(20):
        while len(await _calls(bench, "productVariants")) < before + 2:
            await asyncio.sleep(0.05)
    await bench.take("targets", bench.target(listing, 1, 0))
    begun = time.monotonic()
    (outcome,) = await bench.settled()
    waited = time.monotonic() - begun
    assert outcome.topic == "listing.delisted"
    assert not syncing.done(), "the sync goes on with what is left"
    assert waited < 2, "a take-down does not wait for a sync's points"
    syncing.cancel()
    await asyncio.gather(syncing, return_exceptions=True)
    throttled = [call for call in await _calls(bench) if call["throttled"]]
    assert not [call for call in throttled if call["operation"] != "productVariants"]
    assert not (await bench.sandbox.shown(foreign))["buyable"]


async def test_points_are_counted_by_lane_and_operation_and_shown(bench: Bench) -> None:
    await bench.connect()
    drawn = {"platform": "shopify", "lane": "lower", "operation": "SetQuantities"}
    ended = {"platform": "shopify", "operation": "SetQuantities", "outcome": "ok"}
    drawn_before = _sample("soldwire_budget_drawn_total", **drawn)
    ended_before = _sample("soldwire_marketplace_calls_total", **ended)
    listing, _ = await bench.stocked("COUNTED-1", 1)
    await bench.take("targets", bench.target(listing, 1, 0))
    await bench.settled()
    assert _sample("soldwire_budget_drawn_total", **drawn) > drawn_before
    assert _sample("soldwire_marketplace_calls_total", **ended) == ended_before + 1
    scope = {"scope": f"shopify:{bench.seller}"}
    assert 0 < _sample("soldwire_budget_points", **scope) <= _sample("soldwire_budget_capacity", **scope)
    assert _sample("soldwire_budget_restored_per_second", **scope) == 100
    assert _sample("soldwire_budget_waited_seconds_count", lane="lower") > 0
    latency = {"platform": "shopify", "operation": "SetQuantities"}
    assert _sample("soldwire_marketplace_call_seconds_count", **latency) > 0


async def _refused_then_again(bench: Bench, how: str, mode: str, **fault: object) -> float:
    """Seconds between a call that was refused for its number and the next one to that shop."""
    await bench.connect()
    listing, foreign = await bench.stocked("BUSY-1", 1)
    before = _sample("soldwire_throttled_total", platform="shopify", how=how)
    await bench.sandbox.fault("shopify", "inventorySetQuantities", mode, **fault)
    await bench.take("targets", bench.target(listing, 1, 0))
    (outcome,) = await bench.settled()
    assert outcome.topic == "listing.delisted"
    assert len(await bench.changes(foreign)) == 1
    assert _sample("soldwire_throttled_total", platform="shopify", how=how) == before + 1
    calls = await _calls(bench)
    refused = next(n for n, call in enumerate(calls) if call["fault"])
    return float(calls[refused + 1]["monotonic"]) - float(calls[refused]["monotonic"])


async def test_a_429_s_retry_after_is_kept_by_every_call_to_the_shop(bench: Bench) -> None:
    assert await _refused_then_again(bench, "status", "status", status=429, retry_after=2) >= 1.9


async def test_throttled_is_kept_until_the_points_should_be_there(bench: Bench) -> None:
    assert await _refused_then_again(bench, "cost", "throttle") >= 0.4


async def test_one_failure_and_one_lost_reply_open_nothing(bench: Bench) -> None:
    metrics.circuit_open.clear()  # what another test of this process has left open
    await bench.connect()
    listing, foreign = await bench.stocked("HICCUP-1", 1)
    for mode, fault in (("status", {"status": 503}), ("lose_reply", {})):
        await bench.sandbox.fault("shopify", "inventorySetQuantities", mode, **fault)
    await bench.take("targets", bench.target(listing, 1, 0))
    (outcome,) = await bench.settled()
    assert outcome.topic == "listing.delisted"
    assert len(await bench.changes(foreign)) == 1
    assert _sample("soldwire_circuit_open", scope=f"shopify:{bench.seller}") == 0


async def test_a_shop_that_is_down_is_left_alone_and_the_take_down_tries_first(bench: Bench) -> None:
    """Polls and a sync knock until the circuit opens; when it may be tried, it is the waiting take-down that does."""
    await bench.connect()
    listing, foreign = await bench.stocked("DOWN-1", 1)
    (down,) = [await bench.sandbox.fault("shopify", "orders", "status", status=503, count=1000)]
    for _ in range(FAILURES):
        await _poll(bench)
    assert _sample("soldwire_circuit_open", scope=f"shopify:{bench.seller}") == 1
    sent = len(await _calls(bench))
    await bench.take("targets", bench.target(listing, 1, 0))
    await bench.turn("intents")
    await _poll(bench)
    assert len(await _calls(bench)) == sent, "nothing is sent"
    opened = {"platform": "shopify", "operation": "Orders", "outcome": "circuit_open"}
    assert _sample("soldwire_marketplace_calls_total", **opened) > 0
    await asyncio.sleep(1)  # the circuit's own time
    await _poll(bench)
    assert len(await _calls(bench)) == sent, "the try is kept for the take-down"
    (outcome,) = await bench.settled()
    assert outcome.topic == "listing.delisted"
    assert (await _calls(bench))[sent]["operation"] == "inventorySetQuantities"
    assert len(await bench.changes(foreign)) == 1
    assert _sample("soldwire_circuit_open", scope=f"shopify:{bench.seller}") == 0
    assert down["id"]


async def _poll(bench: Bench) -> None:
    await bench.execute("update due_polls set due_at = now(), lease_until = null")
    await bench.turn("polls")


async def test_an_account_s_trouble_is_its_own(bench: Bench) -> None:
    """Another shop of the same process goes on while one is left alone."""
    await bench.connect()
    await bench.sandbox.fault("shopify", "orders", "status", status=503, count=1000, account=bench.seller)
    for _ in range(FAILURES):
        await _poll(bench)
    keys = await bench.sandbox.account("shopify", "other.myshopify.com")
    bench.connect_body = {"shop": "other.myshopify.com", "access_token": keys["access_token"]}
    bench.seller = "other.myshopify.com"
    await bench.connect()
    await _poll(bench)
    assert await bench.count("accounts where watermark is not null") == 1
