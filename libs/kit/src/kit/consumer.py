"""The FastStream broker with the settings that lose nothing, from one factory."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, cast

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaRouter
from faststream.kafka.message import KafkaMessage

from kit import metrics
from kit.batches import BatchProcessor
from kit.errors import is_transient
from kit.failpoints import Failpoint
from kit.fetching import IN_HAND_WAIT_MS, Fetching
from kit.logs import logger
from kit.progress import Progress
from kit.settings import ServiceSettings

log = logger(__name__)

_OFFSETS_DUE = Failpoint("offsets.due", "PostgreSQL has outcomes whose offsets Kafka is about to get")
_OFFSETS_COMMITTED = Failpoint(
    "offsets.committed", "Kafka has the offsets, this process not yet the answer's meaning"
)

_POLL_MS = 1000
_COMMIT_EVERY = 2.0
_COMMIT_SECONDS = 10
_SELDOM = {"fetch_max_wait_ms": IN_HAND_WAIT_MS, "consumer_timeout_ms": 2000}
"""Until `kit.fetching` decides; and how often aiokafka's fetch loop turns though nothing has happened."""
_PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)

Records = Sequence[ConsumerRecord[Any, Any]]


class BlockingConsumer(AIOKafkaConsumer):  # type: ignore[misc]
    """Waits in `getmany` until there is something: FastStream sleeps after an empty poll (traps.md).

    Offsets are committed here, a little after PostgreSQL has the outcome: a commit for every small batch would cost
    more than the batch. What a crash leaves uncommitted comes again, and the inbox drops it.
    """

    progress: Progress
    _fetching: Fetching

    def __init__(self, *topics: str, pace: float = 0.0, **options: Any) -> None:
        super().__init__(*topics, **{**options, **_SELDOM})
        self._pace = pace
        self._begun_at = 0.0
        self._done: dict[TopicPartition, int] = {}
        self._committed_at = 0.0

    async def start(self) -> None:
        """Join the group; from now on fetches are as `kit.fetching` wants them."""
        await super().start()
        self._fetching = Fetching(self._fetcher, self._pace)

    def done(self, offsets: Mapping[TopicPartition, int]) -> None:
        """PostgreSQL holds the outcome of everything before these offsets."""
        self._done.update(offsets)

    async def stop(self) -> None:
        """Commit what is done, then leave the group."""
        await self._commit_done()
        await super().stop()

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int = _POLL_MS, max_records: int | None = None
    ) -> Mapping[TopicPartition, list[ConsumerRecord[Any, Any]]]:
        """The next records, as many as there are up to `max_records`; one poll lasts a second at most."""
        self._fetching.waits()
        while True:
            self.progress.turned()
            if time.monotonic() - self._committed_at >= _COMMIT_EVERY:
                await self._commit_done()
            await asyncio.sleep(max(0.0, self._begun_at + self._pace - time.monotonic()))
            found: Mapping[TopicPartition, list[ConsumerRecord[Any, Any]]] = await super().getmany(
                *partitions, timeout_ms=max(timeout_ms, _POLL_MS), max_records=max_records
            )
            if found:
                self._fetching.taken()
                self._begun_at = time.monotonic()
                return found

    async def _commit_done(self) -> None:
        """Commit what is done of the partitions still held. Never raises: it is tried again at the next turn."""
        held = self.assignment()
        self._done = {partition: offset for partition, offset in self._done.items() if partition in held}
        self._committed_at = time.monotonic()
        if not self._done:
            self.progress.committed()
            return
        _OFFSETS_DUE.reached()
        try:
            await asyncio.wait_for(self.commit(self._done), _COMMIT_SECONDS)
            _OFFSETS_COMMITTED.reached()
        except IllegalStateError:
            return
        except (KafkaError, TimeoutError) as error:
            self.progress.not_committed()
            log.warning("offsets not committed", group=self.progress.group, error=repr(error))
        else:
            self._done.clear()
            self.progress.committed()


def make_broker(settings: ServiceSettings) -> KafkaBroker:
    """A broker that only consumes: facts leave by the outbox relay, topics exist before any service starts."""
    return KafkaBroker(
        settings.kafka.split(","),
        consumer_only=True,
        allow_auto_create_topics=False,
        apply_types=False,
        logger=None,
        client_id=f"soldwire-{settings.ordinal}",
    )


