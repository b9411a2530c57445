"""Kafka and PostgreSQL as containers, set up as the embedded ones are."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

from soldwire_local import kafka as broker
from soldwire_local.kafka_config import BROKER
from soldwire_local.ports import spare
from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.container import DockerContainer

KAFKA_IMAGE = "apache/kafka:4.4.0"
POSTGRES_IMAGE = "postgres:18"
CONTROLLER_PORT = 9093
READY_WITHIN = 90.0


@contextmanager
def kafka() -> Iterator[str]:
    """A broker in a container; yields its bootstrap servers. The port is the same inside and outside, because the
    broker tells clients its own."""
    port = spare()
    container = DockerContainer(KAFKA_IMAGE).with_bind_ports(port, port)
    host = container.get_container_host_ip()
    for name, value in environment(host, port).items():
        container = container.with_env(name, value)
    with container:
        bootstrap = f"{host}:{port}"
        asyncio.run(_wait(bootstrap))
        yield bootstrap


def environment(host: str, port: int) -> dict[str, str]:
    """The embedded broker's settings in the form the image reads them."""
    settings = {
        **BROKER,
        "listeners": f"PLAINTEXT://:{port},CONTROLLER://:{CONTROLLER_PORT}",
        "advertised.listeners": f"PLAINTEXT://{host}:{port}",
        "controller.quorum.voters": f"1@localhost:{CONTROLLER_PORT}",
    }
    return {"KAFKA_" + name.upper().replace(".", "_"): value for name, value in settings.items()}


@contextmanager
def postgres() -> Iterator[str]:
    """A server in a container; yields the administrator's DSN."""
    with PostgresContainer(POSTGRES_IMAGE, driver=None).with_command(
        "-c max_connections=300 -c fsync=off"
    ) as server:
        yield server.get_connection_url()


async def _wait(bootstrap: str) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while not await broker.answers(bootstrap):
        if time.monotonic() > deadline:
            raise TimeoutError(f"the Kafka container did not answer at {bootstrap}")
        await asyncio.sleep(0.2)
