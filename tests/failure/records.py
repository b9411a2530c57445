"""Nonsense on Kafka: what was sent where, what became of each record, and how long a partition stood still."""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.consumer import AIOKafkaConsumer
from soldwire_contracts.subscriptions import SUBSCRIPTIONS, Subscription
from soldwire_contracts.topics import TOPICS

from tests.failure.fuzz import Fuzz, Known
from tests.failure.invariants import Databases

Json = Any
EXAMPLES = Path(__file__).resolve().parents[2] / "contracts" / "examples"
GROUPS = [subscription for subscription in SUBSCRIPTIONS if subscription.group is not None]
FORGETS = "tenant.erased"
_AT_ONCE = 500


@dataclass(frozen=True)
class Sent:
    """One record as Kafka has it; `event` is the id it says it has, if that can be read."""

    topic: str
    partition: int
    offset: int
    event: str | None


def entry_points() -> Sequence[tuple[str, ...]]:
    """The sets of topics that groups read, each once."""
    return sorted({subscription.topics for subscription in GROUPS})


def examples(topic: str) -> list[Json]:
    """The golden examples of a topic's contract."""
    name = topic
    for shared in ("listing.target", "sync.requested"):
        name = shared if topic.startswith(f"{shared}.") else name
    return [json.loads(path.read_text()) for path in sorted((EXAMPLES / f"{name}.v1").glob("*.json"))]


async def produce(
    producer: AIOKafkaProducer, topics: Sequence[str], count: int, fuzz: Fuzz, known: Known
) -> list[Sent]:
    """Send so many over these topics. Nobody who is really there is told to be forgotten."""
    samples = {topic: examples(topic) for topic in topics}
    sent: list[Sent] = []
    for begun in range(0, count, _AT_ONCE):
        acks = []
        for _ in range(min(_AT_ONCE, count - begun)):
            topic = fuzz.chance.choice(topics)
            sample = fuzz.chance.choice(samples[topic])
            body = fuzz.body([fuzz.anew(sample, ("id",), {} if topic == FORGETS else known)])
            acks.append((body, await _send(producer, topic, body, fuzz)))
        for body, ack in acks:
            at = await ack
            sent.append(Sent(at.topic, at.partition, at.offset, _event(body)))
    return sent


async def _send(producer: AIOKafkaProducer, topic: str, body: bytes, fuzz: Fuzz) -> asyncio.Future[Any]:
    partition = fuzz.chance.randrange(TOPICS[topic].partitions)
    key = fuzz.noise() or None
    future: asyncio.Future[Any] = await producer.send(
        topic, body, key=key, headers=fuzz.headers(), partition=partition
    )
    return future


def _event(body: bytes) -> str | None:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return str(value.get("id")) if isinstance(value, dict) else None


async def unexplained(databases: Databases, group: Subscription, sent: Sequence[Sent]) -> list[Sent]:
    """What a group was sent that is neither in its dead letters with a reason nor in its inbox."""
    dead = await databases.rows(
        group.service,
        "select source, partition, position from dead_letters "
        f"where subscriber = '{group.subscriber}' and reason <> '' and error <> ''",
    )
    applied = await databases.rows(
        group.service, f"select event_id::text as id from inbox where subscriber = '{group.group}'"
    )
    buried = {(row["source"], row["partition"], row["position"]) for row in dead}
    done = {row["id"] for row in applied}
    mine = [one for one in sent if one.topic in group.topics]
    return [
        one for one in mine if (one.topic, one.partition, one.offset) not in buried and one.event not in done
    ]


@dataclass
class Standing:
    """Looks how far each group is in each partition, and keeps for how long one with something to do did not move."""

    bootstrap: str
    admin: AIOKafkaAdminClient
    longest: float = 0.0
    where: str = ""
    _seen: dict[tuple[str, TopicPartition], tuple[int, float]] = field(default_factory=dict)

    async def until_caught_up(self, sending: asyncio.Future[Any], within: float) -> None:
        """Look while somebody sends, then until no group is behind. Raises AssertionError naming who still is."""
        behind: Mapping[str, int] = {}
        async with AIOKafkaConsumer(bootstrap_servers=self.bootstrap) as ends:
            while not sending.done():
                behind = await self._look(ends)
                await asyncio.sleep(1)
            try:
                async with asyncio.timeout(within):
                    while behind := await self._look(ends):
                        await asyncio.sleep(1)
            except TimeoutError:
                raise AssertionError(f"after {within:g} s still behind: {behind}") from None

    async def _look(self, consumer: AIOKafkaConsumer) -> Mapping[str, int]:
        partitions = {
            TopicPartition(topic, n)
            for g in GROUPS
            for topic in g.topics
            for n in range(TOPICS[topic].partitions)
        }
        ends: Mapping[TopicPartition, int] = await consumer.end_offsets(list(partitions))
        behind: defaultdict[str, int] = defaultdict(int)
        for group in {str(g.group): g.topics for g in GROUPS}.items():
            committed = await self.admin.list_consumer_group_offsets(group[0])
            for partition in partitions:
                if partition.topic in group[1]:
                    at = max(0, committed[partition].offset) if partition in committed else 0
                    self._note(group[0], partition, at, ends[partition])
                    behind[group[0]] += ends[partition] - at
        return {group: count for group, count in behind.items() if count}

    def _note(self, group: str, partition: TopicPartition, at: int, end: int) -> None:
        now = time.monotonic()
        before, since = self._seen.get((group, partition), (-1, now))
        moved = at != before or at >= end
        self._seen[group, partition] = (at, now if moved else since)
        if not moved and now - since > self.longest:
            self.longest, self.where = now - since, f"{group} in {partition}"


async def letters(databases: Databases, services: Collection[str]) -> Mapping[str, int]:
    """How many dead letters there are for each reason."""
    found: defaultdict[str, int] = defaultdict(int)
    for service in services:
        for row in await databases.rows(service, "select reason, count(*) as n from dead_letters group by 1"):
            found[row["reason"]] += row["n"]
    return found
