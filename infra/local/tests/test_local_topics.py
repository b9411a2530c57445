"""Topics on a real broker: created once, widened, reconfigured, never narrowed."""

import asyncio
from dataclasses import replace
from typing import cast

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from soldwire_contracts.topics import TOPICS, Topic
from soldwire_local import topics
from soldwire_local.errors import LocalError

pytestmark = pytest.mark.bus


def topic(name: str, partitions: int = 2, days: int | None = 3, compacted: bool = False) -> Topic:
    base = TOPICS["sale.detected"]
    return replace(base, name=name, partitions=partitions, retention_days=days, compacted=compacted)


async def actual(bootstrap: str) -> dict[str, int]:
    async with topics.connected(bootstrap) as admin:
        return await topics.partitions(admin)


async def test_the_contracts_table_is_created_once(kafka: str) -> None:
    await topics.ensure(kafka)
    assert not await topics.ensure(kafka)
    have = await actual(kafka)
    assert {name: have[name] for name in TOPICS} == {name: one.partitions for name, one in TOPICS.items()}


async def test_racing_creators_agree(kafka: str) -> None:
    wanted = [topic("race.one"), topic("race.two")]
    changes = await asyncio.gather(*(topics.ensure(kafka, wanted) for _ in range(4)))
    assert sorted(name for change in changes for name in change.created) == ["race.one", "race.two"]


async def test_partitions_are_added_and_settings_follow(kafka: str) -> None:
    await topics.ensure(kafka, [topic("grow")])
    changes = await topics.ensure(kafka, [topic("grow", partitions=5, days=None, compacted=True)])
    assert (changes.widened, changes.reconfigured) == (["grow"], ["grow"])
    assert (await actual(kafka))["grow"] == 5
    assert not await topics.ensure(kafka, [topic("grow", partitions=5, days=None, compacted=True)])


async def test_partitions_are_never_taken_away(kafka: str) -> None:
    await topics.ensure(kafka, [topic("wide", partitions=4)])
    assert not await topics.ensure(kafka, [topic("wide", partitions=2)])
    assert (await actual(kafka))["wide"] == 4


async def test_a_refusal_names_the_topic(kafka: str) -> None:
    with pytest.raises(LocalError, match="not a name"):
        await topics.ensure(kafka, [topic("not a name")])


async def test_a_broker_that_is_away_is_said() -> None:
    with pytest.raises(LocalError, match="SOLDWIRE_KAFKA"):
        await topics.ensure("127.0.0.1:1", [topic("x")])


class Headless:
    """A cluster that is just electing leaders: it has every partition, and nobody leads one of them."""

    def __init__(self) -> None:
        self.widened: list[str] = []

    async def describe_topics(self) -> list[dict[str, object]]:
        states = [{"leader": 1}, {"leader": -1}]
        return [{"topic": "headless", "error_code": 0, "partitions": states}]

    async def create_partitions(self, wanted: dict[str, object]) -> None:
        self.widened += wanted


async def test_partitions_without_a_leader_are_not_made_again() -> None:
    admin = cast("AIOKafkaAdminClient", Headless())
    existing = await topics.partitions(admin)
    assert existing == {"headless": 2}
    changes = topics.Changes()
    await topics._widen(admin, {"headless": topic("headless")}, existing, changes)
    assert changes.widened == []
