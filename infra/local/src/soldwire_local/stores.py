"""Kafka and PostgreSQL of a runtime: the given ones where an address is set, else embedded ones."""

from pathlib import Path
from typing import Protocol

from soldwire_local import given, keys, postgres
from soldwire_local import kafka as broker
from soldwire_local.errors import LocalError
from soldwire_local.kafka import Kafka
from soldwire_local.ports import Ports
from soldwire_local.postgres import Postgres


class Bus(Protocol):
    """A broker, embedded or somebody else's."""

    @property
    def bootstrap(self) -> str: ...
    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def kill9(self) -> None: ...
    async def restart(self) -> None: ...


class Store(Protocol):
    """A PostgreSQL server, embedded or somebody else's."""

    @property
    def dsn(self) -> str: ...
    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def kill9(self) -> None: ...
    async def restart(self) -> None: ...


class Given:
    """A server somebody else runs: `start` checks that it answers, `stop` leaves it alone."""

    async def stop(self) -> None:
        """Nothing: it isn't ours."""

    async def kill9(self) -> None:
        """Refused."""
        raise LocalError(
            "this server is not the runtime's own", remedy="unset its address to use an embedded one"
        )

    async def restart(self) -> None:
        """Refused."""
        await self.kill9()


class GivenKafka(Given):
    """The brokers of SOLDWIRE_KAFKA."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap

    async def start(self) -> None:
        """Raises LocalError when nobody answers there."""
        if not await broker.answers(self.bootstrap):
            raise LocalError(
                f"no Kafka answers at {self.bootstrap}", remedy="check SOLDWIRE_KAFKA, or unset it"
            )


class GivenPostgres(Given):
    """The server of SOLDWIRE_POSTGRES, addressed as its administrator."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn

    async def start(self) -> None:
        """Raises LocalError when nobody answers there."""
        if not await postgres.answers(self.dsn):
            raise LocalError(
                "no PostgreSQL answers at SOLDWIRE_POSTGRES", remedy="check the address, or unset it"
            )


def bus(data: Path, ports: Ports) -> Bus:
    """SOLDWIRE_KAFKA's brokers, else the embedded one."""
    address = given.kafka()
    return GivenKafka(address) if address else Kafka(data / "kafka", ports)


def store(data: Path, ports: Ports, secret: bytes, *, durable: bool = True) -> Store:
    """SOLDWIRE_POSTGRES's server, else the embedded one."""
    address = given.postgres()
    if address:
        return GivenPostgres(address)
    return Postgres(data / "postgres", ports, keys.password(secret, postgres.ADMIN), durable=durable)
