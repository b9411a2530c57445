"""The Kafka producer with a deadline around every send."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidProducerEpoch,
    KafkaError,
    OutOfOrderSequenceNumber,
    ProducerFenced,
)

from kit.logs import logger
from kit.settings import ServiceSettings

log = logger(__name__)

_FATAL = (ProducerFenced, OutOfOrderSequenceNumber, InvalidProducerEpoch)
EXIT_PRODUCER_BROKEN = 71


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One record to send: topic, key and body as bytes, W3C trace context."""

    topic: str
    key: bytes
    body: bytes
    traceparent: str | None


def _exit() -> None:
    os._exit(EXIT_PRODUCER_BROKEN)


class Producer:
    """Sends batches in order, `acks=all` and idempotent, each within a deadline.

    An idempotent send would wait for ever while the broker is away, and its records would pile up: after the
    deadline the connection is thrown away and made anew. After a fencing or sequence error every send fails for
    ever, so the process exits and is started again (traps.md).
    """

    def __init__(
        self, settings: ServiceSettings, *, deadline: float = 10.0, on_fatal: Callable[[], None] = _exit
    ) -> None:
        self._settings = settings
        self._deadline = deadline
        self._on_fatal = on_fatal
        self._producer: AIOKafkaProducer | None = None

    async def _connected(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._settings.kafka,
                client_id=f"soldwire-relay-{self._settings.ordinal}",
                acks="all",
                enable_idempotence=True,
                linger_ms=0,
                max_batch_size=262_144,
                request_timeout_ms=int(self._deadline * 1000),
            )
            try:
                await asyncio.wait_for(producer.start(), self._deadline)
            except BaseException:
                await _discard(producer)
                raise
            self._producer = producer
        return self._producer

    async def send(self, records: Sequence[Outgoing]) -> int:
        """Send records in order; returns how many from the front are acknowledged.

        Fewer than given means the first one after them failed: send again from there. Never raises KafkaError.
        """
        try:
            async with asyncio.timeout(self._deadline):
                producer = await self._connected()
                acks = [await self._queue(producer, record) for record in records]
                results = await asyncio.gather(*acks, return_exceptions=True)
        except (TimeoutError, KafkaError, OSError) as error:
            log.warning("nothing sent", error=repr(error))
            await self.reset()
            return 0
        return self._acknowledged(results)

    async def _queue(self, producer: AIOKafkaProducer, record: Outgoing) -> Awaitable[object]:
        headers = [("content-type", b"application/cloudevents+json; charset=UTF-8")]
        if record.traceparent:
            headers.append(("traceparent", record.traceparent.encode()))
        future: Awaitable[object] = await producer.send(
            record.topic, record.body, key=record.key, headers=headers
        )
        return future

    def _acknowledged(self, results: Sequence[object]) -> int:
        for position, result in enumerate(results):
            if isinstance(result, BaseException):
                log.warning("send failed", error=repr(result), sent=position, of=len(results))
                if isinstance(result, _FATAL):
                    self._on_fatal()
                return position
        return len(results)

    async def reset(self) -> None:
        """Throw the connection and whatever it still holds away."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await _discard(producer)

    async def stop(self) -> None:
        """Close the connection."""
        await self.reset()


async def _discard(producer: AIOKafkaProducer) -> None:
    """Close without waiting for what can't be delivered; it is still in the outbox."""
    sender, client = producer._sender, producer.client
    with suppress(Exception):
        await asyncio.wait_for(sender.close(), 1)
    with suppress(Exception):
        await asyncio.wait_for(client.close(), 1)
    producer._closed = True
