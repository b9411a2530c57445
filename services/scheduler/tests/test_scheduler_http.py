"""HTTP: refresh data, progress, cancel, plans, and who may."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from kit.paging import encode_cursor
from scheduler import usecases
from soldwire_contracts.values import AccountState, Platform, RunState, SyncScope

if TYPE_CHECKING:
    from services.scheduler.tests.conftest import World

pytestmark = pytest.mark.bus

PLATFORMS = (Platform.SHOPIFY, Platform.EBAY, Platform.DEPOP)


async def connected(world: World, *platforms: Platform) -> None:
    """Accounts whose first reading is over."""
    for platform in platforms:
        await world.status(platform)
    for asked in await world.requested():
        await world.complete(asked, world.clock.now)


async def test_refresh_reads_every_connected_account_of_the_tenant(world: World) -> None:
    await connected(world, Platform.SHOPIFY, Platform.EBAY, Platform.DEPOP)
    await world.status(Platform.DEPOP, revision=2, state=AccountState.REVOKED)
    await world.status(Platform.EBAY, tenant=uuid4())
    async with world.person() as person:
        answer = await person.post("/v1/refresh", json={"scope": "sales"})
    assert answer.status_code == 202
    assert {run["platform"] for run in answer.json()["items"]} == {"shopify", "ebay"}
    asked = await world.requested(SyncScope.SALES)
    assert {each.platform for each in asked} == {Platform.SHOPIFY, Platform.EBAY}
    assert all(each.visible and each.tenant_id == world.tenant for each in asked)


async def test_refresh_twice_is_one_run_and_shows_one_that_was_unseen(world: World) -> None:
    await connected(world, Platform.EBAY)
    world.clock.turn(hours=1)
    await world.fire()
    async with world.person() as person:
        assert [run["visible"] for run in (await person.get("/v1/runs?visible=true")).json()["items"]] == [
            True
        ]
        first = (await person.post("/v1/refresh", json={"scope": "sales"})).json()["items"]
        second = (await person.post("/v1/refresh", json={"scope": "sales"})).json()["items"]
    assert first[0]["run_id"] == second[0]["run_id"]
    assert first[0]["visible"]
    asked = await world.requested(SyncScope.SALES)
    assert [(each.revision, each.visible) for each in asked] == [(1, False), (2, True), (3, True)]


async def test_refresh_keeps_what_a_run_says_meanwhile(world: World) -> None:
    await world.status()
    (asked,) = await world.requested()
    async with world.person() as person:
        async with world.database.bus((world.tenant,)) as theirs:
            await usecases.follow(theirs, [], [world.progress(asked, 4, phase="orders", done=7)])
            refreshing = asyncio.create_task(person.post("/v1/refresh", json={"scope": "sales"}))
            await asyncio.sleep(0.3)
        (shown,) = (await refreshing).json()["items"]
    assert (shown["phase"], shown["done"]) == ("orders", 7)


async def test_refresh_revives_no_run_that_ends_or_is_cancelled_meanwhile(world: World) -> None:
    await world.status()
    (asked,) = await world.requested()
    async with world.person() as person:
        async with world.database.bus((world.tenant,)) as theirs:
            await usecases.cancel(theirs, asked.run_id)
            refreshing = asyncio.create_task(person.post("/v1/refresh", json={"scope": "sales"}))
            await asyncio.sleep(0.3)
        (started,) = (await refreshing).json()["items"]
    assert started["run_id"] != str(asked.run_id)
    said = [(each.revision, each.desired) for each in await world.requested() if each.run_id == asked.run_id]
    assert said == [(1, RunState.RUNNING), (2, RunState.CANCELLED)]


async def test_refreshes_while_runs_end_are_all_answered(world: World) -> None:
    """One takes accounts and then their runs; so must the other, or PostgreSQL ends one of them."""
    await connected(world, *PLATFORMS)
    async with world.person() as person:
        for _ in range(12):
            await person.post("/v1/refresh", json={"scope": "everything"})
            ending = [
                world.complete(each, world.clock.now, sequence=each.revision)
                for each in (await world.requested())[-len(PLATFORMS) :]
            ]
            refreshes = [person.post("/v1/refresh", json={"scope": "sales"}) for _ in range(3)]
            answers = (await asyncio.gather(*refreshes, *ending))[:3]
            assert [answer.status_code for answer in answers if answer is not None] == [202, 202, 202]


async def test_refresh_without_an_account_says_what_to_do(world: World) -> None:
    async with world.person() as person:
        answer = await person.post("/v1/refresh", json={"scope": "everything"})
    assert answer.status_code == 409
    assert answer.json()["code"] == "no_accounts"
    assert "Connect" in answer.json()["message"]


async def test_progress_is_what_the_bar_needs(world: World) -> None:
    await world.status(Platform.SHOPIFY)
    (asked,) = await world.requested()
    await world.hear(world.progress(asked, 4, phase="articles", done=400, total=1000, listings=400))
    async with world.person() as person:
        (run,) = (await person.get("/v1/runs")).json()["items"]
    seen = {name: run[name] for name in ("phase", "done", "total", "listings", "state")}
    assert seen == {"phase": "articles", "done": 400, "total": 1000, "listings": 400, "state": "running"}


async def test_runs_come_in_pages_newest_first(world: World) -> None:
    await connected(world, Platform.EBAY)
    for _ in range(4):
        world.clock.turn(hours=1)
        await world.fire()
        await world.complete((await world.requested())[-1], world.clock.now)
    async with world.person() as person:
        first = (await person.get("/v1/runs?limit=3")).json()
        second = (await person.get("/v1/runs", params={"limit": 3, "after": first["next"]})).json()
        for other in ("nonsense", encode_cursor("yesterday", "7"), encode_cursor("2026-11-22", str(uuid4()))):
            assert (await person.get("/v1/runs", params={"after": other})).status_code == 422
    times = [run["requested_at"] for run in (*first["items"], *second["items"])]
    assert times == sorted(times, reverse=True)
    assert (len(first["items"]), len(second["items"]), second["next"]) == (3, 2, None)


async def test_cancel_asks_the_connector_whose_last_word_ends_it(world: World) -> None:
    await world.status()
    (asked,) = await world.requested()
    async with world.person() as person:
        for _ in range(2):
            answer = await person.post(f"/v1/runs/{asked.run_id}/cancel")
            assert (answer.status_code, answer.json()["desired"], answer.json()["state"]) == (
                202,
                "cancelled",
                "running",
            )
    assert [each.desired for each in await world.requested()] == [RunState.RUNNING, RunState.CANCELLED]
    await world.hear(world.progress(asked, 5, outcome=RunState.CANCELLED))
    assert [each.outcome for each in await world.finished()] == [RunState.CANCELLED]


async def test_a_cancelled_run_nobody_answers_for_ends_too(world: World) -> None:
    await world.status()
    (asked,) = await world.requested()
    async with world.person() as person:
        await person.post(f"/v1/runs/{asked.run_id}/cancel")
    world.clock.turn(minutes=10)
    await world.judge()
    assert [each.outcome for each in await world.finished()] == [RunState.CANCELLED]


async def test_a_plan_is_changed_and_its_beat_starts_anew(world: World) -> None:
    await connected(world, Platform.EBAY)
    account = world.account()
    async with world.person() as person:
        assert (await person.get(f"/v1/plans/{account}")).json()["interval"] == "hourly"
        answer = await person.put(f"/v1/plans/{account}", json={"interval": "six_hourly"})
        assert answer.json()["interval"] == "six_hourly"
        world.clock.turn(hours=5, minutes=59)
        await world.fire()
        assert await world.requested(SyncScope.SALES) == []
        world.clock.turn(minutes=1)
        await world.fire()
        assert len(await world.requested(SyncScope.SALES)) == 1
        await person.put(f"/v1/plans/{account}", json={"interval": "off"})
        world.clock.turn(days=3)
        await world.fire()
    assert len(await world.requested(SyncScope.SALES)) == 1


async def test_a_start_date_counts_until_there_is_a_watermark(world: World) -> None:
    account = await world.status(Platform.DEPOP)
    (first,) = await world.requested()
    await world.hear(world.progress(first, 1, outcome=RunState.FAILED, reason="No browser."))
    start = "2026-09-01T00:00:00Z"
    async with world.person() as person:
        await person.put(f"/v1/plans/{account}", json={"interval": "daily", "start_from": start})
        await person.post("/v1/refresh", json={"scope": "sales"})
    (asked,) = await world.requested(SyncScope.SALES)
    assert asked.since is not None
    assert asked.since.isoformat() == "2026-09-01T00:00:00+00:00"


async def test_an_earlier_start_date_is_read_from_though_there_is_a_watermark(world: World) -> None:
    await connected(world, Platform.DEPOP)
    asked = []
    async with world.person() as person:
        for start in ("2026-09-01T00:00:00Z", "2026-10-01T00:00:00Z", "2026-08-01T00:00:00Z"):
            plan = {"interval": "hourly", "start_from": start}
            await person.put(f"/v1/plans/{world.account(Platform.DEPOP)}", json=plan)
            await person.post("/v1/refresh", json={"scope": "sales"})
            asked.append((await world.requested(SyncScope.SALES))[-1])
            await world.complete(asked[-1], world.clock.now)
    lookback = world.clock.now - timedelta(hours=48)
    assert [str(each.since)[:10] for each in asked] == ["2026-09-01", str(lookback)[:10], "2026-08-01"]


@pytest.mark.parametrize(
    "body",
    [
        {"interval": "minutely"},
        {},
        {"interval": "hourly", "scpoe": "sales"},
        {"interval": "hourly", "start_from": "2026-09-01T00:00:00"},
    ],
)
async def test_a_plan_that_is_none_is_refused(world: World, body: dict[str, str]) -> None:
    account = await world.status()
    async with world.person() as person:
        assert (await person.put(f"/v1/plans/{account}", json=body)).status_code == 422
        assert (await person.get(f"/v1/plans/{account}")).json()["interval"] == "hourly"


async def test_another_tenant_sees_and_changes_nothing(world: World) -> None:
    account = await world.status()
    (asked,) = await world.requested()
    async with world.person(tenant=uuid4()) as stranger:
        assert (await stranger.get("/v1/runs")).json()["items"] == []
        assert (await stranger.get("/v1/plans")).json()["items"] == []
        assert (await stranger.get(f"/v1/plans/{account}")).status_code == 404
        assert (await stranger.put(f"/v1/plans/{account}", json={"interval": "off"})).status_code == 404
        assert (await stranger.post(f"/v1/runs/{asked.run_id}/cancel")).status_code == 404
    assert len(await world.requested()) == 1


async def test_a_viewer_looks_and_changes_nothing(world: World) -> None:
    account = await world.status()
    async with world.person("viewer") as viewer:
        assert (await viewer.get("/v1/runs")).status_code == 200
        assert (await viewer.post("/v1/refresh", json={"scope": "sales"})).status_code == 403
        assert (await viewer.put(f"/v1/plans/{account}", json={"interval": "off"})).status_code == 403


async def test_without_a_token_nothing_is_told(world: World) -> None:
    async with world.person() as person:
        person.headers.pop("authorization")
        assert (await person.get("/v1/runs")).status_code == 401
