"""Faults strike as asked, effects are told apart from answers, and nothing is forgotten over a restart."""

import asyncio
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest
from sandbox.testing import Receiver, made, running, sell

INVENTORY = "/ebay/sell/inventory/v1"


@pytest.fixture
async def offer(sandbox: httpx.AsyncClient) -> str:
    keys = (await sandbox.post("/control/ebay/accounts", json={"account": "seller"})).json()
    sandbox.headers["authorization"] = f"Bearer {keys['access_token']}"
    return str((await made(sandbox, "ebay", "seller", "A-1"))["listing"])


async def fault(client: httpx.AsyncClient, mode: str, **more: object) -> None:
    rule = {"platform": "ebay", "operation": "withdrawOffer", "mode": mode, **more}
    assert (await client.post("/control/faults", json=rule)).status_code == 201


async def buyable(client: httpx.AsyncClient) -> bool:
    found: list[dict[str, Any]] = (await client.get("/control/truth/listings")).json()["listings"]
    return bool(found[0]["buyable"])


async def test_a_lost_reply_has_its_effect(sandbox: httpx.AsyncClient, offer: str) -> None:
    await fault(sandbox, "lose_reply", count=1)
    with pytest.raises(httpx.TransportError):
        await sandbox.post(f"{INVENTORY}/offer/{offer}/withdraw")
    assert not await buyable(sandbox)
    calls = (await sandbox.get("/control/truth/calls", params={"operation": "withdrawOffer"})).json()["calls"]
    assert [(c["status"], c["fault"], c["took_effect"]) for c in calls] == [(None, "lose_reply", True)]


@pytest.mark.parametrize(("mode", "left"), [("timeout_before_effect", True), ("timeout_after_effect", False)])
async def test_silence_before_or_after_the_effect(
    sandbox: httpx.AsyncClient, offer: str, mode: str, left: bool
) -> None:
    await fault(sandbox, mode, seconds=0.5)
    with pytest.raises(httpx.ReadTimeout):
        await sandbox.post(f"{INVENTORY}/offer/{offer}/withdraw", timeout=0.1)
    assert await buyable(sandbox) is left


async def test_statuses_throttles_and_garbage_change_nothing(sandbox: httpx.AsyncClient, offer: str) -> None:
    await fault(sandbox, "status", status=503, retry_after=7, count=1)
    await fault(sandbox, "throttle", count=1)
    await fault(sandbox, "garbage_200", count=1)
    answers = [await sandbox.post(f"{INVENTORY}/offer/{offer}/withdraw") for _ in range(3)]
    assert [x.status_code for x in answers] == [503, 429, 200]
    assert answers[0].headers["retry-after"] == "7"
    assert answers[2].headers["content-type"].startswith("text/html")
    assert await buyable(sandbox)


async def test_an_effect_may_come_late(sandbox: httpx.AsyncClient, offer: str) -> None:
    await fault(sandbox, "effect_delayed", seconds=0.2)
    assert (await sandbox.post(f"{INVENTORY}/offer/{offer}/withdraw")).status_code == 200
    assert await buyable(sandbox)
    await asyncio.sleep(0.3)
    assert not await buyable(sandbox)
    calls = (await sandbox.get("/control/truth/calls", params={"changed": "true"})).json()["calls"]
    assert [(c["before"], c["after"]) for c in calls] == [(1, 0)]


async def test_a_seeded_probability_strikes_the_same_calls(sandbox: httpx.AsyncClient, offer: str) -> None:
    runs: list[list[int]] = []
    for _ in range(2):
        await sandbox.delete("/control/faults")
        await sandbox.post(
            "/control/faults",
            json={
                "platform": "ebay",
                "operation": "getOffer",
                "mode": "status",
                "probability": 0.5,
                "seed": 3,
            },
        )
        runs.append([(await sandbox.get(f"{INVENTORY}/offer/{offer}")).status_code for _ in range(12)])
    assert runs[0] == runs[1]
    assert set(runs[0]) == {200, 500}


async def test_latency_is_felt(sandbox: httpx.AsyncClient, offer: str) -> None:
    await fault(sandbox, "latency", ms=150)
    started = time.perf_counter()
    await sandbox.post(f"{INVENTORY}/offer/{offer}/withdraw")
    assert time.perf_counter() - started >= 0.15


