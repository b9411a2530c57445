"""kit's relay and its batch consumer, each beside the bare loop that does the least, on stores of their own."""

from __future__ import annotations

import asyncio
import json
import statistics
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from kit import migrations
from kit.bus import BatchRouter, Bus
from kit.database import Database
from kit.producer import Producer
from kit.relay import Relay
from kit.settings import ServiceSettings
from kit.unit_of_work import UnitOfWork
from soldwire_contracts import Event
from soldwire_contracts.sync import AccountStatus
from soldwire_contracts.values import AccountState, Platform
from soldwire_local import provision
from soldwire_local.runtime import Runtime
from testkit.bus import record_of
from testkit.services import settings_for

from tests.bench.counts import LOOK_SECONDS, Counts
from tests.bench.figures import Report

NAME = "bench"
RECORDS = 20_000
ROUNDS = 3
BATCH = 500
"""What kit takes at once by default."""
KEYS = 97
RELAYED = "sync.finished"
"""A topic nobody here reads; the handler's is another."""
# The plumbing's tables and nothing that matters here.
_TABLES = Path(__file__).parents[2] / "libs/kit/tests/mini/migrations"
_FILL = (
    "insert into outbox (event_id, lane, topic, key, body) "
    "select gen_random_uuid(), 0, $1, 'k' || n % $2::int, $3 from generate_series(1, $4::int) n"
)
_TAKE = "select id, created_at, topic, key, body from outbox where published_at is null order by lane, id limit $1"
_MARK = (
    "update outbox set published_at = clock_timestamp() "
    "where id = any($1::bigint[]) and created_at between $2 and $3"
)
_LEFT = "select count(*) from outbox where published_at is null"
_CLAIM = (
    "insert into inbox (subscriber, event_id) select $1, e from unnest($2::uuid[]) e on conflict do nothing"
)
# Batches that began before the last one are done by its begin: the time to join a group is no part of it.
_HANDLED = (
    "select count(*) filter (where received_at < last) / extract(epoch from last - first)::float8 from inbox, "
    "(select min(received_at) as first, max(received_at) as last from inbox where subscriber = $1) as ends "
    "where subscriber = $1 group by first, last"
)

Run = Callable[["Plumbing"], Coroutine[Any, Any, float]]


@dataclass(frozen=True)
class Plumbing:
    """Kafka, and a database with the tables of a service's plumbing."""

    settings: ServiceSettings
    counts: Counts
    records: int = RECORDS

    async def connection(self) -> asyncpg.Connection:
        """As the administrator."""
        return await self.counts.connection(NAME)

    async def filled(self) -> datetime:
        """So many rows to relay and no others; the database's time now."""
        conn = await self.connection()
        await conn.execute("truncate outbox")
        await conn.execute(_FILL, RELAYED, KEYS, _fact(), self.records)
        await conn.execute("analyze outbox")
        begun: datetime = await conn.fetchval("select clock_timestamp()")
        return begun

    async def relayed_since(self, begun: datetime) -> float:
        """Rows per second until the last one was marked."""
        await self.counts.falls(NAME, _LEFT, within=120)
        conn = await self.connection()
        ended = await conn.fetchval("select max(published_at) from outbox")
        return self.records / float((ended - begun).total_seconds())

    async def handled(self, group: str) -> float:
        """Records per second once the group has handled all."""
        conn = await self.connection()
        async with asyncio.timeout(120):
            while (
                await conn.fetchval("select count(*) from inbox where subscriber = $1", group)
            ) < self.records:
                await asyncio.sleep(LOOK_SECONDS)
        return float(await conn.fetchval(_HANDLED, group))


@asynccontextmanager
async def running(data: Path) -> AsyncIterator[Plumbing]:
    """Stores without a service."""
    async with Runtime(data, services=[], sandbox=False) as runtime, Counts(runtime.postgres.dsn) as counts:
        yield Plumbing(await prepared(runtime.kafka.bootstrap, runtime.postgres.dsn, runtime.secret), counts)


async def prepared(kafka: str, admin_dsn: str, secret: bytes) -> ServiceSettings:
    """A database with the plumbing's tables; the settings of a service there."""
    await provision.provision(admin_dsn, secret, [NAME])
    database = provision.service_database(admin_dsn, secret, NAME)
    await asyncio.to_thread(migrations.upgrade, _TABLES, database.owner)
    return settings_for(ServiceSettings, database, kafka=kafka, relay_batch=BATCH, batch_records=BATCH)


async def relay(report: Report, plumbing: Plumbing) -> None:
    """An outbox drained, from nothing connected to the last row marked."""
    ours, base = await _in_turns(plumbing, kit_relay, bare_relay)
    report.compare(f"outbox relay, {plumbing.records:,} rows", ours, base, "/s", "≥ 0.7")


