"""What a subscriber's health is: that it gets on, not that a ping is answered."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from kit import metrics


@dataclass
class Progress:
    """The pulse of one subscriber, in `time.monotonic()` seconds."""

    group: str
    turned_at: float = field(default_factory=time.monotonic)
    moved_at: float = field(default_factory=time.monotonic)
    waiting_for: str | None = None
    """What it has paused for, such as PostgreSQL; a subscriber that waits is not stuck."""
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


async def behind(progress: Progress) -> int:
    """Records between the position and the end of the log over all assigned partitions.

    Raises TimeoutError or KafkaError when the consumer can't find out.
    """
    consumer = progress.consumer
    if consumer is None or not (partitions := consumer.assignment()):
        return 0
    ends = await asyncio.wait_for(consumer.end_offsets(list(partitions)), 5)
    positions = [(end, await asyncio.wait_for(consumer.position(p), 5)) for p, end in ends.items()]
    lag: int = sum(max(0, end - position) for end, position in positions)
    metrics.lag.labels(progress.group).set(lag)
    return lag


async def why_stuck(progress: Progress, after: float, kafka_answers: bool) -> str | None:
    """The reason this subscriber should be restarted, or None while it gets on or waits for something known."""
    now = time.monotonic()
    if progress.waiting_for is not None:
        return None
    if progress.handling_since is not None:
        busy = now - progress.handling_since
        return f"one batch for {busy:.0f} s" if busy > 10 * after else None
    if now - progress.turned_at > after:
        return f"its loop has not turned for {now - progress.turned_at:.0f} s"
    try:
        lag = await behind(progress)
    except (TimeoutError, KafkaError):
        idle = now - progress.moved_at
        return "its consumer gets no answer though Kafka answers" if kafka_answers and idle > after else None
    if lag == 0:
        progress.moved_at = now
        return None
    return (
        f"{lag} records behind and none read for {after:.0f} s" if now - progress.moved_at > after else None
    )
