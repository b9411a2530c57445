"""Everything together: stores, databases, topics, the sandbox and every service, started in parallel where it may be."""

import asyncio
import sys
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType

from kit import migrations

from soldwire_local import keys, lock, provision, sandboxed, topics
from soldwire_local import services as catalogue
from soldwire_local.children import Program
from soldwire_local.environment import Environment, for_process
from soldwire_local.errors import LocalError
from soldwire_local.logs import Echo, ProcessLog
from soldwire_local.ports import HOST, Ports
from soldwire_local.services import Service
from soldwire_local.stores import bus, store
from soldwire_local.supervisor import READY_WITHIN, Supervised, Supervisor

SANDBOX = "sandbox"
SANDBOX_PORT = 18090
SANDBOX_HEALTH = "/control/health"
READY = "/ready"

Say = Callable[[str], None]


def _silent(_: str) -> None:
    """Progress nobody wants to see."""


class Runtime:
    """An async context: on entry everything runs and is ready, on exit everything it started is stopped.

    data: what is kept between runs; services: which to run (default: all with a service.yaml); extra: variables for
    every process; durable: False trades a power cut's safety for speed, for data that is thrown away. Raises
    LocalError with a remedy, having stopped what was already up.
    """

    def __init__(
        self,
        data: Path | None = None,
        *,
        services: Sequence[Service] | None = None,
        sandbox: bool = True,
        extra: Mapping[str, str] | None = None,
        echo: Echo | None = None,
        say: Say = _silent,
        durable: bool = True,
    ) -> None:
        self.data = (data or catalogue.data_folder()).resolve()
        self.services = list(catalogue.discover() if services is None else services)
        self._with_sandbox = sandbox
        self._extra = dict(extra or {})
        self._say = say
        self._stack = AsyncExitStack()
        self._begun = time.monotonic()
        self._ports = Ports(self.data / "ports.json")
        self.secret = keys.load(self.data)
        self.kafka = bus(self.data, self._ports)
        self.postgres = store(self.data, self._ports, self.secret, self._tell, durable=durable)
        self.supervisor = Supervisor(self.data / "logs", echo)
        self.urls: dict[str, str] = {}

    def url(self, service: str) -> str:
        """The HTTP address of a service, or of `sandbox`; raises KeyError when it isn't part of this runtime."""
        return self.urls[service]

    def process(self, service: str) -> Supervised:
        """The supervised process of a service: `kill9`, `stop`, `start`, `restart`, `ready`, `pid`."""
        return self.supervisor[service]

    def environment(self) -> Environment:
        """Where everything is; its `service_environment(name)` is what a service's process gets."""
        extra = {**sandboxed.variables(self.urls), **self._extra}
        return Environment(self.kafka.bootstrap, self.postgres.dsn, self.secret, self.urls, extra=extra)

    async def rebuild_kafka(self) -> None:
        """Lose everything Kafka holds, offsets too, and make its topics again; raises LocalError for a given Kafka."""
        await self.kafka.erase()
        await topics.ensure(self.kafka.bootstrap)

    async def __aenter__(self) -> "Runtime":
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def _start(self) -> None:
        """Kafka takes longest, so databases are made and migrated meanwhile; services start when both are there."""
        self._stack.enter_context(lock.hold(self.data))
        if keys.load(self.data) != self.secret:
            raise LocalError(f"the data in {self.data} was reset meanwhile", remedy="start again")
        self._stack.callback(self._ports.release)
        self._choose_addresses()
        self.kafka.keep(partial(self._report, "kafka"))
        self.postgres.keep(partial(self._report, "postgres"))
        self._stack.push_async_callback(self.postgres.stop)
        self._stack.push_async_callback(self.kafka.stop)
        self._stack.push_async_callback(self.supervisor.stop)
        if self._with_sandbox:
            self.supervisor.start(self._sandbox())
        await _all(self._start_bus(), self._start_store())
        for service in self.services:
            self.supervisor.start(self._program(service, "run"))
        await self.supervisor.ready(within=READY_WITHIN)
        self._tell(f"{len(self.services)} services ready")

    def _choose_addresses(self) -> None:
        for service in self.services:
            self.urls[service.name] = f"http://{HOST}:{self._ports.choose(service.name, service.port_hint)}"
        if self._with_sandbox:
            self.urls[SANDBOX] = f"http://{HOST}:{self._ports.choose(SANDBOX, SANDBOX_PORT)}"

    async def _start_bus(self) -> None:
        await self.kafka.start()
        self._tell(f"Kafka ready on {self.kafka.bootstrap}")
        changes = await topics.ensure(self.kafka.bootstrap)
        self._tell(f"topics: {len(changes.created)} created, {len(changes.widened)} widened")

    async def _start_store(self) -> None:
        await self.postgres.start()
        self._tell("PostgreSQL ready")
        await provision.provision(self.postgres.dsn, self.secret, [service.name for service in self.services])
        await self._migrate()
        self._tell("databases migrated")

    async def _migrate(self) -> None:
        """In this process where it can: a process each would spend seconds on imports alone."""
        for service in self.services:
            folder = catalogue.repository() / "services" / service.name / "migrations"
            if folder.is_dir():
                await asyncio.to_thread(self._upgrade, service, folder)
            else:
                await self.supervisor.run_once(self._program(service, "migrate"), f"{service.name}-migrate")

    def _upgrade(self, service: Service, folder: Path) -> None:
        owner = provision.service_database(self.postgres.dsn, self.secret, service.name).owner
        try:
            migrations.upgrade(folder, owner)
        except Exception as error:
            remedy = f"`python -m {service.module} migrate` shows the whole error"
            raise LocalError(f"{service.name} could not be migrated: {error}", remedy=remedy) from error

    def _program(self, service: Service, verb: str) -> Program:
        variables = for_process(self.environment().service_environment(service.name))
        return Program(service.name, service.command(verb), variables, self.urls[service.name] + READY)

    def _sandbox(self) -> Program:
        variables = {
            **self._extra,
            "SOLDWIRE_SANDBOX_PORT": self.urls[SANDBOX].rpartition(":")[2],
            "SOLDWIRE_SANDBOX_STATE": str(self.data / SANDBOX),
        }
        ready = self.urls[SANDBOX] + SANDBOX_HEALTH
        return Program(SANDBOX, [sys.executable, "-m", "sandbox"], for_process(variables), ready)

    def _report(self, name: str, line: str) -> None:
        """What a store's keeper has to say, on the screen and, for the doctor, in a log beside the services'."""
        log = ProcessLog(self.supervisor.logs, name)
        log.say(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {line}")
        log.close()
        self._tell(line)

    def _tell(self, line: str) -> None:
        self._say(f"{time.monotonic() - self._begun:5.1f} s  {line}")


async def _all(*work: Coroutine[None, None, None]) -> None:
    """Run together; the first failure cancels the rest, so that nothing starts behind a stop."""
    try:
        async with asyncio.TaskGroup() as group:
            for one in work:
                group.create_task(one)
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None
