"""Twice what the product takes is offered for a minute: doors refuse in time, what they took is kept, and all of it gets through."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from kit.admission import PATIENCE

from tests.bench.counts import Counts
from tests.failure.invariants import CONNECTORS, Databases
from tests.failure.storm import PLATFORMS, Kind, Storm, storm

SOLD_ON = PLATFORMS[:2]
FIRST = 300
"""Sales all at once, by which capacity is found: how many a second are through."""
SECONDS = 60.0
OVER = 2.0
TOLD = {"disorder": 0.05, "late": 0.01, "races": 0.10, "race_ms": 1000}
"""No sale is told twice, so that each accepted delivery is a row of its own."""
PATIENT = {"SOLDWIRE_SANDBOX_TIME_FACTOR": "0.02", "SOLDWIRE_SANDBOX_AT_ONCE": "2000"}
"""Shopify sends again after 1.1, 2.3, … 145 s: it gives up after five minutes instead of four hours. Nobody queues."""
HELD_UP = (15.0, 35.0)
"""Seconds into the minute at which nothing can be stored for a while: then doors have to refuse."""
HELD_UP_FOR = PATIENCE + 1.0
THROUGH_WITHIN = 300.0
Json = dict[str, Any]

pytestmark = [pytest.mark.stack, pytest.mark.storm, pytest.mark.timeout(900)]


@dataclass(frozen=True)
class Deliveries:
    """What the sandbox's webhooks met, over a whole run."""

    answers: Counter[int | str]
    """Attempts by the status of their answer, or by the error where there was none in the marketplace's time."""
    accepted: Counter[str]
    """Deliveries that a 2xx ended, by platform."""
    slowest_ms: float

    @classmethod
    def of(cls, attempts: list[Json]) -> Deliveries:
        """From the truth of all attempts."""
        taken = {(row["platform"], row["delivery"]) for row in attempts if _is_2xx(row["status"])}
        return cls(
            Counter(row["status"] or row["error"] for row in attempts),
            Counter(platform for platform, _ in taken),
            max(row["ms"] for row in attempts),
        )


def _is_2xx(status: int | None) -> bool:
    return status is not None and 200 <= status < 300


async def test_twice_what_it_takes_for_a_minute_loses_nothing(tmp_path: Path) -> None:
    async with storm(tmp_path, extra=PATIENT) as made:
        capacity = await _capacity(made)
        rate = OVER * capacity
        made.say(f"takes {capacity:.0f} sales/s; offered are {rate:.0f}")
        await made.stock(_goods(round(rate * SECONDS)))
        await asyncio.gather(_sell(made, rate, SECONDS), *(_hold_up(made, at) for at in HELD_UP))
        ended = time.monotonic()
        behind = sum((await made.left(Databases(made.runtime.postgres.dsn), 0)).values())
        await made.drained(within=THROUGH_WITHIN)
        took = time.monotonic() - ended
        met = Deliveries.of(await made.shop.control.truth("webhooks"))
        made.say(f"answers {dict(met.answers)}, the slowest after {met.slowest_ms:.0f} ms")
        made.say(f"{behind} things to do when the sales ended, through {took:.1f} s later")
        assert behind > capacity, "it was more than the product takes"
        assert met.answers[503] > 0, "doors had to refuse"
        assert set(met.answers) == {200, 503}, "they did before anything timed out"
        assert await _stored(made) == met.accepted, "each 2xx is a stored webhook"
        assert await made.violations() == []


def _goods(units: int) -> list[Kind]:
    """Last units and tens, half of the sales each."""
    return [Kind("P", units // 2, 1, SOLD_ON), Kind("T", units // 20 + 1, 10, SOLD_ON)]


async def _capacity(made: Storm) -> float:
    """Sales per second that are through, all work behind them done."""
    await made.stock(_goods(FIRST))
    begun = time.monotonic()
    await _sell(made, FIRST, 1.0)
    await made.drained()
    return FIRST / (time.monotonic() - begun)


async def _sell(made: Storm, rate: float, seconds: float) -> None:
    """Open loop: a sale at each tick, whatever became of the ones before."""
    names = [made.shop.accounts[platform].name for platform in SOLD_ON]
    plan: Json = {"rate": rate, "seconds": seconds, "platforms": list(SOLD_ON), "accounts": names, **TOLD}
    load = await made.shop.control.post("/load", seed=made.seed, **plan)
    while not (told := await made.shop.control.get(f"/load/{load['id']}"))["done"]:
        await asyncio.sleep(0.5)
    made.say(f"sold {told['sold']} of {told['planned']}, {told['refused']} refused")
    assert told["sold"] >= 0.8 * told["planned"]


async def _hold_up(made: Storm, after: float) -> None:
    """Webhooks can't be stored for a while, whoever they are from."""
    await asyncio.sleep(after)
    async with Counts(made.runtime.postgres.dsn) as databases, AsyncExitStack() as held:
        for platform in SOLD_ON:
            connection = await databases.connection(CONNECTORS[platform])
            await held.enter_async_context(connection.transaction())
            await connection.execute("lock table raw_webhooks in share mode")
        await asyncio.sleep(HELD_UP_FOR)
    made.say(f"nothing could be stored for {HELD_UP_FOR:g} s")


async def _stored(made: Storm) -> Counter[str]:
    databases = Databases(made.runtime.postgres.dsn)
    return Counter(
        {
            platform: await databases.count(CONNECTORS[platform], "select count(*) from raw_webhooks")
            for platform in SOLD_ON
        }
    )
