"""A service: what `build()` wires together, and the process that runs it."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gc
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
import uvloop
from fastapi import APIRouter, FastAPI
from sqlalchemy import text

from kit import failpoints, inbox, logs, telemetry
from kit.bus import BatchRouter, Bus
from kit.database import Database
from kit.http import admin_router, health_router, make_app, outbox_router
from kit.jobs import Job, Wake
from kit.logs import logger
from kit.producer import Producer
from kit.redrive import Redriver, Redrives
from kit.relay import Relay
from kit.settings import ServiceSettings
from kit.watchdog import Watchdog

log = logger(__name__)

__all__ = ["NOWHERE", "Job", "Service", "Wake", "command_line"]

NOWHERE: Mapping[str, str] = {
    "SOLDWIRE_POSTGRES_BUS": "postgresql://nobody@127.0.0.1:1/nothing",
    "SOLDWIRE_POSTGRES_REQUEST": "postgresql://nobody@127.0.0.1:1/nothing",
    "SOLDWIRE_SECRET": "of a service that is only described",
    "SOLDWIRE_SEAL_KEYS": "none:" + base64.b64encode(bytes(32)).decode(),
}
"""What a service is built with to print its HTTP contract; nothing of it starts."""


@dataclass
class Service:
    """Everything one process consists of; nothing has happened yet when it is built."""

    name: str
    settings: ServiceSettings
    database: Database
    routers: Sequence[BatchRouter] = ()
    http: Sequence[APIRouter] = ()
    jobs: Sequence[Job] = ()
    lifespan: Sequence[AbstractAsyncContextManager[object]] = ()
    redrivers: Mapping[str, Redriver] = field(default_factory=dict)
    mount: Callable[[FastAPI], None] | None = None
    """A last word on the HTTP application, such as static files."""

    def __post_init__(self) -> None:
        self.producer = Producer(self.settings)
        self.relay = Relay(self.name, self.settings, self.producer)
        self.database.on_outbox(self.relay.wake)
        self.bus = Bus(self.settings, self.database, self.routers)
        self.watchdog = Watchdog(self.bus, self.settings)

    def app(self) -> FastAPI:
        """The HTTP application: the service's routes, health, metrics and dead letters."""
        redrives = Redrives(self.database, self.routers, self.redrivers)
        operations = [admin_router(self.database, redrives), outbox_router(self.database)]
        routers = [health_router(self.health), *operations, *self.http]
        app = make_app(self.name, self.settings, routers)
        if self.mount is not None:
            self.mount(app)
        return app

    async def health(self) -> tuple[bool, dict[str, object]]:
        """Ready when PostgreSQL answers; `bus` says how far Kafka is."""
        details: dict[str, object] = {
            "service": self.name,
            "bus": "running" if self.bus.running else "starting",
        }
        try:
            async with asyncio.timeout(2):
                await self.database.ping("bus")
        except Exception as error:
            return False, {**details, "postgres": f"away: {type(error).__name__}"}
        waiting = {g: p.waiting_for for g, p in self.bus.progress.items() if p.waiting_for}
        return True, {**details, "postgres": "up", "waiting": waiting}

    def background(self) -> list[Job]:
        """The jobs of the plumbing beside the service's own."""
        return [
            Job("watchdog", self.watchdog.look, every=5.0),
            Job("housekeeping", self._housekeeping, every=3600.0),
            *self.jobs,
        ]

    async def _housekeeping(self) -> None:
        async with self.database.bus() as uow:
            await uow.conn.execute(text("select soldwire_maintain_outbox()"))
            while await inbox.prune(uow) == 10_000:
                continue

    async def run(self) -> None:
        """Serve until told to stop: HTTP first, Kafka in the background, a clean end on SIGTERM."""
        config = uvicorn.Config(
            self.app(),
            host=self.settings.http_host,
            port=self.settings.http_port,
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=5,
        )
        server = _Server(config)
        async with AsyncExitStack() as stack:
            for context in self.lifespan:
                await stack.enter_async_context(context)
            tasks = [
                asyncio.create_task(self.relay.run(), name="relay"),
                asyncio.create_task(self.bus.run(), name="bus"),
            ]
            tasks += [asyncio.create_task(job.loop(), name=job.name) for job in self.background()]
            for task in tasks:
                task.add_done_callback(lambda done: _on_task_end(done, server))
            try:
                await server.serve()
            finally:
                await self._stop(tasks)
        if server.broken:
            sys.exit(72)

    async def _stop(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        await self.bus.stop()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.producer.stop()
        await self.database.dispose()
        telemetry.flush()


class _Server(uvicorn.Server):
    """uvicorn that leaves signals to us: it would raise them again before our clean-up."""

    broken = False

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop serving on SIGTERM and SIGINT."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._asked_to_stop)
        yield

    def _asked_to_stop(self) -> None:
        self.should_exit = True


def _on_task_end(task: asyncio.Task[None], server: _Server) -> None:
    """A background loop must never end by itself: stop, and let the supervisor start the process again."""
    if task.cancelled():
        return
    log.critical("a background task ended", task=task.get_name(), error=repr(task.exception()))
    server.broken = True
    server.should_exit = True


def _settle_memory() -> None:
    """What was loaded at the start stays: the collector leaves it out, and looks less often at what comes and goes."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def command_line(
    name: str, build: Callable[[], Service], settings: type[ServiceSettings], package_file: str
) -> Callable[[], None]:
    """The `main` of a service: `run`, `migrate`, or `openapi` (prints the HTTP contract)."""

    def main() -> None:
        command = sys.argv[1] if len(sys.argv) > 1 else "run"
        if command == "openapi":
            for variable, value in NOWHERE.items():
                os.environ.setdefault(variable, value)
            print(json.dumps(build().app().openapi(), indent=2))
            return
        loaded = settings()
        logs.configure(name, loaded.log_level)
        if command == "migrate":
            from kit.migrations import upgrade

            upgrade(Path(package_file).resolve().parents[2] / "migrations", loaded.postgres_owner)
        elif command == "run":
            telemetry.configure(name, otlp=loaded.otlp, traces_file=loaded.traces_file)
            failpoints.enable(name)
            service = build()
            _settle_memory()
            uvloop.run(service.run())
        else:
            sys.exit(f"{name}: unknown command {command!r}; use run, migrate or openapi")

    return main