async def test_a_restart_forgets_nothing_and_a_torn_line_is_cut(tmp_path: Path) -> None:
    async with running(tmp_path) as client:
        keys = (await client.post("/control/ebay/accounts", json={"account": "seller"})).json()
        await made(client, "ebay", "seller", "A-1")
        sale = await sell(client, "ebay", "seller", "A-1")
        before = (await client.get("/control/truth/summary")).json()
    with (tmp_path / "journal.jsonl").open("ab") as journal:
        journal.write(b'[99,["listing",{"torn')
    async with running(tmp_path) as client:
        assert (await client.get("/control/truth/summary")).json() == before
        headers = {"Authorization": f"Bearer {keys['access_token']}"}
        order = (
            await client.get(f"/ebay/sell/fulfillment/v1/order/{sale['order_id']}", headers=headers)
        ).json()
        assert order["lineItems"][0]["sku"] == "A-1"
        await made(client, "ebay", "seller", "A-2")
    async with running(tmp_path) as client:
        assert (await client.get("/control/truth/summary")).json()["listings"] == 2


async def test_a_load_sells_each_unit_once(sandbox: httpx.AsyncClient) -> None:
    await sandbox.post("/control/ebay/accounts", json={"account": "seller"})
    await sandbox.post(
        "/control/articles", json={"count": 30, "on": [{"platform": "ebay", "account": "seller"}]}
    )
    run = (await sandbox.post("/control/load", json={"rate": 200, "seconds": 0.2})).json()["id"]
    await asyncio.sleep(0.5)
    report = (await sandbox.get(f"/control/load/{run}")).json()
    assert (report["planned"], report["sold"], report["refused"], report["done"]) == (40, 30, 10, True)
    sales = (await sandbox.get("/control/truth/sales")).json()["sales"]
    assert len({x["lines"][0]["sku"] for x in sales}) == 30


async def test_a_load_s_last_units_are_fought_for_where_else_they_are_for_sale(
    sandbox: httpx.AsyncClient,
) -> None:
    places = [{"platform": "ebay", "account": "seller"}, {"platform": "depop", "account": "shop"}]
    for place in places:
        await sandbox.post(f"/control/{place['platform']}/accounts", json={"account": place["account"]})
    await sandbox.post("/control/articles", json={"count": 10, "on": places})
    plan = {"rate": 100, "seconds": 0.05, "platforms": ["ebay", "depop"], "accounts": ["seller", "shop"]}
    run = (await sandbox.post("/control/load", json={**plan, "races": 1, "race_ms": 50})).json()["id"]
    report = await _done(sandbox, run)
    assert (report["planned"], report["raced"], report["sold"] + report["refused"]) == (5, 5, 10)
    sold = Counter(x["lines"][0]["sku"] for x in (await sandbox.get("/control/truth/sales")).json()["sales"])
    assert set(sold.values()) == {2}, "on both, for nobody took the other down"


@pytest.mark.parametrize(("share", "told"), [("lost", 0), ("duplicates", 2), ("late", 0)])
async def test_a_load_tells_its_sales_as_its_shares_say(
    sandbox: httpx.AsyncClient, receiver: Receiver, share: str, told: int
) -> None:
    """A late one is told after seconds."""
    await sandbox.post("/control/shopify/accounts", json={"account": "s.myshopify.com"})
    await made(sandbox, "shopify", "s.myshopify.com", "A-1", quantity=1)
    subscription = {"account": "s.myshopify.com", "uri": receiver.uri, "topics": ["orders/create"]}
    await sandbox.post("/control/shopify/subscriptions", json=subscription)
    plan = {"rate": 100, "seconds": 0.01, "platforms": ["shopify"], share: 1}
    await _done(sandbox, (await sandbox.post("/control/load", json=plan)).json()["id"])
    await asyncio.sleep(0.5)
    assert len(receiver.got) == told


async def _done(sandbox: httpx.AsyncClient, run: str) -> dict[str, int]:
    while not (report := (await sandbox.get(f"/control/load/{run}")).json())["done"]:
        await asyncio.sleep(0.02)
    return report


async def test_what_was_being_answered_when_all_was_forgotten_is_forgotten_too(
    sandbox: httpx.AsyncClient, offer: str
) -> None:
    await fault(sandbox, "timeout_before_effect", seconds=0.3)
    held = asyncio.create_task(sandbox.post(f"{INVENTORY}/offer/{offer}/withdraw"))
    await asyncio.sleep(0.1)
    assert (await sandbox.post("/control/reset")).status_code == 200
    with pytest.raises(httpx.TransportError):
        await held
    assert (await sandbox.get("/control/truth/calls")).json()["calls"] == []


async def test_counts_of_the_day_are_forgotten_too(sandbox: httpx.AsyncClient, offer: str) -> None:
    async def counted() -> int:
        keys = await sandbox.post("/control/ebay/accounts", json={"account": "counted", "daily_limit": 2})
        bearer = {"authorization": f"Bearer {keys.json()['access_token']}"}
        asked = [await sandbox.get(f"{INVENTORY}/offer/1", headers=bearer) for _ in range(3)]
        return [answer.status_code for answer in asked].count(429)

    assert offer
    assert await counted() == 1
    await sandbox.post("/control/reset")
    assert await counted() == 1
