"""Plans on real PostgreSQL: first connection, due runs with lookback, two replicas, clocks, erased tenants."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from scheduler import usecases
from soldwire_contracts.values import AccountState, Platform, RunState, SyncScope

if TYPE_CHECKING:
    from services.scheduler.tests.conftest import World

pytestmark = pytest.mark.bus


async def test_first_connection_reads_everything_at_once_and_visibly(world: World) -> None:
    account = await world.status(Platform.SHOPIFY)
    (asked,) = await world.requested()
    assert (asked.account_id, asked.scope, asked.desired) == (account, SyncScope.EVERYTHING, RunState.RUNNING)
    assert (asked.visible, asked.since, asked.revision) == (True, None, 1)
    assert asked.topic_name() == "sync.requested.shopify"


async def test_a_plan_fires_hourly_and_reads_two_days_before_the_watermark(world: World) -> None:
    await world.status()
    (first,) = await world.requested()
    read_up_to = world.clock.now
    world.clock.turn(minutes=1)
    await world.complete(first, read_up_to)
    await world.fire()
    assert await world.requested(SyncScope.SALES) == [], "not due yet"
    world.clock.turn(minutes=59)
    await world.fire()
    await world.fire()
    (hourly,) = await world.requested(SyncScope.SALES)
    assert hourly.since == read_up_to - timedelta(hours=48)
    assert hourly.lookback_hours == 48
    assert not hourly.visible
    world.clock.turn(minutes=10)
    await world.complete(hourly, world.clock.now)
    world.clock.turn(minutes=50)
    await world.fire()
    assert (await world.requested(SyncScope.SALES))[1].since == world.clock.now - timedelta(
        hours=48, minutes=50
    )


async def test_two_replicas_fire_a_plan_once(world: World) -> None:
    accounts = {await world.status(tenant=uuid4()) for _ in range(30)}
    for first in await world.requested():
        await world.complete(first, world.clock.now)
    world.clock.turn(hours=1)
    await asyncio.gather(*(world.fire() for _ in range(4)))
    fired = await world.requested(SyncScope.SALES)
    assert len(fired) == len(accounts)
    assert {each.account_id for each in fired} == accounts


async def test_what_one_replica_has_in_hand_the_other_skips(world: World) -> None:
    await world.status()
    await world.complete((await world.requested())[0], world.clock.now)
    world.clock.turn(hours=1)
    async with world.database.bus() as ours:
        assert await usecases.fire_due_plans(ours) == 1
        async with world.database.bus() as theirs:
            assert await usecases.fire_due_plans(theirs) == 0
    assert len(await world.requested(SyncScope.SALES)) == 1


async def test_a_crash_before_the_commit_fires_again(world: World) -> None:
    await world.status()
    await world.complete((await world.requested())[0], world.clock.now)
    world.clock.turn(hours=1)
    with pytest.raises(RuntimeError, match="killed"):
        async with world.database.bus() as uow:
            await usecases.fire_due_plans(uow)
            raise RuntimeError("killed")
    assert await world.requested(SyncScope.SALES) == []
    await world.fire()
    assert len(await world.requested(SyncScope.SALES)) == 1


async def test_a_week_of_silence_is_one_run(world: World) -> None:
    await world.status()
    await world.complete((await world.requested())[0], world.clock.now)
    world.clock.turn(days=7, minutes=20)
    await world.fire()
    await world.fire()
    assert len(await world.requested(SyncScope.SALES)) == 1
    await world.complete((await world.requested(SyncScope.SALES))[0], world.clock.now)
    world.clock.turn(minutes=40)
    await world.fire()
    assert len(await world.requested(SyncScope.SALES)) == 2, "and the beat is the old one"


async def test_no_run_piles_up_on_one_that_is_on_its_way(world: World) -> None:
    await world.status()
    for _ in range(3):
        world.clock.turn(hours=1)
        await world.fire()
    assert len(await world.requested()) == 1, "the first reading goes on and covers sales"


async def test_a_clock_that_went_back_does_not_silence_a_plan(world: World) -> None:
    world.clock.turn(days=300)
    await world.status()
    await world.complete((await world.requested())[0], world.clock.now)
    world.clock.turn(days=-300)
    await world.fire()
    await world.fire()
    assert len(await world.requested(SyncScope.SALES)) == 1


async def test_no_run_for_an_account_we_cannot_act_for_and_one_at_once_when_it_is_back(world: World) -> None:
    await world.status()
    await world.complete((await world.requested())[0], world.clock.now)
    await world.status(revision=2, state=AccountState.NEEDS_LOGIN)
    world.clock.turn(hours=3)
    await world.fire()
    assert await world.requested(SyncScope.SALES) == []
    await world.status(revision=3)
    await world.fire()
    assert len(await world.requested(SyncScope.SALES)) == 1


async def test_an_account_first_heard_of_while_it_needs_a_login_gets_its_plan_once_it_is_connected(
    world: World,
) -> None:
    other = await world.status(Platform.SHOPIFY)
    await world.complete((await world.requested())[0], world.clock.now)
    account = await world.status(revision=4, state=AccountState.NEEDS_LOGIN)
    async with world.person() as person:
        assert (await person.post("/v1/refresh", json={"scope": "sales"})).status_code == 202
        await world.status(revision=5)
        assert (await person.get(f"/v1/plans/{account}")).json()["interval"] == "hourly"
    first = (await world.requested(SyncScope.EVERYTHING))[-1]
    assert (first.account_id, first.visible) == (account, True)
    for each in await world.requested():
        await world.complete(each, world.clock.now)
    world.clock.turn(hours=1)
    await world.fire()
    assert {each.account_id for each in (await world.requested(SyncScope.SALES))[-2:]} == {account, other}


async def test_an_old_status_is_not_believed(world: World) -> None:
    await world.status(revision=4)
    await world.status(revision=3, state=AccountState.REVOKED)
    world.clock.turn(hours=1)
    async with world.person() as person:
        (plan,) = (await person.get("/v1/plans")).json()["items"]
    assert plan["connected"]
    assert len(await world.requested()) == 1


async def test_an_erased_tenant_is_forgotten_replays_included(world: World) -> None:
    other = uuid4()
    await world.status()
    await world.status(tenant=other)
    (asked, _) = await world.requested()
    await world.erase(world.tenant)
    world.clock.turn(hours=5)
    await world.status(revision=2)
    await world.complete(asked, world.clock.now)
    await world.fire()
    await world.judge()
    async with world.person() as person:
        assert (await person.get("/v1/plans")).json()["items"] == []
        assert (await person.get("/v1/runs")).json()["items"] == []
    assert {each.tenant_id for each in (await world.requested())[2:]} == {other}
    assert await world.finished() == []
