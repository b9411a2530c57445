"""Processes die at every dangerous instant, under load; afterwards I1 to I6 hold."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio
from kit import failpoints

from tests.failure.crashes import POINTS, WORST, Crashes, plan
from tests.failure.storm import PLATFORMS, Kind, Storm, storm

PER_SECOND = 3
REFRESHED_EVERY = 15.0
TOKEN_SECONDS = 20
"""How long the shop's tokens live: some are always being renewed."""
UNITS_A_CRASH = 10
"""More than are sold while a process dies and comes back."""
CHOSEN = os.environ.get("SOLDWIRE_POINTS", "")
TIMES = int(os.environ.get("SOLDWIRE_TIMES", "1"))
SEED = int(os.environ.get("SOLDWIRE_SEED", "1"))

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def crashing(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Storm, Crashes]]:
    folder: Path = tmp_path_factory.mktemp("failpoints")
    armed = folder / "armed"
    extra = {failpoints.VARIABLE: str(armed)}
    async with storm(folder / "data", seed=SEED, extra=extra, token_ttl=TOKEN_SECONDS) as made:
        yield made, Crashes(made.runtime, armed)


def _mix(crashes: int) -> list[Kind]:
    """Enough of everything for the whole run: whoever is to die needs something to do."""
    threes = crashes * UNITS_A_CRASH // 20
    return [
        Kind("S", 40 + 2 * crashes, 1, PLATFORMS),
        Kind("P", 40, 1, PLATFORMS[:2]),
        Kind("T", 10 + threes, 20, PLATFORMS[:2]),
    ]


async def _crash(crashing: tuple[Storm, Crashes], where: Sequence[tuple[str, str]]) -> None:
    storm, crashes = crashing
    before = crashes.hits.copy()
    await storm.stock(_mix(len(where)))
    storm.say(f"{len(storm.opening)} articles are for sale")
    syncing = asyncio.create_task(storm.refreshing(every=REFRESHED_EVERY))
    try:
        await storm.sell_during(PER_SECOND, crashes.everywhere(where))
    finally:
        syncing.cancel()
    await storm.leases_end()
    took = await storm.drained(240)
    found = await storm.violations()
    hits = crashes.hits - before
    storm.say(
        f"{hits.total()} crashes at {len(hits)} failpoints, {storm.sold} sales, drained in {took:.1f} s"
    )
    storm.say(f"{len(found)} violations; crashes: {dict(sorted(hits.items()))}")
    assert found == []
    assert hits == Counter(point for _, point in where)


async def test_a_crash_at_each_of_the_worst_failpoints(crashing: tuple[Storm, Crashes]) -> None:
    await _crash(crashing, WORST)


@pytest.mark.storm
@pytest.mark.timeout(5400)
async def test_crashes_at_failpoints(crashing: tuple[Storm, Crashes]) -> None:
    """At every point, or those that `SOLDWIRE_POINTS` names, as often as `SOLDWIRE_TIMES` says."""
    points = CHOSEN.split(",") if CHOSEN else POINTS
    await _crash(crashing, plan(TIMES, SEED, points))
