"""Consuming real Kafka through FastStream: nothing lost, nothing twice, through failures and a restart."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from unittest.mock import AsyncMock
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import CommitFailedError
from faststream.kafka import KafkaBroker
from kit.bus import BatchRouter, Bus, UnsafeSubscriberError, assert_safe
from kit.consumer import BlockingConsumer
from kit.fetching import IN_HAND_WAIT_MS, QUIET_WAIT_MS
from kit.progress import Progress, behind, why_stuck
from kit.watchdog import kafka_answers
from prometheus_client import REGISTRY
from soldwire_contracts.listings import ListingTarget
from testkit.bus import record_of

pytestmark = pytest.mark.bus


@asynccontextmanager
async def consuming(mini, group_suffix: str = ""):
    bus = Bus(mini.settings, mini.database, [mini.router])
    task = asyncio.create_task(bus.run())
    try:
        yield bus
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await bus.stop()


@pytest.fixture
def own_group(mini):
    """Groups are the service's name: one of its own for each test."""
    name = f"mini{uuid4().hex[:8]}"
    mini.router.service = name
    mini.router.subscriptions = [replace(s, service=name) for s in mini.router.subscriptions]
    return name


async def send(kafka: str, records) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all", linger_ms=5)
    await producer.start()
    try:
        acks = [await producer.send(r.topic, r.value, key=r.key, headers=list(r.headers)) for r in records]
        await asyncio.gather(*acks)
    finally:
        await producer.stop()


async def until(condition, within: float = 40, every: float = 0.1) -> None:
    async with asyncio.timeout(within):
        while not await condition():
            await asyncio.sleep(every)


async def test_transient_failures_poison_bad_headers_and_a_restart_lose_nothing(
    mini, topics_ready, own_group
) -> None:
    records = [record_of(mini.status(str(n))) for n in range(1500)]
    records[200] = replace(records[200], headers=(("traceparent", b"\xff\xfe"), ("bad", b"\xff")))
    records[300] = replace(records[300], value=b"not json")
    mini.poison, mini.outages = {"700", "1400"}, 3
    await send(topics_ready, records)
    async with consuming(mini):
        await until(lambda: _at_least(mini, 400))
    mini.outages = 1
    async with consuming(mini):
        await until(lambda: _at_least(mini, 1497))
        await asyncio.sleep(0.5)
    names = await mini.effects()
    assert sorted(names, key=int) == [str(n) for n in range(1500) if n not in (300, 700, 1400)]
    assert await mini.scalar("select count(*) from dead_letters where payload = 'not json'") == 1
    assert await mini.scalar("select count(*) from dead_letters where error like '%poisoned%'") == 2


async def test_restarts_under_load_lose_nothing_and_keep_the_order_of_each_key(
    mini, topics_ready, own_group
) -> None:
    accounts = [uuid4() for _ in range(9)]

    async def sending() -> None:
        for start in range(0, 600, 20):
            numbers = range(start, start + 20)
            await send(topics_ready, [record_of(mini.status(str(n), accounts[n % 9])) for n in numbers])

    task = asyncio.create_task(sending())
    for enough in (100, 300, 600):
        async with consuming(mini):
            await until(lambda enough=enough: _at_least(mini, enough))
    await task
    names = [int(name) for name in await mini.effects()]
    assert sorted(names) == list(range(600))
    for account in range(9):
        of_account = [n for n in names if n % 9 == account]
        assert of_account == sorted(of_account)


async def test_a_failed_batch_is_repeated_without_waiting_for_an_open_fetch(
    mini, topics_ready, own_group
) -> None:
    took = []
    async with consuming(mini) as bus:
        await until(lambda: _running(bus))
        for n in range(4):
            mini.outages = 1
            await send(topics_ready, [record_of(mini.status(str(n)))])
            await until(lambda: _failed(mini), every=0.01)
            begun = time.monotonic()
            await until(lambda n=n: _at_least(mini, n + 1), every=0.01)
            took.append(time.monotonic() - begun)
    assert min(took) < (IN_HAND_WAIT_MS + QUIET_WAIT_MS) / 2000, "a pause of 0.2 s and a fetch in hand"


async def _failed(mini) -> bool:
    return mini.outages == 0


async def _running(bus: Bus) -> bool:
    return bus.running


async def _at_least(mini, count: int) -> bool:
    return len(await mini.effects()) >= count


async def _caught_up(progress: Progress) -> bool:
    return await behind(progress) == 0


