"""Tasks beside a job's turns: nothing that comes up while the last one ends is lost."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from connector_kit.workers import Workers
from kit.jobs import Wake

ONE = UUID(int=1)


@pytest.mark.parametrize("passes", range(8))
async def test_a_wake_while_the_last_worker_ends_is_not_lost(passes: int) -> None:
    """Python 3.11's `wait_for` may take the event and swallow the cancellation: then it counts as woken."""
    wake = Wake()
    workers = Workers(wake)

    async def work() -> None:
        await asyncio.sleep(0.01)
        asyncio.get_running_loop().call_soon(_after, passes, wake.wake)

    workers.start(work(), ONE)
    looks = await workers.pause(more=False)
    for _ in range(passes + 1):
        await asyncio.sleep(0)
    assert looks or wake._event.is_set()


def _after(passes: int, act: object) -> None:
    assert callable(act)
    if passes == 0:
        act()
    else:
        asyncio.get_running_loop().call_soon(_after, passes - 1, act)


async def test_a_pause_ends_with_the_last_worker_and_says_whether_to_look() -> None:
    workers = Workers(Wake())
    workers.start(asyncio.sleep(0.01), ONE)
    assert workers.load() == {ONE: 1}
    assert not await workers.pause(more=False)
    workers.start(asyncio.sleep(0.01), ONE)
    assert await workers.pause(more=True)
    assert not workers


async def test_stopping_ends_what_is_under_way() -> None:
    workers = Workers(Wake())
    workers.start(asyncio.sleep(60), ONE)
    await asyncio.sleep(0)
    await workers.stop()
    await asyncio.sleep(0)
    assert len(workers) == 0
