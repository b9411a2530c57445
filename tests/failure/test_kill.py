"""Services are killed with SIGKILL in the middle of runs of 500 sales; afterwards I1 to I6 hold."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from tests.failure.faults import KILLED
from tests.failure.storm import Storm, small_mix, storm

SALES = 500
PER_SECOND = 20

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(400)]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Storm]:
    folder: Path = tmp_path_factory.mktemp("storm")
    async with storm(folder) as made:
        yield made


async def test_every_service_is_killed_once_in_a_run_of_500_sales(running: Storm) -> None:
    starts = {service: running.runtime.process(service).starts for service in KILLED}
    await running.stock(small_mix(SALES))

    async def kill_each() -> None:
        for service in KILLED:
            running.runtime.process(service).kill9()
            await asyncio.sleep(1.5)

    await _survives(running, kill_each)
    for service in KILLED:
        assert running.runtime.process(service).starts > starts[service], f"{service} was started again"


@pytest.mark.storm
@pytest.mark.parametrize("service", KILLED)
async def test_killed_twice_in_the_middle_of_500_sales(running: Storm, service: str) -> None:
    process = running.runtime.process(service)
    starts = process.starts
    await running.stock(small_mix(SALES))

    async def kill_twice() -> None:
        for _ in range(2):
            process.kill9()
            await asyncio.sleep(1)
            await process.ready()  # the second is to meet one that works again, not one that starts
            await asyncio.sleep(1.5)

    await _survives(running, kill_twice)
    assert process.starts >= starts + 2, "it was killed and started again"


async def _survives(running: Storm, meanwhile: Callable[[], Awaitable[None]]) -> None:
    sold = running.sold
    await running.sell(PER_SECOND, meanwhile=meanwhile)
    took = await running.drained()
    assert running.sold - sold >= SALES * 0.9
    found = await running.violations()
    assert found == [], f"{len(found)} violations, drained in {took:.1f} s"
