"""Kafka in: erased tenants are forgotten; owners' events, read without a group, become hints to pages."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from kit.bus import BatchRouter
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
        )

    async def _follow(self, consumer: Any) -> None:
        while True:
            batches = await consumer.getmany(timeout_ms=_POLL_MS, max_records=500)
            for partition, records in batches.items():
                for record in records:
                    hint = hint_of(partition.topic, record.value or b"")
                    if hint is not None:
                        self._hub.tell(hint)
