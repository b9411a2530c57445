"""One life of a supervised process: its session, its output, and the end of its whole process group."""

import asyncio
import os
import signal
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from soldwire_local import processes
from soldwire_local.logs import ProcessLog

CHUNK = 64 * 1024
GROUP_GONE_WITHIN = 0.5
OUTPUT_ENDS_WITHIN = 1.0


@dataclass(frozen=True)
class Program:
    """What to run: `environment` is the child's whole environment, `ready_url` answers 200 when it serves."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    ready_url: str | None = None


@dataclass(frozen=True)
class Child:
    """A running process and the pipe it writes to."""

    process: asyncio.subprocess.Process
    _output: asyncio.StreamReader
    _pipe: asyncio.ReadTransport

    async def finish(self, log: ProcessLog) -> int:
        """Its output into the log until it ends and nothing of its group is left; returns the exit status.

        Cancelled, it kills the group.
        """
        pump = asyncio.create_task(self._copy(log))
        try:
            status = await self.process.wait()
        finally:
            _kill_group(self.process.pid)
        await _group_gone(self.process.pid)
        await asyncio.wait(
            {pump}, timeout=OUTPUT_ENDS_WITHIN
        )  # a runaway in its own session may hold the pipe
        pump.cancel()
        self._pipe.close()
        return status

    async def _copy(self, log: ProcessLog) -> None:
        while chunk := await self._output.read(CHUNK):
            log.write(chunk)


async def spawn(program: Program) -> Child:
    """A child in its own session (the terminal's Ctrl-C reaches us only) that dies with us. Raises OSError.

    The pipe is ours: asyncio's own would make `wait` wait for every grandchild that still holds it.
    """
    reading, writing = os.pipe()
    try:
        process = await asyncio.create_subprocess_exec(
            *program.command,
            env=dict(program.environment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=writing,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=processes.die_with_parent(),
        )
    except OSError:
        os.close(reading)
        raise
    finally:
        os.close(writing)
    output = asyncio.StreamReader()
    pipe, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(output), os.fdopen(reading, "rb", 0)
    )
    return Child(process, output, pipe)


async def _group_gone(leader: int) -> None:
    deadline = time.monotonic() + GROUP_GONE_WITHIN
    while _kill_group(leader):
        if time.monotonic() > deadline:  # zombies that nobody collects count as members
            return
        await asyncio.sleep(0.01)


def _kill_group(leader: int) -> bool:
    """SIGKILL to whoever is left of the group; whether there was anybody."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
        return True
    return False
