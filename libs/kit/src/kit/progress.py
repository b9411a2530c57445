"""What a subscriber's health is: that it gets on, not that a ping is answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from kit import metrics

_LONGEST_BATCH = 10
"""How often `after` one batch may take: it has its own time-outs in PostgreSQL, and is bisected when it fails."""
_FRESH_MS = 5000
"""A fetch is answered within two seconds and tells the end of the log, so that the watchdog need not ask."""


@dataclass
class Progress:
    """The pulse of one subscriber, in `time.monotonic()` seconds."""

    group: str
    turned_at: float = field(default_factory=time.monotonic)
    moved_at: float = field(default_factory=time.monotonic)
    waiting_for: str | None = None
    """What it has paused for, such as PostgreSQL; a subscriber that waits and tries again is not stuck."""
    waited_at: float | None = None
    """When it last found that it must wait."""
    uncommitted_since: float | None = None
    handling_since: float | None = None
    consumer: AIOKafkaConsumer | None = None

    def turned(self) -> None:
        """The consume loop came round."""
        self.turned_at = time.monotonic()
        metrics.last_turn.labels(self.group).set_to_current_time()

    def moved(self) -> None:
        """A batch was brought to its end."""
        self.moved_at = time.monotonic()
        self.waiting_for = None
        self.waited_at = None

    def waits_for(self, what: str) -> None:
        """A batch could not be brought to its end now and will be repeated."""
        self.waiting_for = what
        self.waited_at = time.monotonic()

    def committed(self) -> None:
        """Kafka took the offsets."""
        self.uncommitted_since = None

    def not_committed(self) -> None:
        """Kafka did not take the offsets, which once is nothing: the inbox drops the repeat."""
        metrics.commit_failures.labels(self.group).inc()
        if self.uncommitted_since is None:
            self.uncommitted_since = time.monotonic()

    def excused(self) -> None:
        """Nobody could have got on until now."""
        self.turned_at = self.moved_at = time.monotonic()
        self.uncommitted_since = None


async def behind(progress: Progress) -> int:
    """Records between the position and the end of the log over all assigned partitions.

    Raises TimeoutError or KafkaError when the consumer can't find out.
    """
    consumer = progress.consumer
    if consumer is None or not (partitions := consumer.assignment()):
        return 0
    ends = await _ends(consumer, list(partitions))
    positions = [(end, await asyncio.wait_for(consumer.position(p), 5)) for p, end in ends.items()]
    lag: int = sum(max(0, end - position) for end, position in positions)
    metrics.lag.labels(progress.group).set(lag)
    return lag


async def _ends(
    consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition]
) -> dict[TopicPartition, int]:
    """The ends of the log: as the last fetches told them, else asked for, as where a partition is not fetched."""
    since = time.time() * 1000 - _FRESH_MS
    if all((consumer.last_poll_timestamp(partition) or 0) >= since for partition in partitions):
        return {partition: consumer.highwater(partition) for partition in partitions}
    ends: dict[TopicPartition, int] = await asyncio.wait_for(consumer.end_offsets(partitions), 5)
    return ends


async def why_stuck(progress: Progress, after: float, kafka_answers: bool) -> str | None:
    """The reason this subscriber should be restarted, or None while it gets on or waits for something known.

    While Kafka is away nobody can get on; the clocks start when it is back, or every outage would end in a restart.
    """
    if not kafka_answers:
        progress.excused()
        return None
    now = time.monotonic()
    if progress.handling_since is not None:
        busy = now - progress.handling_since
        return f"one batch for {busy:.0f} s" if busy > _LONGEST_BATCH * after else None
    if now - progress.turned_at > after:
        return f"its loop has not turned for {now - progress.turned_at:.0f} s"
    if progress.uncommitted_since is not None and now - progress.uncommitted_since > after:
        return f"no offset committed for {now - progress.uncommitted_since:.0f} s"
    if _waits(progress, now, after):
        return None
    return await _why_behind(progress, after)


def _waits(progress: Progress, now: float, after: float) -> bool:
    """Whether it paused lately; a pause long over without another attempt excuses nothing."""
    return progress.waiting_for is not None and (
        progress.waited_at is None or now - progress.waited_at <= after
    )


async def _why_behind(progress: Progress, after: float) -> str | None:
    try:
        lag = await behind(progress)
    except (TimeoutError, KafkaError):
        idle = time.monotonic() - progress.moved_at
        return "its consumer gets no answer though Kafka answers" if idle > after else None
    if lag == 0:
        progress.moved_at = time.monotonic()
        return None
    idle = time.monotonic() - progress.moved_at
    return f"{lag} records behind and none read for {idle:.0f} s" if idle > after else None
