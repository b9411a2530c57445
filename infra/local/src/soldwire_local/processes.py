"""Operating-system side of child processes: die with the parent, stop in order, find what an earlier run left behind."""

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil

PR_SET_PDEATHSIG = 1
POLL = 0.02

# Loaded before any fork: the child may only call what is already in memory.
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(signal_number: int = signal.SIGKILL) -> Callable[[], None]:
    """A `preexec_fn` that makes Linux send the child this signal when the thread that forked it is gone.

    Spawn from the main thread: the death of a worker thread counts too. Elsewhere than Linux it does nothing and
    `stop_leftovers` cleans up at the next start.
    """
    parent = os.getpid()

    def in_child() -> None:
        if _LIBC is None:
            return
        _LIBC.prctl(PR_SET_PDEATHSIG, signal_number)
        if os.getppid() != parent:  # it died between fork and prctl
            os._exit(1)

    return in_child


async def stop(process: "subprocess.Popen[bytes]", signal_number: int, grace: float) -> int:
    """Signal, wait up to `grace` seconds, kill what is left; returns the exit status. Works from any event loop.

    Who was paused goes on: a frozen process hears no signal but SIGKILL, a frozen child not even its parent's death.
    """
    if process.poll() is None:
        family = _family(process.pid)
        process.send_signal(signal_number)
        _each(family, psutil.Process.resume)
        if not await gone(process, grace):
            process.kill()
    return await asyncio.to_thread(process.wait)


async def gone(process: "subprocess.Popen[bytes]", seconds: float) -> bool:
    """Whether the process ended within so many seconds."""
    deadline = time.monotonic() + seconds
    while process.poll() is None:
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(POLL)
    return True


def pause(pid: int) -> None:
    """SIGSTOP to a process, so that it starts no more children, then to those it has."""
    _each(_family(pid)[:1], psutil.Process.suspend)
    _each(_family(pid)[1:], psutil.Process.suspend)


def resume(pid: int) -> None:
    """SIGCONT to a process and its children."""
    _each(_family(pid), psutil.Process.resume)


def _family(pid: int) -> list[psutil.Process]:
    """The process, then its children and theirs; empty when it is gone."""
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    return []


def _each(those: Iterable[psutil.Process], what: Callable[[psutil.Process], None]) -> None:
    for process in those:
        with suppress(psutil.NoSuchProcess):
            what(process)


def wait_for_those_in(folder: Path, executable: Path, grace: float = 2.0) -> int:
    """Until no process of this program works in the folder, killing who stays longer than the grace; how many did."""
    found = [process for process in _all() if works_in(process, folder, executable)]
    _, alive = psutil.wait_procs(found, timeout=grace)
    _each(alive, psutil.Process.kill)
    psutil.wait_procs(alive, timeout=5)
    return len(found)


def works_in(process: psutil.Process, folder: Path, executable: Path) -> bool:
    """Whether a living process of this program has this working directory; one we may not look at hasn't."""
    try:
        return _runs(process, executable) and process.cwd() == str(folder)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def stop_leftovers(argument: str, executable: Path, grace: float = 20.0) -> int:
    """Stop processes of an earlier run, this program with this argument on its command line; returns how many.

    `argument` is a path inside one data folder, so no other runtime's process can match; nor does a person's editor
    or shell on that path, which is another program.
    """
    found = [p for p in _all() if p.pid != os.getpid() and _carries(p, argument, executable)]
    _each(found, psutil.Process.terminate)
    _each(found, psutil.Process.resume)  # one that was paused hears nothing
    _, alive = psutil.wait_procs(found, timeout=grace)
    _each(alive, psutil.Process.kill)
    psutil.wait_procs(alive, timeout=5)
    return len(found)


def _carries(process: psutil.Process, argument: str, executable: Path) -> bool:
    try:
        return _runs(process, executable) and argument in process.cmdline()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def _all() -> Iterator[psutil.Process]:
    """Each looked at anew: psutil.process_iter would remember a program from before its process's exec."""
    for pid in psutil.pids():
        with suppress(psutil.NoSuchProcess):
            yield psutil.Process(pid)


def _runs(process: psutil.Process, executable: Path) -> bool:
    """Whether it lives and its program's path ends so: the run before may have had another environment's copy."""
    if process.status() == psutil.STATUS_ZOMBIE:
        return False
    return Path(process.exe()).parts[-len(executable.parts) :] == executable.parts


def tail(path: Path, lines: int = 15) -> str:
    """The last lines of a log, for an error message."""
    if not path.exists():
        return "(no log)"
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
