"""Kafka in: routers of batch handlers, and the process's side that runs them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaRouter
from faststream.kafka.subscriber.usecase import BatchSubscriber
from soldwire_contracts import TOPICS, Fact
from soldwire_contracts.envelope import PlatformFact

from kit import consumer
from kit.batches import PACE, BatchProcessor, Handler, Subscription
from kit.database import Database
from kit.logs import logger
from kit.progress import Progress
from kit.settings import ServiceSettings

log = logger(__name__)

_CONNECT_SECONDS = 120
"""aiokafka waits for its partitions without an end."""

H = TypeVar("H", bound=Callable[..., Any])


class UnsafeSubscriberError(RuntimeError):
    """A subscriber would lose records as it is declared; the process must not start."""


class BatchRouter:
    """Where a service's handlers register. A handler takes the batch's new events and the unit of work."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.subscriptions: list[Subscription] = []

    def batch(
        self,
        *facts: type[Fact],
        subscriber: str,
        platform: str | None = None,
        title: str | None = None,
        pace: float = PACE,
    ) -> Callable[[H], H]:
        """Declare the handler of one subscriber: consumer group `service.subscriber`, any number of topics.

        `platform` picks the topic of facts that have one per platform. The handler may be called again with part
        of a batch after a rollback. What it raises sets the culprit aside, unless the error passes by itself.

        `pace`: seconds at least between the starts of two batches, more where no take-down waits for the outcome.
        """

        topics = {_topic_of(fact, platform): fact for fact in facts}

        def register(handler: H) -> H:
            name = title or f"{self.service} receives {', '.join(topics)}"
            self.subscriptions.append(Subscription(self.service, subscriber, topics, handler, name, pace))
            return handler

        return register

    def subscription(self, subscriber: str) -> Subscription:
        """The subscription of that name. Raises LookupError when there is none."""
        for subscription in self.subscriptions:
            if subscription.subscriber == subscriber:
                return subscription
        raise LookupError(f"{self.service} has no subscriber {subscriber!r}")


def _topic_of(fact: type[Fact], platform: str | None) -> str:
    if not issubclass(fact, PlatformFact):
        return fact.topic
    if platform is None:
        raise UnsafeSubscriberError(f"{fact.__name__} has a topic per platform: say which")
    return f"{fact.topic}.{platform}"


def assert_safe(broker: KafkaBroker) -> None:
    """Refuse to start with a subscriber that could lose records.

    Raises UnsafeSubscriberError for one that is not a batch subscriber with manual acknowledgement and explicit
    offsets, has no group, or reads a topic the contracts don't know.
    """
    for subscriber in broker.subscribers:
        name = getattr(subscriber, "group_id", None)
        if not isinstance(subscriber, BatchSubscriber) or subscriber.ack_policy is not AckPolicy.MANUAL:
            raise UnsafeSubscriberError(f"subscriber {name!r} does not acknowledge by hand in batches")
        if not name:
            raise UnsafeSubscriberError("a subscriber has no consumer group")
        unknown = set(subscriber.topic_names) - set(TOPICS)
        if unknown:
            raise UnsafeSubscriberError(
                f"subscriber {name!r} reads topics outside the contracts: {sorted(unknown)}"
            )


class Bus:
    """The consuming side of one process. It starts in the background: HTTP comes up without Kafka."""

    def __init__(self, settings: ServiceSettings, database: Database, routers: Iterable[BatchRouter]) -> None:
        self._settings = settings
        self.processors = [BatchProcessor(database, s) for router in routers for s in router.subscriptions]
        self.progress = {p.subscription.group: Progress(p.subscription.group) for p in self.processors}
        self._broker: KafkaBroker | None = None
        self.running = False

    def _new_broker(self) -> KafkaBroker:
        broker = consumer.make_broker(self._settings)
        router = KafkaRouter()
        for processor in self.processors:
            consumer.subscribe(router, processor, self.progress[processor.subscription.group], self._settings)
        broker.include_router(router)
        assert_safe(broker)
        return broker

    async def run(self) -> None:
        """Connect, retrying for ever, then consume until cancelled."""
        pause = 0.2
        while not self.running and self.processors:
            self._broker = self._new_broker()
            try:
                async with asyncio.timeout(_CONNECT_SECONDS):
                    await consumer.connect(self._broker, self.progress, self._paces())
                for progress in self.progress.values():
                    progress.excused()
                self.running = True
            except Exception as error:
                log.warning("Kafka is not there yet", error=repr(error), retry_in_s=pause)
                with suppress(Exception):
                    await self._broker.stop()
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)
        self.running = True
        await asyncio.Event().wait()

    def _paces(self) -> dict[str, float]:
        return {p.subscription.group: p.subscription.pace for p in self.processors}

    async def stop(self) -> None:
        """Finish the batch in hand and leave."""
        if self._broker is not None:
            with suppress(Exception):
                await self._broker.stop()
        self.running = False


def processor_of(routers: Sequence[BatchRouter], database: Database, subscriber: str) -> BatchProcessor:
    """The processor of a subscriber, without Kafka: for redrives and tests."""
    for router in routers:
        with suppress(LookupError):
            return BatchProcessor(database, router.subscription(subscriber))
    raise LookupError(f"no subscriber {subscriber!r}")


__all__ = ["BatchRouter", "Bus", "Handler", "UnsafeSubscriberError", "assert_safe", "processor_of"]
