"""The floor: three bare hops of aiokafka and asyncpg, a process each, doing the least that loses nothing."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

import asyncpg
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from soldwire_local.processes import die_with_parent

from tests.bench.figures import Latency

HOPS = 3
PARTITIONS = 6
_TABLES = """
create table if not exists floor_seen (hop int, id uuid, primary key (hop, id));
create table if not exists floor_done (id uuid primary key, sent double precision, done double precision);
"""


@dataclass(frozen=True)
class Floor:
    """A running floor: topics `<name>.0` … `<name>.3`."""

    kafka: str
    postgres: str
    name: str
    hops: Sequence[asyncio.subprocess.Process]

    async def paced(self, rate: float, seconds: float) -> Latency:
        """Records at an open-loop rate; milliseconds from send to the last hop's transaction."""
        await self._clear()
        producer = AIOKafkaProducer(bootstrap_servers=self.kafka, acks="all", enable_idempotence=True)
        await producer.start()
        begun, count = time.monotonic(), int(rate * seconds)
        for n in range(count):
            await asyncio.sleep(max(0, begun + n / rate - time.monotonic()))
            await producer.send(f"{self.name}.0", _record(), key=str(n % 97).encode())
        await producer.stop()
        return Latency.of(await self._finished(count))

    async def saturated(self, count: int) -> float:
        """Records per second when all of them are already in the first topic: the hops stand still until then."""
        await self._clear()
        self._signal(signal.SIGSTOP)
        await self._fill(count)
        self._signal(signal.SIGCONT)
        begun = time.monotonic()
        await self._finished(count)
        return count / (time.monotonic() - begun)

    def _signal(self, number: signal.Signals) -> None:
        for hop in self.hops:
            hop.send_signal(number)

    async def _fill(self, count: int) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self.kafka, acks="all", linger_ms=5)
        await producer.start()
        acks = [
            await producer.send(f"{self.name}.0", _record(), key=str(n % 97).encode()) for n in range(count)
        ]
        await asyncio.gather(*acks)
        await producer.stop()

    async def _finished(self, count: int) -> list[float]:
        conn = await asyncpg.connect(self.postgres)
        async with asyncio.timeout(120):
            while await conn.fetchval("select count(*) from floor_done") < count:
                await asyncio.sleep(0.02)
        rows = await conn.fetch("select (done - sent) * 1000 as ms from floor_done")
        await conn.close()
        return [row["ms"] for row in rows]

    async def _clear(self) -> None:
        conn = await asyncpg.connect(self.postgres)
        await conn.execute("truncate floor_seen, floor_done")
        await conn.close()


def _record() -> bytes:
    payload = {
        "id": str(uuid4()),
        "sent": time.monotonic(),
        "title": "Wool coat",
        "price": "25.00",
        "quantity": 1,
    }
    return json.dumps(payload).encode()


@asynccontextmanager
async def running(kafka: str, postgres: str) -> AsyncIterator[Floor]:
    """The three hops as processes, stopped at the end."""
    name = f"floor-{uuid4().hex[:6]}"
    conn = await asyncpg.connect(postgres)
    await conn.execute(_TABLES)
    await conn.close()
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.create_topics([NewTopic(f"{name}.{n}", PARTITIONS, 1) for n in range(HOPS)])
    await admin.close()
    command = [sys.executable, "-m", "tests.bench.floor", kafka, postgres, name]
    hops = [
        await asyncio.create_subprocess_exec(*command, str(n), preexec_fn=die_with_parent())
        for n in range(HOPS)
    ]
    await asyncio.sleep(4)
    try:
        yield Floor(kafka, postgres, name, hops)
    finally:
        for hop in hops:
            hop.terminate()
        await asyncio.gather(*(hop.wait() for hop in hops))


async def hop(kafka: str, postgres: str, name: str, number: int) -> None:
    """One hop: read a batch, one transaction, send on, commit offsets."""
    conn = await asyncpg.connect(postgres)
    consumer = AIOKafkaConsumer(
        f"{name}.{number}",
        bootstrap_servers=kafka,
        group_id=f"{name}.{number}",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all", enable_idempotence=True)
    await consumer.start()
    await producer.start()
    while True:
        batches = await consumer.getmany(timeout_ms=1000, max_records=500)
        records = [record for batch in batches.values() for record in batch]
        if not records:
            continue
        await _store(conn, number, [json.loads(record.value) for record in records])
        if number < HOPS - 1:
            acks = [await producer.send(f"{name}.{number + 1}", r.value, key=r.key) for r in records]
            await asyncio.gather(*acks)
        await consumer.commit({TopicPartition(r.topic, r.partition): r.offset + 1 for r in records})


async def _store(conn: asyncpg.Connection, number: int, found: list[dict[str, object]]) -> None:
    ids = [row["id"] for row in found]
    async with conn.transaction():
        await conn.execute(
            "insert into floor_seen select $1, unnest($2::uuid[]) on conflict do nothing", number, ids
        )
        if number == HOPS - 1:
            sent = [row["sent"] for row in found]
            await conn.execute(
                "insert into floor_done select unnest($1::uuid[]), unnest($2::float8[]), $3 on conflict do nothing",
                ids,
                sent,
                time.monotonic(),
            )


if __name__ == "__main__":
    uvloop.run(hop(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
