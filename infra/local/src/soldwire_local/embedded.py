"""An embedded server: its process, the verbs tests and the runtime use on it, and that it is started again when it dies."""

import asyncio
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, ClassVar

from soldwire_local import logs, processes
from soldwire_local.backoff import Backoff
from soldwire_local.errors import LocalError
from soldwire_local.keeper import Keeper

STOP_WITHIN = 20.0
POLL = 0.05

Report = Callable[[str], None]


class Embedded(ABC):
    """`prepare`, `spawn` and `ready` in that order, or `start` for all three; with `keep` it comes back when it dies."""

    name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]
    crash_signal: ClassVar[signal.Signals]
    ready_within: ClassVar[float]

    def __init__(self, output: Path) -> None:
        self.output = output
        self.starts = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper: Keeper | None = None

    @property
    @abstractmethod
    def address(self) -> str:
        """Where it listens, for people."""

    @abstractmethod
    def prepare(self) -> None:
        """Everything that takes time before the first process. Blocks."""

    @abstractmethod
    def clear(self) -> None:
        """Nothing of an earlier process works on the data any more, nor keeps a new one from it. Blocks."""

    @abstractmethod
    def launch(self, output: BinaryIO) -> "subprocess.Popen[bytes]":
        """The process itself, which writes there."""

    @abstractmethod
    async def answers(self) -> bool:
        """Whether it does its work."""

    @abstractmethod
    def log(self) -> str:
        """The end of its own log."""

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process id; raises LocalError when it was never started."""
        return self._child().pid

    def spawn(self) -> None:
        """Start the process and return at once; call it from a thread that stays (see processes.die_with_parent)."""
        if self.running:
            raise LocalError(f"{self.name} is running already (process {self.pid})")
        with logs.appended(self.output) as output:
            self._process = self.launch(output)
        self.starts += 1

    async def start(self) -> None:
        """Prepare, spawn and wait; raises LocalError with the log's tail. May be repeated, after a stop too."""
        if not self.running and not self._kept:
            await asyncio.to_thread(self.prepare)
            self.spawn()
        await self.ready()
        if self._keeper is not None:
            self._keeper.begin()

    async def ready(self, within: float | None = None) -> None:
        """Until it answers; raises LocalError when it takes too long, or is dead and nobody starts it again."""
        deadline = time.monotonic() + (within or self.ready_within)
        while (self.running or self._kept) and time.monotonic() < deadline:
            if self.running and await self.answers():
                return
            await asyncio.sleep(POLL)
        raise LocalError(
            f"{self.name} did not become ready on {self.address}:\n{processes.tail(self.output)}\n{self.log()}",
            remedy="see the log above; `make reset` starts from empty data",
        )

    def keep(self, report: Report, backoff: Backoff | None = None) -> None:
        """From the next `start` on: whenever it dies, say so and start it again, same port and data, until `stop`."""
        self._keeper = Keeper(self, report, backoff or Backoff())

    async def stop(self, *, now: bool = False) -> None:
        """In order, or `now` as if it crashed; killed after the grace. It stays down until `start`."""
        if self._keeper is not None:
            self._keeper.let_go()
        if self._process is not None:
            await processes.stop(self._process, self.crash_signal if now else self.stop_signal, STOP_WITHIN)
        if self._keeper is not None:
            await self._keeper.gone()

    async def restart(self) -> None:
        """Stop if it runs, and start again on the same port; raises LocalError."""
        await self.stop()
        await self.start()

    async def kill9(self) -> None:
        """SIGKILL, until the process is gone."""
        await processes.stop(self._child(), signal.SIGKILL, STOP_WITHIN)

    async def crash(self) -> None:
        """End it without warning in the way it survives best, until the process is gone."""
        await processes.stop(self._child(), self.crash_signal, STOP_WITHIN)

    def pause(self) -> None:
        """Freeze it and its children: connections stay open, nothing answers."""
        processes.pause(self.pid)

    def resume(self) -> None:
        """Go on after `pause`."""
        processes.resume(self.pid)

    async def ended(self) -> int:
        """Wait for the end of the process now running; its exit status, negative for a signal's number."""
        process = self._child()
        while True:
            status = process.poll()
            if status is not None:
                return status
            await asyncio.sleep(POLL)

    @property
    def _kept(self) -> bool:
        return self._keeper is not None and self._keeper.active

    def _child(self) -> "subprocess.Popen[bytes]":
        if self._process is None:
            raise LocalError(f"{self.name} was not started")
        return self._process
