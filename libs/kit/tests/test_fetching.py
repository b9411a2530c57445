"""How a consumer asks a real broker: at once when something comes, seldom while quiet, one fetch a pace under load."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from statistics import median
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.protocol.fetch import FetchRequest
from kit.consumer import BlockingConsumer
from kit.fetching import ENOUGH_BYTES, IN_HAND_WAIT_MS, QUIET_WAIT_MS
from kit.progress import Progress, behind

pytestmark = pytest.mark.bus

TOPIC = "payout.settled"
QUIET = (QUIET_WAIT_MS, 1)
IN_HAND = (IN_HAND_WAIT_MS, 1)


class Spied(BlockingConsumer):
    """A consumer that writes down how long each of its fetches may take, and for how many bytes."""

    def spy(self) -> None:
        self.fetches: list[tuple[int, int]] = []
        send = self._client.send

        async def noting(node_id, request, **how):
            if isinstance(request, FetchRequest):
                self.fetches.append((request._max_wait_ms, request._min_bytes))
            return await send(node_id, request, **how)

        self._client.send = noting


@asynccontextmanager
async def consuming(
    kafka: str, group: str = "", member: int = 0, pace: float = 0.02, reset: str = "latest"
) -> AsyncIterator[Spied]:
    """A member of a group of its own, at the end of the topic or its beginning."""
    group = group or f"fetching{uuid4().hex[:8]}"
    consumer = Spied(
        TOPIC,
        pace=pace,
        bootstrap_servers=kafka,
        group_id=group,
        group_instance_id=f"{group}-{member}",
        enable_auto_commit=False,
        auto_offset_reset=reset,
        heartbeat_interval_ms=500,
    )
    consumer.progress = Progress(group, consumer=consumer)
    await consumer.start()
    if reset == "latest":
        await consumer.seek_to_end()
    consumer.spy()
    try:
        yield consumer
    finally:
        await consumer.stop()


@pytest.fixture
async def producer(topics_ready: str) -> AsyncIterator[AIOKafkaProducer]:
    made = AIOKafkaProducer(bootstrap_servers=topics_ready, acks="all", linger_ms=0)
    await made.start()
    yield made
    await made.stop()


async def say(producer: AIOKafkaProducer, text: str = "", key: UUID | None = None) -> None:
    await producer.send_and_wait(TOPIC, text.encode(), key=(key or uuid4()).bytes)


async def take(consumer: Spied) -> int:
    async with asyncio.timeout(20):
        return sum(len(records) for records in (await consumer.getmany()).values())


async def test_the_first_record_after_a_quiet_moment_is_fetched_at_once(topics_ready, producer) -> None:
    took = []
    async with consuming(topics_ready) as consumer:
        for _ in range(5):
            waiting = asyncio.create_task(take(consumer))
            await asyncio.sleep(0.7)
            begun = time.monotonic()
            await say(producer)
            assert await waiting == 1
            took.append(time.monotonic() - begun)
    assert QUIET in consumer.fetches
    assert median(took) < 0.25


async def test_a_quiet_consumer_asks_seldom(topics_ready) -> None:
    async with consuming(topics_ready) as consumer:
        waiting = asyncio.create_task(take(consumer))
        await asyncio.sleep(2 * QUIET_WAIT_MS / 1000 + 0.5)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert set(consumer.fetches[1:]) == {QUIET}
        assert 1 < len(consumer.fetches) <= 5
        assert await behind(consumer.progress) == 0


async def test_under_load_there_is_one_fetch_a_pace(topics_ready, producer) -> None:
    async with consuming(topics_ready, pace=0.5) as consumer:
        batches: list[int] = []

        async def reading() -> None:
            while sum(batches) < 100:
                batches.append(await take(consumer))

        task = asyncio.create_task(reading())
        await asyncio.sleep(0.5)
        before = len(consumer.fetches)
        begun = time.monotonic()
        for _ in range(100):
            await say(producer)
            await asyncio.sleep(0.015)
        await task
        paces = (time.monotonic() - begun) / 0.5
        assert len(batches) <= paces + 2
        assert len(consumer.fetches) - before <= paces + 3
    assert consumer.fetches.count((500, ENOUGH_BYTES)) >= len(batches) - 1


async def test_a_backlog_ends_the_gathering(topics_ready, producer) -> None:
    async with consuming(topics_ready, pace=10.0) as consumer:
        consumer._pace = 0.0
        await say(producer)
        assert await take(consumer) == 1
        await asyncio.sleep(0.2)
        begun = time.monotonic()
        await asyncio.gather(*(say(producer, "x" * 10_000) for _ in range(40)))
        got = 0
        while got < 7:
            got += await take(consumer)
        assert time.monotonic() - begun < 5


async def test_only_the_fetch_right_after_a_batch_gathers(topics_ready, producer) -> None:
    """While the batch is in hand the next ones are short: should it fail, its records are fetched again soon."""
    async with consuming(topics_ready, pace=0.1) as consumer:
        await say(producer)
        await take(consumer)
        taken = len(consumer.fetches)
        await asyncio.sleep(1)
        assert consumer.fetches[taken:][:2] == [(100, ENOUGH_BYTES), IN_HAND]
        (partition,) = [p for p in consumer.assignment() if await consumer.position(p) > 0][:1]
        last = await consumer.position(partition) - 1
        consumer.seek(partition, last)
        assert await take(consumer) >= 1


async def test_stopping_does_not_wait_for_an_open_fetch(topics_ready) -> None:
    async with consuming(topics_ready) as consumer:
        waiting = asyncio.create_task(take(consumer))
        while not consumer.fetches:
            await asyncio.sleep(0.05)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert consumer.fetches[-1] == QUIET
        begun = time.monotonic()
    assert time.monotonic() - begun < QUIET_WAIT_MS / 1000 - 0.5


async def test_after_a_rebalance_only_the_fetches_still_open_are_waited_for(topics_ready, producer) -> None:
    group = f"fetching{uuid4().hex[:8]}"
    wanted = {uuid4() for _ in range(60)}
    got: set[bytes | None] = set()

    async def reading(consumer: Spied) -> None:
        while True:
            for records in (await consumer.getmany()).values():
                got.update(record.key for record in records)

    async with consuming(topics_ready, group, reset="earliest") as first:
        tasks = [asyncio.create_task(reading(first))]
        await asyncio.sleep(1)
        async with consuming(topics_ready, group, member=1, reset="earliest") as second:
            # Who gives partitions up may learn of it a moment after who got them.
            async with asyncio.timeout(10):
                while not (second.assignment() and first.assignment().isdisjoint(second.assignment())):
                    await asyncio.sleep(0.02)
            tasks.append(asyncio.create_task(reading(second)))
            begun = time.monotonic()
            await asyncio.gather(*(say(producer, key=key) for key in wanted))
            async with asyncio.timeout(20):
                while not got.issuperset(key.bytes for key in wanted):
                    await asyncio.sleep(0.02)
            took = time.monotonic() - begun
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    assert took < QUIET_WAIT_MS / 1000 + 2
