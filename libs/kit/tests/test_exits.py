"""What cannot be cured from within ends the process, with a status that says why: the supervisor starts it again."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import InvalidProducerEpoch, OutOfOrderSequenceNumber, ProducerFenced
from kit.bus import Bus
from kit.database import Database
from kit.producer import Outgoing, Producer
from kit.progress import Progress
from kit.settings import ServiceSettings
from kit.watchdog import Watchdog

TOPIC = "account.status"


def settings(kafka: str) -> ServiceSettings:
    return ServiceSettings(kafka=kafka, postgres_bus="", secret="x" * 32)


@pytest.mark.parametrize(
    ("how", "status", "says"),
    [
        ("stuck", 70, "subscriber is stuck"),
        ("broken-producer", 71, "OutOfOrderSequenceNumber"),
        ("ended-task", 72, "a background task ended"),
    ],
)
def test_a_process_that_cannot_go_on_ends_with_its_status(how: str, status: int, says: str) -> None:
    program = [sys.executable, str(Path(__file__).parent / "endings" / "ends.py"), how]
    ended = subprocess.run(program, check=False, capture_output=True, text=True, timeout=60)
    assert ended.returncode == status, ended.stdout + ended.stderr
    assert says in ended.stdout


@pytest.fixture
async def listening() -> AsyncIterator[str]:
    """An address that takes connections, as Kafka's does."""
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    yield f"{host}:{port}"
    server.close()


class Watched:
    """A watchdog over one subscriber whose loop has stood for an hour, and what it did."""

    def __init__(self, kafka: str) -> None:
        self.ends = 0
        self.bus = Bus(settings(kafka), Database(settings(kafka), "/mini"), [])
        self.bus.running = True
        self.subscriber = self.bus.progress["mini.accounts"] = Progress("mini.accounts")
        self.subscriber.turned_at -= 3600
        self.watchdog = Watchdog(self.bus, settings(kafka), self.end)

    def end(self) -> None:
        self.ends += 1

    async def after(self, change: Callable[[Watched], object]) -> int:
        change(self)
        await self.watchdog.look()
        return self.ends


async def test_the_watchdog_ends_a_process_with_a_subscriber_that_stands_still(listening: str) -> None:
    assert await Watched(listening).after(lambda it: None) == 1


async def test_the_watchdog_lets_live_who_gets_on_or_cannot(listening: str) -> None:
    def start(it: Watched) -> None:
        it.bus.running = False

    assert await Watched(listening).after(lambda it: it.subscriber.turned()) == 0
    assert await Watched(listening).after(start) == 0, "it is still connecting"
    assert await Watched("127.0.0.1:1").after(lambda it: None) == 0, "Kafka is away"


class Failing:
    """A connection that acknowledges one record and answers the next with an error."""

    def __init__(self, error: Exception) -> None:
        self._answers = [None, error]

    async def send(self, *_: object, **__: object) -> asyncio.Future[object]:
        answer: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        failed = self._answers.pop(0)
        answer.set_exception(failed) if failed else answer.set_result(None)
        return answer


def record() -> Outgoing:
    return Outgoing(TOPIC, uuid4().bytes, b"{}", None)


@pytest.mark.parametrize(
    ("error", "ends"),
    [
        (ProducerFenced(), True),
        (OutOfOrderSequenceNumber(), True),
        (InvalidProducerEpoch(), True),
        (ConnectionResetError(), False),
    ],
    ids=repr,
)
async def test_only_an_error_every_send_would_repeat_ends_the_process(error: Exception, ends: bool) -> None:
    ended: list[bool] = []
    producer = Producer(settings("127.0.0.1:1"), on_fatal=lambda: ended.append(True))
    producer._producer = Failing(error)  # type: ignore[assignment]
    assert await producer.send([record(), record()]) == 1
    assert ended == [True] * ends


@pytest.mark.bus
async def test_a_broker_s_word_that_records_are_out_of_order_ends_the_process(topics_ready: str) -> None:
    ended: list[bool] = []
    producer = Producer(settings(topics_ready), on_fatal=lambda: ended.append(True))
    key = uuid4().bytes
    try:
        assert await producer.send([Outgoing(TOPIC, key, b"{}", None)]) == 1
        lose(producer)
        assert await producer.send([Outgoing(TOPIC, key, b"{}", None)]) == 0
    finally:
        await producer.stop()
    assert ended == [True]


def lose(producer: Producer) -> None:
    """As if records of every partition had been sent and never arrived."""
    assert producer._producer is not None
    for number in producer._producer.client.cluster.partitions_for_topic(TOPIC):
        producer._producer._txn_manager.increment_sequence_number(TopicPartition(TOPIC, number), 10)
