"""The outbox relay: committed facts to Kafka, oldest first, the sale's way before bulk, one active per service."""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import asyncpg

from kit import metrics
from kit.failpoints import Failpoint
from kit.logs import logger
from kit.producer import Outgoing, Producer
from kit.settings import ServiceSettings

log = logger(__name__)

_TAKE = (
    "select id, created_at, topic, key, body, traceparent from outbox "
    "where published_at is null order by lane, id limit $1"
)
_MARK = (
    "update outbox set published_at = clock_timestamp() "
    "where id = any($1::bigint[]) and created_at between $2 and $3"
)
_PENDING = "select count(*), min(created_at) from (select created_at from outbox where published_at is null limit 10000) p"
_FALLBACK_SECONDS = 1.0
_TAKEN = Failpoint("relay.taken", "facts are read from the outbox, none is sent")
_SENT = Failpoint("relay.sent", "Kafka has the facts, the outbox does not know")
_MARKED = Failpoint("relay.marked", "the outbox knows that Kafka has the facts")
_AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0
_PACE = 0.02
"""Seconds at least between the starts of two turns: under load they are fewer and larger. While quiet none waits."""


class Relay:
    """Runs in every replica; the one that holds the advisory lock is active, the others wait for it.

    Lock, reading and marking share one connection: a relay that has lost its lock can't mark anything.
    """

    def __init__(self, service: str, settings: ServiceSettings, producer: Producer) -> None:
        self._service = service
        self._settings = settings
        self._producer = producer
        self._woken = asyncio.Event()
        self._pause = _FIRST_PAUSE
        self._lock_key = zlib.crc32(f"relay:{service}".encode())

    def wake(self) -> None:
        """There may be something to send."""
        self._woken.set()

    async def run(self) -> None:
        """Relay until cancelled; PostgreSQL or Kafka being away only makes it wait."""
        while True:
            try:
                await self._session()
            except _AWAY as error:
                log.warning("relay waits for PostgreSQL", error=repr(error), retry_in_s=self._pause)
                await asyncio.sleep(self._pause)
                self._pause = min(self._pause * 2, _LONGEST_PAUSE)

    async def _session(self) -> None:
        conn = await asyncpg.connect(
            self._settings.postgres_bus,
            timeout=10,
            command_timeout=30,
            server_settings={"application_name": f"soldwire/{self._service}:relay"},
        )
        try:
            while not await conn.fetchval("select pg_try_advisory_lock($1)", self._lock_key):
                metrics.relay_active.set(0)
                await asyncio.sleep(_FALLBACK_SECONDS)
            metrics.relay_active.set(1)
            while True:
                await self._turn(conn)
                self._pause = _FIRST_PAUSE
        finally:
            metrics.relay_active.set(0)
            conn.terminate()

    async def _turn(self, conn: asyncpg.Connection[Any]) -> None:
        """Send what is unpublished; wait for more unless there was too much for one turn."""
        begun = time.monotonic()
        self._woken.clear()
        rows = await conn.fetch(_TAKE, self._settings.relay_batch)
        if rows and await self._send(conn, rows) < len(rows):
            metrics.relay_failures.inc()
            await asyncio.sleep(0.2)
        elif len(rows) < self._settings.relay_batch:
            metrics.outbox_pending.set(0)
            metrics.outbox_age.set(0)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), _FALLBACK_SECONDS)
            await asyncio.sleep(max(0.0, begun + _PACE - time.monotonic()))

    async def _send(self, conn: asyncpg.Connection[Any], rows: Sequence[asyncpg.Record]) -> int:
        outgoing = [Outgoing(r["topic"], r["key"].encode(), bytes(r["body"]), r["traceparent"]) for r in rows]
        _TAKEN.reached()
        sent = await self._producer.send(outgoing)
        if sent:
            _SENT.reached()
            done = rows[:sent]
            times = [r["created_at"] for r in done]
            await conn.execute(_MARK, [r["id"] for r in done], min(times), max(times))
            _MARKED.reached()
            for row in done:
                metrics.relay_published.labels(row["topic"]).inc()
        if len(rows) == self._settings.relay_batch or sent < len(rows):
            await self._measure(conn)
        return sent

    async def _measure(self, conn: asyncpg.Connection[Any]) -> None:
        pending, oldest = await conn.fetchrow(_PENDING)  # type: ignore[misc]
        metrics.outbox_pending.set(pending)
        metrics.outbox_age.set((datetime.now(UTC) - oldest).total_seconds() if oldest else 0)
