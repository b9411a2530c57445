"""All of Kafka's data is deleted in the middle of a run, its topics are made anew, and the services say it all again."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.failure.storm import Storm, small_mix, storm

SALES = 500
PER_SECOND = 15

pytestmark = [pytest.mark.stack, pytest.mark.storm, pytest.mark.timeout(600)]


async def test_kafka_is_lost_and_nothing_else(tmp_path: Path) -> None:
    async with storm(tmp_path) as made:
        begun = datetime.now(UTC) - timedelta(minutes=1)
        await made.stock(small_mix(SALES))
        await made.sell(PER_SECOND, meanwhile=lambda: _lose(made, begun))
        took = await made.drained(240)
        found = await made.violations()
        made.say(f"{made.sold} sales, {len(found)} violations, drained in {took:.1f} s")
        assert found == []
        assert made.sold >= SALES * 0.9


async def _lose(made: Storm, since: datetime) -> None:
    await made.runtime.rebuild_kafka()
    made.say("Kafka is empty")
    said = {one.name: await _replay(made, one.name, since) for one in made.runtime.services}
    made.say(f"said again: {said}")
    assert sum(said.values()) > SALES


async def _replay(made: Storm, service: str, since: datetime) -> int:
    async with asyncio.timeout(60):
        answer = await made.shop.services.call(
            "POST", service, "/admin/outbox/replay", {"since": since.isoformat()}, role="operations"
        )
    return int(answer["facts"])
