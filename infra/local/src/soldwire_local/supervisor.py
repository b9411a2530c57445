"""Keeps child processes running: restart with backoff, one at a time, logs, readiness, a clean stop."""

import asyncio
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from soldwire_local import children, processes
from soldwire_local.backoff import Backoff
from soldwire_local.children import Program
from soldwire_local.errors import LocalError
from soldwire_local.logs import Echo, ProcessLog

READY_WITHIN = 60.0
STOP_WITHIN = 15.0
STILLBORN = 3  # so many ends before it was ever ready: it won't be
NOT_STARTED = 127  # what a shell says of a command that isn't there


@dataclass
class Supervised:
    """One program kept running. Its methods belong to the event loop it was started in."""

    program: Program
    log: ProcessLog
    backoff: Backoff = field(default_factory=Backoff)
    starts: int = 0
    _process: asyncio.subprocess.Process | None = None
    _loop: asyncio.Task[None] | None = None
    _wanted: bool = False
    _hurry: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def name(self) -> str:
        """The program's name."""
        return self.program.name

    @property
    def pid(self) -> int | None:
        """The process id, None between two lives."""
        return self._process.pid if self._process is not None else None

    @property
    def running(self) -> bool:
        """Whether a process lives now."""
        return self._process is not None and self._process.returncode is None

    def start(self) -> None:
        """Run it from now on."""
        self._wanted = True
        if self._loop is None or self._loop.done():
            self._loop = asyncio.create_task(self._keep_running(), name=f"supervise {self.name}")

    async def stop(self, grace: float = STOP_WITHIN) -> None:
        """SIGTERM, then SIGKILL after the grace; it stays down until `start`."""
        self._wanted = False
        self._hurry.set()
        self._signal(signal.SIGTERM)
        if self._loop is not None:
            done, _ = await asyncio.wait({self._loop}, timeout=grace)
            if not done:
                self.log.say(f"{self.name} did not stop within {grace:g} s: killed")
                self._signal(signal.SIGKILL)
            await self._loop

    def kill9(self) -> None:
        """SIGKILL, as if it crashed: the supervisor starts it again. Raises LocalError when it isn't running."""
        self._running_pid()
        self._signal(signal.SIGKILL)

    def pause(self) -> None:
        """Freeze it: its connections stay open, nothing answers. Raises LocalError when it isn't running."""
        processes.pause(self._running_pid())

    def resume(self) -> None:
        """Go on after `pause`."""
        processes.resume(self._running_pid())

    async def restart(self) -> None:
        """Stop it in order and start it again at once, without backoff."""
        await self.stop()
        self.backoff.failures = 0
        self.start()

    async def ready(self, within: float = READY_WITHIN) -> None:
        """Until it answers on its ready address; raises LocalError with its log when it can't or takes too long."""
        deadline, first = time.monotonic() + within, self.starts
        async with httpx.AsyncClient(timeout=5, trust_env=False) as http:
            while time.monotonic() < deadline and self.starts - first <= STILLBORN:
                if self.running and await _answers(http, self.program.ready_url):
                    return
                await asyncio.sleep(0.05)
        raise LocalError(
            f"{self.name} did not become ready ({self.starts} starts):\n{processes.tail(self.log.path)}",
            remedy=f"the whole log is {self.log.path}",
        )

    async def _keep_running(self) -> None:
        while self._wanted:
            begun = time.monotonic()
            status = await self._live()
            if self._wanted:
                wait = self.backoff.after(time.monotonic() - begun)
                self.log.say(f"{self.name} ended with {status}; starts again in {wait:.2f} s")
                await self._sleep(wait)

    async def _live(self) -> int:
        """One life, from the spawn until the whole process group is gone."""
        self.starts += 1
        try:
            child = await children.spawn(self.program)
        except OSError as error:
            self.log.say(f"{self.name} could not be started: {error}")
            return NOT_STARTED
        self._process = child.process
        if not self._wanted:  # stopped while it was being spawned
            self._signal(signal.SIGTERM)
        status = await child.finish(self.log)
        self._process = None
        return status

    async def _sleep(self, seconds: float) -> None:
        self._hurry.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._hurry.wait(), seconds)

    def _running_pid(self) -> int:
        if self._process is None or self._process.returncode is not None:
            raise LocalError(f"{self.name} is not running")
        return self._process.pid

    def _signal(self, number: int) -> None:
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.send_signal(number)
                self._process.send_signal(signal.SIGCONT)  # a paused one would not hear it


class Supervisor:
    """All supervised programs of a runtime."""

    def __init__(self, logs: Path, echo: Echo | None = None) -> None:
        self.logs = logs
        self._echo = echo
        self._all: dict[str, Supervised] = {}

    def start(self, program: Program) -> Supervised:
        """Run a program from now on; its output goes to `<logs>/<name>.log`."""
        supervised = Supervised(program, ProcessLog(self.logs, program.name, self._echo))
        self._all[program.name] = supervised
        supervised.start()
        return supervised

    def __getitem__(self, name: str) -> Supervised:
        if name not in self._all:
            raise LocalError(f"no process {name!r} here; there are {', '.join(self._all) or 'none'}")
        return self._all[name]

    def names(self) -> list[str]:
        """Every program, in the order they were started."""
        return list(self._all)

    async def ready(self, names: Iterable[str] | None = None, within: float = READY_WITHIN) -> None:
        """Until all (or these) are ready; raises the first LocalError."""
        await asyncio.gather(*(self[name].ready(within) for name in (names or self.names())))

    async def run_once(self, program: Program, log_name: str) -> None:
        """Run a program to its end; raises LocalError with its log when it fails."""
        log = ProcessLog(self.logs, log_name, self._echo)
        child = await children.spawn(program)
        try:
            status = await child.finish(log)
        finally:
            log.close()
        if status:
            raise LocalError(f"{program.name} failed with {status}:\n{processes.tail(log.path)}")

    async def stop(self, grace: float = STOP_WITHIN) -> None:
        """Stop all at once."""
        await asyncio.gather(*(supervised.stop(grace) for supervised in self._all.values()))
        for supervised in self._all.values():
            supervised.log.close()


async def _answers(http: httpx.AsyncClient, url: str | None) -> bool:
    if url is None:
        return True
    try:
        return (await http.get(url)).is_success
    except httpx.HTTPError:
        return False
