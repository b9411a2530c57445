"""Real Kafka and PostgreSQL for a test session: containers where a Docker engine answers, else the embedded ones."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import tempfile
import warnings
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from enum import Enum
from pathlib import Path
from threading import Thread
from typing import Protocol, TypeVar

import docker
from docker.errors import DockerException
from soldwire_local.kafka import Kafka
from soldwire_local.ports import Ports
from soldwire_local.postgres import Postgres

from testkit import containers

T = TypeVar("T")
CHOICE = "SOLDWIRE_TEST_INFRA"
_MEMORY, _ROOM = Path("/dev/shm"), 4 << 30


class Branch(Enum):
    """Where the servers of a session come from."""

    CONTAINERS = "containers"
    EMBEDDED = "embedded"


def pick() -> tuple[Branch, str]:
    """The branch and why: SOLDWIRE_TEST_INFRA decides, else whether a Docker engine answers."""
    asked = os.environ.get(CHOICE)
    if asked:
        return Branch(asked), f"{CHOICE} says so"
    try:
        client = docker.from_env(timeout=3)
        client.ping()
        client.close()
    except (DockerException, OSError):
        return Branch.EMBEDDED, "no Docker engine answers"
    return Branch.CONTAINERS, "a Docker engine answers"


def blocking(work: Callable[[], Coroutine[None, None, T]]) -> T:
    """Run a coroutine to its end from any thread, inside or outside a running loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(work())).result()


class Background:
    """An event loop in a thread of its own, for work that goes on while a test does something else."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="background", daemon=True)
        self._thread.start()

    def begin(self, work: Coroutine[None, None, T]) -> Future[T]:
        """Start it there; its result can be waited for here."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def close(self) -> None:
        """Stop the loop; nothing may be running on it any more."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class Server(Protocol):
    """What an embedded server offers to be started step by step."""

    def prepare(self) -> None: ...
    def spawn(self) -> None: ...
    async def ready(self) -> None: ...
    async def stop(self, *, now: bool) -> None: ...


class Infrastructure:
    """One Kafka and one PostgreSQL, each started on first use; `close` stops them and removes their data."""

    def __init__(self, branch: Branch) -> None:
        self.branch = branch
        self.secret = secrets.token_bytes(32)
        self._stack = ExitStack()
        self._folder: Path | None = None
        self._kafka = ""
        self._postgres = ""

    def kafka(self) -> str:
        """Bootstrap servers."""
        if not self._kafka:
            self._kafka = (
                self._stack.enter_context(containers.kafka()) if self._docker else self._embedded_kafka()
            )
        return self._kafka

    def postgres(self) -> str:
        """The administrator's DSN."""
        if not self._postgres:
            start = containers.postgres
            self._postgres = self._stack.enter_context(start()) if self._docker else self._embedded_postgres()
        return self._postgres

    def close(self) -> None:
        """Stop what was started."""
        self._stack.close()

    @property
    def _docker(self) -> bool:
        return self.branch is Branch.CONTAINERS

    def _embedded_kafka(self) -> str:
        server = Kafka(self._data() / "kafka", Ports(self._data() / "kafka-ports.json"))
        self._run(server)
        return server.bootstrap

    def _embedded_postgres(self) -> str:
        folder = (self._made_in(_MEMORY) if _roomy(_MEMORY) else self._data()) / "postgres"
        ports = Ports(folder.with_name("postgres-ports.json"))
        server = Postgres(folder, ports, secrets.token_hex(16), durable=False, say=warnings.warn)
        self._run(server)
        return server.dsn

    def _run(self, server: Server) -> None:
        server.prepare()
        server.spawn()  # here, not in a thread: the child dies with the thread that made it
        self._stack.callback(blocking, lambda: server.stop(now=True))  # its data goes with it
        blocking(server.ready)

    def _data(self) -> Path:
        if self._folder is None:
            self._folder = self._made_in(None)
        return self._folder

    def _made_in(self, parent: Path | None) -> Path:
        if parent is not None:
            _sweep(parent)
        folder = Path(tempfile.mkdtemp(prefix=f"soldwire-test-{os.getpid()}-", dir=parent))
        folder.chmod(0o711)  # as root, PostgreSQL is another user
        self._stack.callback(shutil.rmtree, folder, ignore_errors=True)
        return folder


def _sweep(parent: Path) -> None:
    """Remove what killed sessions left there: it takes memory."""
    for left in parent.glob("soldwire-test-*"):
        if not Path("/proc", left.name.split("-")[2]).exists():
            shutil.rmtree(left, ignore_errors=True)


def _roomy(folder: Path) -> bool:
    """Whether the files of many short-lived databases fit there, and into the memory that it is.

    On ext4 a new file is looked for past all that were deleted in the last minutes: a database of 300 files for each
    test costs more than the test.
    """
    try:
        pages = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        return min(shutil.disk_usage(folder).free, pages) >= _ROOM
    except OSError:
        return False