async def test_health_is_progress(mini, topics_ready, own_group) -> None:
    async with consuming(mini) as bus:
        await send(topics_ready, [record_of(mini.status("a"))])
        await until(lambda: _at_least(mini, 1))
        progress = bus.progress[f"{own_group}.accounts"]
        assert await kafka_answers(topics_ready)
        assert await why_stuck(progress, 5.0, kafka_answers=True) is None
        await until(lambda: _caught_up(progress))
        progress.moved_at -= 100
        assert await why_stuck(progress, 5.0, kafka_answers=True) is None, (
            "idle with nothing to read is healthy"
        )


async def test_records_left_lying_are_noticed(mini, topics_ready, own_group) -> None:
    async with consuming(mini) as bus:
        await send(topics_ready, [record_of(mini.status("a"))])
        await until(lambda: _at_least(mini, 1))
        progress = bus.progress[f"{own_group}.accounts"]
        await until(lambda: _caught_up(progress))
        consumer = progress.consumer
        assert consumer is not None
        consumer.pause(*consumer.assignment())
        await send(topics_ready, [record_of(mini.status("b"))])
        await until(lambda: _said_behind(progress))
        consumer.resume(*consumer.assignment())
        await until(lambda: _at_least(mini, 2))
        assert await why_stuck(progress, 5.0, kafka_answers=True) is None


async def _said_behind(progress: Progress) -> bool:
    """Whether the watchdog would speak, once the last fetch's word on the end of the log is stale."""
    progress.moved_at -= 100
    return "1 records behind" in (await why_stuck(progress, 5.0, kafka_answers=True) or "")


async def test_offsets_are_committed_when_a_consumer_leaves(mini, topics_ready, own_group) -> None:
    async with consuming(mini):
        await send(topics_ready, [record_of(mini.status(str(n))) for n in range(30)])
        await until(lambda: _at_least(mini, 30))
    admin = AIOKafkaAdminClient(bootstrap_servers=topics_ready)
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets(f"{own_group}.accounts")
    finally:
        await admin.close()
    consumer = AIOKafkaConsumer(bootstrap_servers=topics_ready)
    await consumer.start()
    try:
        ends = await consumer.end_offsets(list(offsets))
    finally:
        await consumer.stop()
    assert {partition: held.offset for partition, held in offsets.items()} == ends


async def test_a_refused_commit_of_partitions_that_left_is_owed_to_nobody(mini, monkeypatch) -> None:
    consumer = BlockingConsumer(bootstrap_servers="127.0.0.1:1", group_id="g")
    consumer.progress = Progress("g")
    partition = TopicPartition("t", 0)
    held = {partition}
    monkeypatch.setattr(consumer, "assignment", lambda: held)
    monkeypatch.setattr(consumer, "commit", AsyncMock(side_effect=CommitFailedError))
    consumer.done({partition: 5})
    await consumer._commit_done()
    assert consumer.progress.uncommitted_since is not None
    held.clear()
    await consumer._commit_done()
    assert consumer.progress.uncommitted_since is None
    held.add(partition)
    await consumer._commit_done()
    assert consumer.progress.uncommitted_since is None, "its new owner may have gone further"


async def test_a_paced_subscriber_takes_together_what_comes_meanwhile(mini, topics_ready, own_group) -> None:
    mini.router.subscriptions = [replace(s, pace=1.0) for s in mini.router.subscriptions]
    batches = {"subscriber": f"{own_group}.accounts"}
    async with consuming(mini):
        for n in range(40):
            await send(topics_ready, [record_of(mini.status(str(n)))])
        await until(lambda: _at_least(mini, 40))
    count = REGISTRY.get_sample_value("soldwire_batch_seconds_count", batches)
    assert count is not None
    assert 0 < count <= 20


async def test_http_can_come_up_without_kafka(mini) -> None:
    bus = Bus(mini.settings, mini.database, [mini.router])
    task = asyncio.create_task(bus.run())
    await asyncio.sleep(1)
    assert not task.done()
    assert bus.running is False
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await bus.stop()


def test_a_subscriber_that_acknowledges_first_stops_the_start() -> None:
    broker = KafkaBroker("127.0.0.1:1")

    @broker.subscriber("sale.detected", group_id="careless")
    async def careless(body: bytes) -> None:
        """Loses records."""

    with pytest.raises(UnsafeSubscriberError, match="careless"):
        assert_safe(broker)


def test_a_fact_with_a_topic_per_platform_must_say_which() -> None:
    with pytest.raises(UnsafeSubscriberError, match="say which"):
        BatchRouter("x").batch(ListingTarget, subscriber="targets")
    router = BatchRouter("x")

    @router.batch(ListingTarget, subscriber="targets", platform="ebay")
    async def on_targets(events, uow) -> None:
        """Takes eBay's targets only."""

    assert list(router.subscription("targets").facts) == ["listing.target.ebay"]
