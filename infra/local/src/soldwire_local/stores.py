"""Kafka and PostgreSQL of a runtime: the given ones where an address is set, else embedded ones."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Protocol

from soldwire_local import given, keys, postgres
from soldwire_local import kafka as broker
from soldwire_local.backoff import Backoff
from soldwire_local.embedded import Report
from soldwire_local.errors import LocalError
from soldwire_local.kafka import Kafka
from soldwire_local.ports import Ports
from soldwire_local.postgres import Postgres


class Server(Protocol):
    """What a runtime does with either; embedded.py says what each means."""

    @property
    def pid(self) -> int: ...
    @property
    def starts(self) -> int: ...
    async def start(self) -> None: ...
    async def ready(self, within: float | None = None) -> None: ...
    def keep(self, report: Report, backoff: Backoff | None = None) -> None: ...
    async def stop(self, *, now: bool = False) -> None: ...
    async def restart(self) -> None: ...
    async def kill9(self) -> None: ...
    async def crash(self) -> None: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...


class Bus(Server, Protocol):
    """A broker, embedded or somebody else's."""

    @property
    def bootstrap(self) -> str: ...
    async def erase(self) -> None: ...


class Store(Server, Protocol):
    """A PostgreSQL server, embedded or somebody else's."""

    @property
    def dsn(self) -> str: ...


class Given:
    """A server somebody else runs: `start` and `ready` check that it answers, `stop` leaves it alone."""

    pid = 0
    starts = 1

    def __init__(self, answers: Callable[[], Awaitable[bool]], otherwise: LocalError) -> None:
        self._answers = answers
        self._otherwise = otherwise

    async def start(self) -> None:
        """Raises LocalError when nobody answers there."""
        await self.ready()

    async def ready(self, within: float | None = None) -> None:
        """Until it answers, by default now; raises LocalError."""
        deadline = time.monotonic() + (within or 0)
        while not await self._answers():
            if time.monotonic() >= deadline:
                raise self._otherwise
            await asyncio.sleep(0.2)

    def keep(self, report: Report, backoff: Backoff | None = None) -> None:
        """Nothing: who runs it starts it again."""

    async def stop(self, *, now: bool = False) -> None:
        """Nothing: it isn't ours."""

    async def restart(self) -> None:
        """Refused, as everything below."""
        self._refuse()

    async def kill9(self) -> None:
        self._refuse()

    async def crash(self) -> None:
        self._refuse()

    async def erase(self) -> None:
        self._refuse()

    def pause(self) -> None:
        self._refuse()

    def resume(self) -> None:
        self._refuse()

    def _refuse(self) -> None:
        raise LocalError(
            "this server is not the runtime's own", remedy="unset its address to use an embedded one"
        )


class GivenKafka(Given):
    """The brokers of SOLDWIRE_KAFKA."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        silent = LocalError(f"no Kafka answers at {bootstrap}", remedy="check SOLDWIRE_KAFKA, or unset it")
        super().__init__(partial(broker.answers, bootstrap), silent)


class GivenPostgres(Given):
    """The server of SOLDWIRE_POSTGRES, addressed as its administrator."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        silent = LocalError(
            "no PostgreSQL answers at SOLDWIRE_POSTGRES", remedy="check the address, or unset it"
        )
        super().__init__(partial(postgres.answers, dsn), silent)


def bus(data: Path, ports: Ports) -> Bus:
    """SOLDWIRE_KAFKA's brokers, else the embedded one."""
    address = given.kafka()
    return GivenKafka(address) if address else Kafka(data / "kafka", ports)


def store(data: Path, ports: Ports, secret: bytes, say: Report, *, durable: bool = True) -> Store:
    """SOLDWIRE_POSTGRES's server, else the embedded one, which says what it changes on the machine."""
    address = given.postgres()
    if address:
        return GivenPostgres(address)
    password = keys.password(secret, postgres.ADMIN)
    return Postgres(data / "postgres", ports, password, durable=durable, say=say)
