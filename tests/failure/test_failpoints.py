"""Processes die at every dangerous instant, under load; afterwards I1 to I6 hold."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from kit import failpoints

from tests.failure.crashes import POINTS, Crashes, plan
from tests.failure.storm import Storm, small_mix, storm

PER_SECOND = 6
TIMES = 20

pytestmark = [pytest.mark.stack, pytest.mark.storm, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def crashing(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Storm, Crashes]]:
    folder: Path = tmp_path_factory.mktemp("failpoints")
    armed = folder / "armed"
    async with storm(folder / "data", extra={failpoints.VARIABLE: str(armed)}) as made:
        yield made, Crashes(made.runtime, armed)


async def _crash(crashing: tuple[Storm, Crashes], times: int, units: int) -> None:
    storm, crashes = crashing
    before = dict(crashes.hits)
    await storm.stock(small_mix(units))
    syncing = asyncio.create_task(storm.refreshing(every=5))
    try:
        await storm.sell_during(PER_SECOND, crashes.everywhere(plan(times, seed=times)))
    finally:
        syncing.cancel()
    took = await storm.drained(240)
    found = await storm.violations()
    assert found == [], f"{len(found)} violations, drained in {took:.1f} s"
    assert {point: crashes.hits[point] - before.get(point, 0) for point in POINTS} == dict.fromkeys(
        POINTS, times
    )
    print(
        f"{sum(crashes.hits.values())} crashes at {len(POINTS)} failpoints, {storm.sold} sales, drained in {took:.1f} s"
    )


@pytest.mark.timeout(900)
async def test_a_crash_at_every_failpoint(crashing: tuple[Storm, Crashes]) -> None:
    await _crash(crashing, times=1, units=1500)


@pytest.mark.timeout(5400)
async def test_twenty_crashes_at_every_failpoint(crashing: tuple[Storm, Crashes]) -> None:
    await _crash(crashing, times=TIMES, units=12_000)