async def handler(report: Report, plumbing: Plumbing) -> None:
    """Records that are in a topic already, handled by a handler that does nothing."""
    await publish(plumbing)
    ours, base = await _in_turns(plumbing, kit_handler, bare_handler)
    report.compare(f"batch consumer with an empty handler, {plumbing.records:,} records", ours, base, "/s")


async def _in_turns(plumbing: Plumbing, ours: Run, base: Run) -> tuple[float, float]:
    """Medians of the rounds after one that warms."""
    found: list[tuple[float, float]] = []
    for _ in range(ROUNDS + 1):
        floor = await base(plumbing)
        found.append((await ours(plumbing), floor))
    mine, theirs = zip(*found[1:], strict=True)
    return statistics.median(mine), statistics.median(theirs)


async def kit_relay(plumbing: Plumbing) -> float:
    """What every service runs."""
    producer = Producer(plumbing.settings)
    relaying = Relay(NAME, plumbing.settings, producer)
    begun = await plumbing.filled()
    async with _beside(relaying.run()):
        rate = await plumbing.relayed_since(begun)
    await producer.stop()
    return rate


async def bare_relay(plumbing: Plumbing) -> float:
    """Select a batch, send it, mark it."""
    begun = await plumbing.filled()
    async with _beside(_relay(plumbing.settings)):
        return await plumbing.relayed_since(begun)


async def _relay(settings: ServiceSettings) -> None:
    conn = await asyncpg.connect(settings.postgres_bus)
    producer = _producer(settings.kafka)
    await producer.start()
    try:
        while rows := await conn.fetch(_TAKE, BATCH):
            acks = [await producer.send(r["topic"], r["body"], key=r["key"].encode()) for r in rows]
            await asyncio.gather(*acks)
            times = [r["created_at"] for r in rows]
            await conn.execute(_MARK, [r["id"] for r in rows], min(times), max(times))
    finally:
        await producer.stop()
        await conn.close()


async def kit_handler(plumbing: Plumbing) -> float:
    """The whole consuming side of a service: FastStream, the batch processor, the inbox."""
    router = BatchRouter(f"{NAME}-{uuid4().hex[:6]}")
    router.batch(AccountStatus, subscriber="nothing")(_nothing)
    database = Database(plumbing.settings, f"/{NAME}")
    bus = Bus(plumbing.settings, database, [router])
    async with _beside(bus.run()):
        rate = await plumbing.handled(router.subscriptions[0].group)
        await bus.stop()
    await database.dispose()
    return rate


async def _nothing(_events: Sequence[Event[AccountStatus]], _uow: UnitOfWork) -> None:
    """An empty handler."""


async def bare_handler(plumbing: Plumbing) -> float:
    """Read a batch, remember its ids, commit its offsets."""
    group = f"bare-{uuid4().hex[:6]}"
    async with _beside(_handle(plumbing.settings, group)):
        return await plumbing.handled(group)


async def _handle(settings: ServiceSettings, group: str) -> None:
    conn = await asyncpg.connect(settings.postgres_bus)
    consumer = AIOKafkaConsumer(
        AccountStatus.topic,
        bootstrap_servers=settings.kafka,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        while True:
            batches = await consumer.getmany(timeout_ms=1000, max_records=BATCH)
            if records := [record for batch in batches.values() for record in batch]:
                await conn.execute(_CLAIM, group, list(_ids(records)))
                await consumer.commit({TopicPartition(r.topic, r.partition): r.offset + 1 for r in records})
    finally:
        await consumer.stop()
        await conn.close()


def _ids(records: Iterable[ConsumerRecord[bytes, bytes]]) -> Iterator[str]:
    """Of the events among them: in the suite's broker others leave in this topic what is none."""
    for record in records:
        with suppress(ValueError, TypeError, KeyError):
            yield str(UUID(json.loads(record.value)["id"]))


@asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Something that runs meanwhile, cancelled at the end; if it fails, so does what waits for it, at once."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(work)
        yield
        task.cancel()


async def publish(plumbing: Plumbing) -> None:
    """So many events into the topic that the handlers read."""
    producer = _producer(plumbing.settings.kafka)
    await producer.start()
    acks = [
        await producer.send(AccountStatus.topic, _fact(), key=f"k{n % KEYS}".encode())
        for n in range(plumbing.records)
    ]
    await asyncio.gather(*acks)
    await producer.stop()


def _producer(kafka: str) -> AIOKafkaProducer:
    return AIOKafkaProducer(
        bootstrap_servers=kafka, acks="all", enable_idempotence=True, max_batch_size=262_144
    )


def _fact() -> bytes:
    """An event as a service says it, under an id of its own."""
    now = datetime.now(UTC)
    status = AccountStatus(
        tenant_id=uuid4(),
        account_id=uuid4(),
        platform=Platform.EBAY,
        revision=1,
        name="bench",
        state=AccountState.CONNECTED,
        connected_at=now,
        at=now,
    )
    return record_of(status).value or b""
