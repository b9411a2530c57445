"""Background jobs: woken, backed off, and alive after however many failures."""

from __future__ import annotations

import asyncio

import pytest
from kit.jobs import Job, Wake


async def turning(job: Job, seconds: float = 0.05) -> None:
    """Let the job's loop run for a moment; raises what ended it."""
    task = asyncio.create_task(job.loop())
    done, _ = await asyncio.wait([task], timeout=seconds)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    for ended in done:
        ended.result()


@pytest.mark.parametrize("failures", [1, 1023, 100_000])
async def test_a_job_outlives_a_long_outage(failures: int) -> None:
    """PostgreSQL away for hours is a thousand failures; the pause stays what it was."""

    async def away() -> None:
        raise ConnectionRefusedError

    job = Job("sweep", away, every=1)
    job.failures = failures
    await turning(job)
    assert job.failures == failures + 1


async def test_a_woken_job_turns_at_once_and_what_was_woken_while_it_ran_counts() -> None:
    wake, turns = Wake(), []

    async def work() -> None:
        turns.append(len(turns))
        if len(turns) == 1:
            wake.wake()

    await turning(Job("sweep", work, every=60, wake=wake))
    assert turns == [0, 1]


async def test_a_paced_job_finds_more_to_do_in_fewer_turns() -> None:
    wake, turns = Wake(), 0

    async def turn() -> None:
        nonlocal turns
        turns += 1

    task = asyncio.create_task(Job("paced", turn, every=60, wake=wake, pace=0.2).loop())
    for _ in range(100):
        wake.wake()
        await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert 2 <= turns <= 30
