"""Runs on real PostgreSQL: progress, ends, zombies, silence."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from scheduler import usecases
from soldwire_contracts.sync import SyncFinished
from soldwire_contracts.values import Platform, RunState, SyncScope

if TYPE_CHECKING:
    from services.scheduler.tests.conftest import World

pytestmark = pytest.mark.bus


async def test_the_last_word_ends_a_run_with_its_counts(world: World) -> None:
    await world.status()
    (asked,) = await world.requested()
    await world.hear(*(world.progress(asked, each) for each in (1, 2, 3)))
    assert await world.finished() == []
    world.clock.turn(minutes=1)
    await world.complete(asked, world.clock.now)
    (ended,) = await world.finished()
    assert (ended.outcome, ended.sales, ended.new_sales) == (RunState.COMPLETE, 3, 1)
    assert (ended.complete_up_to, ended.finished_at) == (world.clock.now, world.clock.now)
    await world.complete(asked, world.clock.now, sequence=10)
    assert len(await world.finished()) == 1


async def test_a_whole_run_in_one_batch(world: World) -> None:
    await world.status()
    (asked,) = await world.requested()
    last = world.progress(asked, 4, outcome=RunState.COMPLETE, complete_up_to=world.clock.now)
    await world.hear(*(world.progress(asked, each) for each in (1, 2, 3)), last, world.progress(asked, 2))
    assert [each.outcome for each in await world.finished()] == [RunState.COMPLETE]


async def test_only_a_complete_run_moves_the_watermark(world: World) -> None:
    account = await world.status()
    (asked,) = await world.requested()
    failed = world.progress(asked, 2, outcome=RunState.FAILED, reason="No.", complete_up_to=world.clock.now)
    await world.hear(failed)
    async with world.person() as person:
        plan = (await person.get(f"/v1/plans/{account}")).json()
        assert plan["complete_up_to"] is None
        (run,) = (await person.get("/v1/runs")).json()["items"]
    assert (run["state"], run["reason"]) == ("failed", "No.")


async def test_a_zombie_cannot_end_a_run_that_was_taken_over(world: World) -> None:
    await world.status()
    (asked,) = await world.requested()
    await world.hear(world.progress(asked, 3, lease=2))
    await world.hear(world.progress(asked, 50, lease=1, outcome=RunState.FAILED, reason="zombie"))
    assert await world.finished() == []
    await world.hear(world.progress(asked, 4, lease=2, outcome=RunState.COMPLETE))
    assert [each.outcome for each in await world.finished()] == [RunState.COMPLETE]


async def test_silence_is_asked_about_and_then_given_up(world: World) -> None:
    await world.status()
    for _ in range(2):
        world.clock.turn(minutes=10)
        await world.judge()
    asked = await world.requested()
    assert [each.revision for each in asked] == [1, 2, 3]
    assert {each.desired for each in asked} == {RunState.RUNNING}
    world.clock.turn(minutes=10)
    await world.judge()
    (ended,) = await world.finished()
    assert ended.outcome is RunState.FAILED
    assert "30 minutes" in str(ended.reason)
    last = (await world.requested())[-1]
    assert (last.desired, last.revision) == (RunState.CANCELLED, 4)
    world.clock.turn(hours=1)
    await world.judge()
    assert len(await world.finished()) == 1


async def test_two_replicas_ask_about_silence_once(world: World) -> None:
    for platform in (Platform.EBAY, Platform.SHOPIFY):
        await world.status(platform)
    world.clock.turn(minutes=10)
    await asyncio.gather(*(world.judge() for _ in range(4)))
    assert sorted(each.revision for each in await world.requested()) == [1, 1, 2, 2]


async def test_a_run_in_another_replicas_hand_is_left_to_it(world: World) -> None:
    await world.status()
    world.clock.turn(minutes=10)
    async with world.database.bus() as ours:
        assert await usecases.judge_silent_runs(ours) == 1
        async with world.database.bus() as theirs:
            assert await usecases.judge_silent_runs(theirs) == 0


async def test_a_run_that_speaks_is_left_alone(world: World) -> None:
    await world.status()
    (asked,) = await world.requested()
    for minute in range(1, 6):
        world.clock.turn(minutes=9)
        await world.hear(world.progress(asked, minute))
        await world.judge()
    assert len(await world.requested()) == 1


async def test_a_run_given_up_here_still_counts_when_it_completes(world: World) -> None:
    account = await world.status()
    (asked,) = await world.requested()
    for _ in range(3):
        world.clock.turn(minutes=10)
        await world.judge()
    await world.complete(asked, world.clock.now)
    assert [each.outcome for each in await world.finished()] == [RunState.FAILED, RunState.COMPLETE]
    async with world.person() as person:
        assert (await person.get(f"/v1/plans/{account}")).json()["complete_up_to"] is not None


async def test_words_keep_one_trace_and_the_table_of_the_contracts(world: World) -> None:
    await world.status(Platform.DEPOP)
    (asked,) = await world.requested()
    await world.complete(asked, world.clock.now)
    said = await world.said()
    assert [event.source for event in said] == ["/scheduler", "/scheduler"]
    assert isinstance(said[-1].data, SyncFinished)
    assert said[-1].data.scope is SyncScope.EVERYTHING
