"""Starts an embedded server again whenever it ends, as the supervisor does with services."""

import asyncio
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from soldwire_local.backoff import Backoff
from soldwire_local.errors import LocalError


class Server(Protocol):
    """What is kept."""

    @property
    def name(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def starts(self) -> int: ...
    def clear(self) -> None: ...
    def spawn(self) -> None: ...
    async def ended(self) -> int: ...
    async def ready(self) -> None: ...


class Keeper:
    """Watches one server from the event loop `begin` was called in; what happens is reported in a line each."""

    def __init__(self, server: Server, report: Callable[[str], None], backoff: Backoff) -> None:
        self._server = server
        self._report = report
        self._backoff = backoff
        self._watch: asyncio.Task[None] | None = None
        self._announce: asyncio.Task[None] | None = None
        self._let_go = asyncio.Event()

    @property
    def active(self) -> bool:
        """Whether it would start the server again."""
        return self._watch is not None and not self._watch.done() and not self._let_go.is_set()

    def begin(self) -> None:
        """Watch from now on; nothing when it does already."""
        if not self.active:
            self._let_go = asyncio.Event()
            self._watch = asyncio.create_task(self._keep_running(), name=f"keep {self._server.name}")

    def let_go(self) -> None:
        """Start nothing from now on."""
        self._let_go.set()

    async def gone(self) -> None:
        """After `let_go` and the server's end: until nothing of the watch is left."""
        if self._watch is not None:
            await self._watch
        await self._stop_announcing()

    async def _keep_running(self) -> None:
        while True:
            begun = time.monotonic()
            status = await self._server.ended()
            if self._let_go.is_set():
                return
            wait = self._backoff.after(time.monotonic() - begun)
            self._tell(f"{self._server.name} ended with {_said(status)}; starts again in {wait:.2f} s")
            await self._stop_announcing()
            await self._sleep(wait)
            await self._start_again()

    async def _start_again(self) -> None:
        """Only when nothing of the old process is left; what goes wrong is reported and tried again later."""
        try:
            await asyncio.to_thread(self._server.clear)
            if not self._let_go.is_set():
                self._server.spawn()
                self._announce = asyncio.create_task(self._say_when_back(time.monotonic()))
        except Exception as error:  # whatever it is, a watch that ends would leave the server dead
            self._tell(f"{self._server.name} could not be started: {_worded(error)}")

    async def _say_when_back(self, begun: float) -> None:
        server = self._server
        try:
            await server.ready()
        except Exception as error:
            self._tell(_worded(error))
            return
        took = time.monotonic() - begun
        self._tell(f"{server.name} is back on {server.address} after {took:.1f} s (start {server.starts})")

    def _tell(self, line: str) -> None:
        """What cannot be told, as to a full disk, is no reason to stop watching."""
        with suppress(Exception):
            self._report(line)

    async def _stop_announcing(self) -> None:
        if self._announce is not None:
            self._announce.cancel()
            await asyncio.gather(self._announce, return_exceptions=True)

    async def _sleep(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._let_go.wait(), seconds)


def _worded(error: Exception) -> str:
    """Our own errors are sentences; others say little without their kind."""
    return str(error) if isinstance(error, LocalError) else f"{type(error).__name__}: {error}"


def _said(status: int) -> str:
    """The exit status as a shell's user knows it."""
    with suppress(ValueError):
        return signal.Signals(-status).name if status < 0 else f"status {status}"
    return f"status {status}"