async def connect(
    broker: KafkaBroker, progresses: Mapping[str, Progress], paces: Mapping[str, float] | None = None
) -> None:
    """Start the broker with consumers that wait for records. Raises when Kafka is away; call again.

    `paces`: seconds at least between the starts of two batches, by consumer group.
    """
    await broker.connect()
    config = broker.config.broker_config
    builder = config.builder
    options = builder.keywords if isinstance(builder, partial) else {}

    def build(group_id: str, **kwargs: Any) -> BlockingConsumer:
        pace = (paces or {}).get(group_id, 0.0)
        consumer = BlockingConsumer(group_id=group_id, pace=pace, **{**options, **kwargs})
        consumer.progress = progresses[group_id]
        progresses[group_id].consumer = consumer
        return consumer

    config.builder = build
    await broker.start()


async def strip_headers(records: Any, original: Any) -> KafkaMessage:
    """Keep headers from FastStream's parser: one that is not UTF-8 would lose the whole batch (traps.md)."""
    message: KafkaMessage = await original(tuple(replace(r, headers=()) for r in records))
    message.raw_message = records
    return message


async def whole_message(message: KafkaMessage) -> KafkaMessage:
    """Hand the handler the message itself: payloads are decoded by `kit.records`."""
    return message


def subscribe(
    router: KafkaRouter, processor: BatchProcessor, progress: Progress, settings: ServiceSettings
) -> None:
    """Declare one batch subscriber whose offsets are committed only after PostgreSQL has the outcome."""
    subscription = processor.subscription
    subscriber = router.subscriber(
        *subscription.facts,
        group_id=subscription.group,
        group_instance_id=f"{subscription.group}-{settings.ordinal}",
        batch=True,
        max_records=settings.batch_records,
        ack_policy=AckPolicy.MANUAL,
        auto_offset_reset="earliest",
        session_timeout_ms=6000,
        heartbeat_interval_ms=2000,
        title=subscription.title,
        parser=strip_headers,
        decoder=whole_message,
    )
    loop = _ConsumeLoop(processor, progress)
    subscriber(loop.consume)


class _ConsumeLoop:
    """What happens to one batch: apply, commit; or rewind and pause. Never raises into FastStream."""

    def __init__(self, processor: BatchProcessor, progress: Progress) -> None:
        self._processor = processor
        self._progress = progress
        self._failures = 0

    async def consume(self, message: KafkaMessage) -> None:
        records: Records = message.raw_message
        self._progress.handling_since = time.monotonic()
        try:
            await self._processor.apply(records)
        except Exception as error:
            await self._rewind(message, records, error)
            return
        finally:
            self._progress.handling_since = None
        self._failures = 0
        self._progress.moved()
        cast(BlockingConsumer, message.consumer).done(next_offsets(records))

    async def _rewind(self, message: KafkaMessage, records: Records, error: Exception) -> None:
        group = self._progress.group
        metrics.batch_retries.labels(group).inc()
        for partition, offset in first_offsets(records).items():
            with suppress(IllegalStateError):
                message.consumer.seek(partition, offset)
        pause = _PAUSES[min(self._failures, len(_PAUSES) - 1)]
        self._failures += 1
        kind = "waiting" if is_transient(error) else "failing"
        self._progress.waits_for(type(error).__name__)
        log.warning("batch will be repeated", group=group, pause_s=pause, kind=kind, error=repr(error))
        await asyncio.sleep(pause)


def first_offsets(records: Records) -> dict[TopicPartition, int]:
    """The lowest offset of each partition in the batch."""
    first: dict[TopicPartition, int] = {}
    for record in records:
        partition = TopicPartition(record.topic, record.partition)
        first[partition] = min(record.offset, first.get(partition, record.offset))
    return first


def next_offsets(records: Records) -> dict[TopicPartition, int]:
    """The offset after the highest of each partition in the batch."""
    following: dict[TopicPartition, int] = {}
    for record in records:
        partition = TopicPartition(record.topic, record.partition)
        following[partition] = max(record.offset + 1, following.get(partition, 0))
    return following
