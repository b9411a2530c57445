"""The embedded servers themselves: data kept between runs and through kill -9, ports that avoid what is taken."""

import json
import socket
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from soldwire_contracts.topics import TOPICS
from soldwire_local import topics
from soldwire_local.kafka import Kafka
from soldwire_local.ports import Ports
from soldwire_local.postgres import Postgres

pytestmark = [pytest.mark.bus, pytest.mark.long]
TOPIC = "sale.detected"


async def send(bootstrap: str, *values: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    await producer.start()
    for value in values:
        await producer.send_and_wait(TOPIC, value, partition=0)
    await producer.stop()


async def received(bootstrap: str, count: int) -> list[bytes]:
    consumer = AIOKafkaConsumer(TOPIC, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    values = [(await consumer.getone()).value for _ in range(count)]
    await consumer.stop()
    return values


async def test_kafka_keeps_its_records_through_kill_9_and_a_taken_port(tmp_path: Path) -> None:
    ports = Ports(tmp_path / "ports.json")
    first = Kafka(tmp_path / "kafka", ports)
    await first.start()
    try:
        await topics.ensure(first.bootstrap, [TOPICS[TOPIC]])
        await send(first.bootstrap, b"one", b"two")
        await first.kill9()
        await first.restart()
        assert await received(first.bootstrap, 2) == [b"one", b"two"]
        await send(first.bootstrap, b"three")
    finally:
        await first.stop()
    assert not first.running

    with socket.create_server(("127.0.0.1", int(first.bootstrap.split(":")[1]))):
        second = Kafka(tmp_path / "kafka", Ports(tmp_path / "ports.json"))
        await second.start()
        try:
            assert second.bootstrap != first.bootstrap
            assert await received(second.bootstrap, 3) == [b"one", b"two", b"three"]
        finally:
            await second.stop()


async def test_postgres_keeps_what_was_committed_through_a_crash_and_a_taken_port(tmp_path: Path) -> None:
    server = Postgres(tmp_path / "postgres", Ports(tmp_path / "ports.json"), "secret")
    await server.start()
    try:
        connection = await asyncpg.connect(server.dsn)
        assert await connection.fetchval("show fsync") == "on"
        assert await connection.fetchval("show synchronous_commit") == "on"
        await connection.execute("create table kept (x int); insert into kept values (1)")
        await server.kill9()
        await server.restart()
        assert await count(server.dsn) == 1
    finally:
        await server.stop()

    port = json.loads((tmp_path / "ports.json").read_text())["postgres"]
    with socket.create_server(("127.0.0.1", port)):
        again = Postgres(tmp_path / "postgres", Ports(tmp_path / "ports.json"), "secret")
        await again.start()
        try:
            assert f":{port}/" not in again.dsn
            assert await count(again.dsn) == 1
        finally:
            await again.stop()


async def count(dsn: str) -> int:
    connection = await asyncpg.connect(dsn)
    found: int = await connection.fetchval("select count(*) from kept")
    await connection.close()
    return found


async def test_postgres_wants_its_password(tmp_path: Path) -> None:
    server = Postgres(tmp_path / "postgres", Ports(tmp_path / "ports.json"), "secret", durable=False)
    await server.start()
    try:
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(server.dsn.replace(":secret@", ":guess@"))
    finally:
        await server.stop()
