"""The runtime's broker and database die, freeze and lose their data; they come back on the same ports."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from soldwire_contracts.topics import TOPICS
from soldwire_local import checks, topics
from soldwire_local.kafka import Kafka
from soldwire_local.postgres import Postgres
from soldwire_local.runtime import Runtime

pytestmark = [pytest.mark.bus, pytest.mark.asyncio(loop_scope="module")]
TOPIC = "sale.detected"
# Well under the five seconds after which a question to a server counts as unanswered.
FROZEN = 1.0


class Up:
    """A runtime of the two servers only, and the lines it said."""

    def __init__(self, runtime: Runtime, said: list[str]) -> None:
        self.runtime = runtime
        self.said = said
        self.said_at_start = list(said)

    @property
    def kafka(self) -> Kafka:
        assert isinstance(self.runtime.kafka, Kafka)
        return self.runtime.kafka

    @property
    def postgres(self) -> Postgres:
        assert isinstance(self.runtime.postgres, Postgres)
        return self.runtime.postgres

    async def told(self, *words: str) -> None:
        """Until a line with all these words was said."""
        deadline = time.monotonic() + 30
        while not any(all(word in line for word in words) for line in self.said):
            assert time.monotonic() < deadline, self.said
            await asyncio.sleep(0.05)
        self.said.clear()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def up(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Up]:
    said: list[str] = []
    data = tmp_path_factory.mktemp("kept")
    async with Runtime(data, services=[], sandbox=False, say=said.append) as runtime:
        yield Up(runtime, said)


async def test_as_root_it_says_which_folders_it_opened_for_postgres(up: Up) -> None:
    """Pytest's folders are their owner's alone."""
    opened = [line for line in up.said_at_start if "chmod o+x" in line]
    assert len(opened) == (1 if os.geteuid() == 0 else 0)
    if opened:
        assert str(up.runtime.data) in opened[0].split()


async def records(bootstrap: str, count: int) -> list[bytes]:
    consumer = AIOKafkaConsumer(TOPIC, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        async with asyncio.timeout(20):
            return [(await consumer.getone()).value for _ in range(count)]
    finally:
        await consumer.stop()


async def test_a_killed_broker_is_back_on_its_port_with_its_records_for_clients_that_stayed(up: Up) -> None:
    before, bootstrap = up.kafka.pid, up.kafka.bootstrap
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    await producer.send_and_wait(TOPIC, b"before", partition=0)
    os.kill(before, signal.SIGKILL)
    sending = asyncio.create_task(producer.send_and_wait(TOPIC, b"while it was away", partition=0))
    await up.told("Kafka ended with SIGKILL")
    await up.kafka.ready()
    await asyncio.wait_for(sending, 30)
    await producer.stop()
    assert up.kafka.pid != before
    assert up.kafka.bootstrap == bootstrap
    assert await records(bootstrap, 2) == [b"before", b"while it was away"]
    await up.told("Kafka is back", bootstrap)


async def test_the_doctor_tells_of_it(up: Up) -> None:
    found = [finding for finding in await checks.stores(up.runtime.data) if finding.what == "restarts"]
    assert [finding.state for finding in found] == [checks.State.NOTE]
    assert "Kafka is back" in found[0].says


async def test_kafka_loses_everything_and_has_its_topics_again(up: Up) -> None:
    bootstrap = up.kafka.bootstrap
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    await producer.start()
    await producer.send_and_wait(TOPIC, b"forgotten", partition=0)
    await producer.stop()
    await up.runtime.rebuild_kafka()
    assert up.kafka.bootstrap == bootstrap
    async with topics.connected(bootstrap) as admin:
        assert await topics.partitions(admin) == {name: topic.partitions for name, topic in TOPICS.items()}
    consumer = AIOKafkaConsumer(TOPIC, bootstrap_servers=bootstrap)
    await consumer.start()
    ends = await consumer.end_offsets(list(consumer.assignment()))
    await consumer.stop()
    assert ends
    assert set(ends.values()) == {0}


async def test_a_broker_that_was_stopped_stays_down_until_it_is_started(up: Up) -> None:
    bootstrap, starts = up.kafka.bootstrap, up.kafka.starts
    await up.kafka.stop(now=True)
    await asyncio.sleep(0.5)
    assert not await up.kafka.answers()
    await up.kafka.start()
    assert (up.kafka.bootstrap, up.kafka.starts) == (bootstrap, starts + 1)


@pytest.mark.parametrize("how", [signal.SIGQUIT, signal.SIGKILL])
async def test_postgres_is_back_with_what_was_committed(up: Up, how: signal.Signals) -> None:
    """A session that works through the crash, and would hold the old server's memory, keeps the new one from nothing."""
    dsn, before = up.postgres.dsn, up.postgres.pid
    connection = await asyncpg.connect(dsn)
    await connection.execute(f"create table kept_{how.name} as select 1 as x")
    busy = asyncio.create_task(connection.execute("select count(*) from generate_series(1, 1000000000)"))
    await asyncio.sleep(0.1)
    os.kill(before, how)
    await up.told("PostgreSQL ended with")
    await up.postgres.ready()
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await busy
    again = await asyncpg.connect(dsn)
    assert await again.fetchval(f"select x from kept_{how.name}") == 1
    await again.close()
    assert up.postgres.pid != before
    await up.told("PostgreSQL is back")


async def test_paused_servers_answer_nothing_and_go_on_where_they_were(up: Up) -> None:
    connection = await asyncpg.connect(up.postgres.dsn)
    pids = up.kafka.pid, up.postgres.pid
    up.kafka.pause()
    up.postgres.pause()
    asked = asyncio.create_task(connection.fetchval("select 1"))
    answers = asyncio.create_task(up.kafka.answers())
    _, waiting = await asyncio.wait({asked, answers}, timeout=FROZEN)
    assert waiting == {asked, answers}
    up.postgres.resume()
    up.kafka.resume()
    assert await asked == 1
    assert await answers
    await connection.close()
    assert (up.kafka.pid, up.postgres.pid) == pids


async def test_a_pid_file_that_names_another_program_does_not_keep_postgres_from_starting(up: Up) -> None:
    await up.postgres.stop(now=True)
    pid_file: Path = up.postgres.cluster / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n")
    await up.postgres.start()
    assert pid_file.read_text().split()[0] == str(up.postgres.pid)
