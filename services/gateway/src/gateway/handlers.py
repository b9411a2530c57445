"""Kafka in: erased tenants are forgotten; owners' events, read without a group, become hints to pages."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError, KafkaTimeoutError, UnknownTopicOrPartitionError
from kit.bus import BatchRouter
from kit.fetching import QUIET_WAIT_MS
from kit.logs import logger
from kit.settings import ServiceSettings
from kit.unit_of_work import UnitOfWork
from soldwire_contracts import Event
from soldwire_contracts.sync import TenantErased

from gateway import usecases
from gateway.usecases import Hub
from gateway.wire.hints import KINDS, hint_of

log = logger(__name__)

router = BatchRouter("gateway")

_PAUSE_SECONDS = 2.0
_POLL_MS = 1000
_PACE_SECONDS = 0.1
"""Pages read again on a hint: a hint need not be faster than that, and under load one fetch brings many."""
_SILENT_MS = 5_000
"""Brokers answer a fetch within two seconds, records or not: without an answer for so long they are away."""


@router.batch(TenantErased, subscriber="tenants", title="gateway forgets erased tenants")
async def on_tenants_erased(events: Sequence[Event[TenantErased]], uow: UnitOfWork) -> None:
    """End every way in."""
    for event in events:
        await usecases.erase(uow, event.data.tenant_id, event.data.erased_at)


class LiveReader:
    """Follows the topics of KINDS for as long as the process lives.

    No group and no commit: a hint missed while away costs nothing, because a page reads everything again when
    its stream opens (kit's start-up assertion on acknowledgement covers groups only; design.md, Browsers).
    """

    def __init__(self, settings: ServiceSettings, hub: Hub) -> None:
        self._settings = settings
        self._hub = hub

    async def run(self) -> None:
        """Read until cancelled, connecting again whenever Kafka goes away."""
        while True:
            consumer = self._consumer()
            try:
                await consumer.start()
                await _stand_at_the_end(consumer)
                self._hub.hears(True)
                await self._follow(consumer)
            except (KafkaError, OSError) as error:
                log.warning("live updates wait for Kafka", error=repr(error))
            finally:
                self._hub.hears(False)
                await asyncio.shield(consumer.stop())
            await asyncio.sleep(_PAUSE_SECONDS)

    def _consumer(self) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            *KINDS,
            bootstrap_servers=self._settings.kafka.split(","),
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="latest",
            client_id=f"gateway-live-{self._settings.ordinal}",
            fetch_max_wait_ms=QUIET_WAIT_MS,
            consumer_timeout_ms=QUIET_WAIT_MS,
        )

    async def _follow(self, consumer: AIOKafkaConsumer) -> None:
        since = _now_ms()
        while True:
            batches = await consumer.getmany(timeout_ms=_POLL_MS, max_records=500)
            for partition, records in batches.items():
                for record in records:
                    hint = hint_of(partition.topic, record.value or b"")
                    if hint is not None:
                        self._hub.tell(hint)
            if batches:
                await asyncio.sleep(_PACE_SECONDS)
            self._hub.hears(_now_ms() - _last_answer(consumer, since) < _SILENT_MS)


async def _stand_at_the_end(consumer: AIOKafkaConsumer) -> None:
    """Wait until every partition's end is known: before that, "from the latest" is no place yet and events slip by."""
    if {partition.topic for partition in consumer.assignment()} != set(KINDS):
        raise UnknownTopicOrPartitionError
    if not await consumer.seek_to_end():
        raise KafkaTimeoutError


def _last_answer(consumer: AIOKafkaConsumer, since: int) -> int:
    """When the slowest partition's broker last answered, in ms; aiokafka raises nothing while brokers are away."""
    return min(consumer.last_poll_timestamp(partition) or since for partition in consumer.assignment())


def _now_ms() -> int:
    return int(time.time() * 1000)
