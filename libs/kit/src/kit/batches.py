"""One transaction per batch, and a bisecting fallback that finds the poisoned record."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
from soldwire_contracts import Event, Fact
from soldwire_contracts.sync import TenantErased

from kit import dead_letters, erasing, inbox, metrics, telemetry
from kit.database import Database
from kit.errors import is_transient
from kit.failpoints import Failpoint
from kit.logs import logger
from kit.records import Received, Record, receive
from kit.unit_of_work import UnitOfWork

log = logger(__name__)

# The facts' own types are checked where the handler is declared; here any handler of events will do.
Handler = Callable[[Sequence[Any], UnitOfWork], Awaitable[None]]

_IMMEDIATE_TRIES = 3
_HANDLED = Failpoint("batch.handled", "the batch's changes are written, nothing of it is committed")
_COMMITTED = Failpoint(
    "batch.committed", "PostgreSQL has the batch's outcome, nobody was woken, Kafka has no offset"
)
PACE = 0.02
"""Seconds at least between the starts of two batches: under load they are fewer and larger. While quiet none waits."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscriber of one service: its consumer group, its topics with their facts, its handler."""

    service: str
    subscriber: str
    facts: Mapping[str, type[Fact]]
    handler: Handler
    title: str
    pace: float = PACE

    @property
    def group(self) -> str:
        """Consumer group: service.subscriber."""
        return f"{self.service}.{self.subscriber}"


class BatchProcessor:
    """Applies batches of records for one subscription. Safe to repeat: the inbox drops what is done."""

    def __init__(self, database: Database, subscription: Subscription) -> None:
        self._database = database
        self.subscription = subscription

    async def apply(self, records: Sequence[Record]) -> None:
        """Bring every record to an end: applied, dropped as a duplicate, or set aside with its reason.

        Raises only transient errors, with nothing of the failed part done; call again with the same records.
        """
        for record in records:
            metrics.records_received.labels(self.subscription.group, record.topic).inc()
        await self._settle([receive(record, self.subscription.facts) for record in records])

    async def _settle(self, items: Sequence[Received]) -> None:
        try:
            await self._attempt(items)
        except Exception as error:
            if is_transient(error):
                raise
            if len(items) == 1:
                await self._bury(items[0], error)
                return
            log.warning("batch bisected", group=self.subscription.group, size=len(items), error=repr(error))
            middle = len(items) // 2
            await self._settle(items[:middle])
            await self._settle(items[middle:])

    async def _attempt(self, items: Sequence[Received]) -> None:
        """Deadlocks and serialization failures are tried again at once: the other transaction is through."""
        for attempt in range(1, _IMMEDIATE_TRIES + 1):
            started = time.perf_counter()
            try:
                await self._transaction(items)
            except Exception as error:
                if attempt == _IMMEDIATE_TRIES or not is_rollback(error):
                    raise
            else:
                metrics.batch_seconds.labels(self.subscription.group).observe(time.perf_counter() - started)
                return

    async def _transaction(self, items: Sequence[Received]) -> None:
        group = self.subscription.group
        events = {item.event.id: item.event for item in items if item.event is not None}
        tenants = {event.data.tenant_id for event in events.values()}
        async with self._database.bus(tenants, keep=True) as uow:
            uow.after_commit(_COMMITTED.reached)
            for item in items:
                if item.event is None:
                    await self._set_aside(uow, item, item.reason, item.error)
            claimed = await inbox.claim(uow, group, list(events), tenants)
            known = sum(item.event is not None for item in items)
            metrics.records_duplicate.labels(group).inc(known - len(claimed.fresh))
            if told := [event for event in events.values() if claimed.tells(event)]:
                await erasing.hold(uow, _erased_in(told))
                await self._handle(told, uow)
            _HANDLED.reached()

    async def _handle(self, events: Sequence[Event[Fact]], uow: UnitOfWork) -> None:
        with telemetry.batch(f"{self.subscription.group} handles", [event.traceparent for event in events]):
            await self.subscription.handler(events, uow)

    async def _bury(self, item: Received, error: Exception) -> None:
        log.error("record set aside", group=self.subscription.group, topic=item.record.topic, exc_info=error)
        async with self._database.bus() as uow:
            await self._set_aside(uow, item, "handler_refused", f"{type(error).__name__}: {error}")

    async def _set_aside(self, uow: UnitOfWork, item: Received, reason: str, error: str) -> None:
        record = item.record
        await dead_letters.set_aside(
            uow,
            subscriber=self.subscription.subscriber,
            source=record.topic,
            partition=record.partition,
            position=record.offset,
            key=record.key,
            headers=record.headers,
            payload=record.value or b"",
            reason=reason,
            error=error,
            tenant_id=item.event.data.tenant_id if item.event else None,
        )


def _erased_in(events: Iterable[Event[Fact]]) -> set[UUID]:
    return {event.data.tenant_id for event in events if isinstance(event.data, TenantErased)}


def is_rollback(error: BaseException) -> bool:
    """Whether PostgreSQL rolled the transaction back for the sake of another (SQLSTATE class 40), or of a new schema."""
    if isinstance(error, asyncpg.InvalidCachedStatementError):
        return True
    sqlstate = getattr(error, "sqlstate", None)
    return isinstance(sqlstate, str) and sqlstate.startswith("40")
