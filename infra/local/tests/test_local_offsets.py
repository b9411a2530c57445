"""Where groups go on reading after a restore, on a real broker: our own past what was said, nobody else's moved."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from soldwire_local import offsets
from soldwire_local.errors import LocalError

SEEN, ERASED = TopicPartition("listing.observed", 0), TopicPartition("tenant.erased", 0)
OURS, OURS_ERASED, THEIRS = "inventory.listings", "inventory.tenants", "somebody.else"

pytestmark = pytest.mark.bus


@asynccontextmanager
async def reader(bootstrap: str, group: str, *topics: str) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        *topics,
        bootstrap_servers=bootstrap,
        group_id=group,
        enable_auto_commit=False,
        session_timeout_ms=6000,
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def said(bootstrap: str, partition: TopicPartition, records: int) -> int:
    """So many more records; answers where the partition ends now."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    await producer.start()
    try:
        for _ in range(records):
            last = await producer.send_and_wait(partition.topic, b"{}", partition=partition.partition)
        return int(last.offset) + 1
    finally:
        await producer.stop()


async def read_up_to(bootstrap: str, group: str, partition: TopicPartition, offset: int) -> None:
    async with reader(bootstrap, group) as consumer:
        consumer.assign([partition])
        await consumer.commit({partition: offset})


async def held(bootstrap: str, group: str, partition: TopicPartition) -> int | None:
    async with reader(bootstrap, group) as consumer:
        consumer.assign([partition])
        found: int | None = await consumer.committed(partition)
        return found


async def test_our_groups_pass_over_what_was_said_but_erasures_and_others_groups_stay(
    topics_ready: str,
) -> None:
    end = await said(topics_ready, SEEN, 5)
    erased = await said(topics_ready, ERASED, 2)
    for group in (OURS, THEIRS):
        await read_up_to(topics_ready, group, SEEN, end - 3)
    await read_up_to(topics_ready, OURS_ERASED, ERASED, erased)
    passed = await offsets.after_restore(topics_ready)
    assert passed[OURS] >= 3
    assert THEIRS not in passed
    assert await held(topics_ready, OURS, SEEN) == end
    assert await held(topics_ready, THEIRS, SEEN) == end - 3
    assert await held(topics_ready, OURS_ERASED, ERASED) == 0, "an erasure is heard again"
    again = await offsets.after_restore(topics_ready)
    assert again[OURS] == 0


async def test_a_service_that_still_reads_is_not_moved(topics_ready: str) -> None:
    async with reader(topics_ready, OURS, SEEN.topic) as consumer:
        while not consumer.assignment():
            await consumer.getmany(timeout_ms=100)
        with pytest.raises(LocalError, match="still has members"):
            await offsets.after_restore(topics_ready, patience=1)
