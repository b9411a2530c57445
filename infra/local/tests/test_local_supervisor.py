"""The supervisor: quick restart, backoff, one life at a time, logs, readiness, and nothing left behind."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from soldwire_local.backoff import Backoff
from soldwire_local.children import Program
from soldwire_local.errors import LocalError
from soldwire_local.logs import KEPT, ProcessLog
from soldwire_local.supervisor import Supervised, Supervisor


def python(code: str, name: str = "child", ready_url: str | None = None) -> Program:
    return Program(name, [sys.executable, "-u", "-c", code], dict(os.environ), ready_url)


@pytest.fixture
async def supervisor(tmp_path: Path) -> AsyncIterator[Supervisor]:
    made = Supervisor(tmp_path / "logs")
    yield made
    await made.stop(grace=2)


async def until(condition: object, seconds: float = 10) -> None:
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.01)


async def next_life(child: Supervised, old: int | None) -> int:
    await until(lambda: child.pid not in (None, old))
    assert child.pid is not None
    return child.pid


async def test_a_killed_process_is_back_at_once(supervisor: Supervisor) -> None:
    child = supervisor.start(python("import time; time.sleep(60)"))
    first = await next_life(child, None)
    begun = time.monotonic()
    child.kill9()
    second = await next_life(child, first)
    assert time.monotonic() - begun < 0.5
    assert not psutil.pid_exists(first)
    assert second != first


async def test_the_old_process_and_its_children_are_gone_before_the_new_starts(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    """Each life looks for the grandchild of the one before, which holds its output open, and says whether it lives."""
    code = f"""
import os, pathlib, subprocess, sys, time
note = pathlib.Path({str(tmp_path / "grandchild")!r})
if note.exists():
    stat = pathlib.Path("/proc", note.read_text(), "stat")
    print("still there" if stat.exists() and stat.read_text().split()[2] != "Z" else "gone")
note.write_text(str(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]).pid))
time.sleep(60)
"""
    child = supervisor.start(python(code))
    first = await next_life(child, None)
    await until(lambda: (tmp_path / "grandchild").exists() and (tmp_path / "grandchild").read_text() != "")
    child.kill9()
    await next_life(child, first)
    await until(lambda: "gone" in child.log.path.read_text() or "still there" in child.log.path.read_text())
    assert "still there" not in child.log.path.read_text()


def _lives(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return process.status() != psutil.STATUS_ZOMBIE
    return False


def test_backoff_doubles_to_its_limit_and_forgets_after_health() -> None:
    backoff = Backoff(first=0.1, limit=1.0, chance=lambda: 0.0)
    assert [round(backoff.after(0), 3) for _ in range(6)] == [0.1, 0.2, 0.4, 0.8, 1.0, 1.0]
    assert backoff.after(11) == pytest.approx(0.1)


def test_jitter_only_adds() -> None:
    assert Backoff(first=0.1, chance=lambda: 1.0).after(0) == pytest.approx(0.15)
    assert Backoff().after(0) <= 0.2


async def test_a_process_that_keeps_dying_is_given_up_with_its_log(supervisor: Supervisor) -> None:
    child = supervisor.start(
        python("raise SystemExit('no such table')", ready_url="http://127.0.0.1:1/ready")
    )
    with pytest.raises(LocalError, match="no such table"):
        await child.ready(within=20)
    assert child.starts > 2


async def test_a_command_that_is_not_there_is_said(supervisor: Supervisor) -> None:
    child = supervisor.start(Program("ghost", ["/nowhere/ghost"], {}, "http://127.0.0.1:1/ready"))
    with pytest.raises(LocalError, match="could not be started"):
        await child.ready(within=20)


async def test_a_process_that_ignores_sigterm_is_killed_after_the_grace(supervisor: Supervisor) -> None:
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up'); time.sleep(60)"
    child = supervisor.start(python(code))
    await until(lambda: "up" in child.log.path.read_text())
    pid = child.pid
    await child.stop(grace=0.3)
    assert pid is not None
    assert not psutil.pid_exists(pid)
    assert not child.running
    assert "killed" in child.log.path.read_text()


async def test_stop_holds_and_start_brings_back(supervisor: Supervisor) -> None:
    child = supervisor.start(python("import time; time.sleep(60)"))
    first = await next_life(child, None)
    await child.stop(grace=2)
    await asyncio.sleep(0.4)
    assert child.pid is None
    child.start()
    assert await next_life(child, first) != first
    await child.restart()
    assert child.starts == 2 or child.starts == 3
    await until(lambda: child.starts == 3)


async def test_output_goes_to_the_process_log(supervisor: Supervisor) -> None:
    await supervisor.run_once(python("print('one'); import sys; print('two', file=sys.stderr)"), "job")
    assert (supervisor.logs / "job.log").read_text() == "one\ntwo\n"
    with pytest.raises(LocalError, match="went wrong"):
        await supervisor.run_once(python("raise SystemExit('went wrong')"), "job")


def test_logs_rotate_and_stay_within_their_size(tmp_path: Path) -> None:
    heard: list[tuple[str, str]] = []
    log = ProcessLog(tmp_path, "x", lambda name, line: heard.append((name, line)), max_bytes=1000)
    for number in range(1000):
        log.write(f"line {number}\nhal".encode())
        log.write(b"f\n")
    log.close()
    files = sorted(tmp_path.iterdir())
    assert len(files) == KEPT + 1
    assert all(file.stat().st_size <= 1000 for file in files)
    assert (tmp_path / "x.log").read_text().endswith("line 999\nhalf\n")
    assert heard[:2] == [("x", "line 0"), ("x", "half")]


async def test_children_die_with_a_killed_supervisor(tmp_path: Path) -> None:
    """Linux only: a supervisor that is killed -9 can't stop anybody itself."""
    if sys.platform != "linux":
        pytest.skip("the kernel's parent-death signal is Linux's; elsewhere the next start stops leftovers")
    code = f"""
import asyncio, os, sys
from pathlib import Path
from soldwire_local.children import Program
from soldwire_local.supervisor import Supervisor
async def main():
    child = Supervisor(Path({str(tmp_path)!r})).start(
        Program("child", [sys.executable, "-c", "import time; time.sleep(60)"], dict(os.environ)))
    while child.pid is None:
        await asyncio.sleep(0.01)
    print(child.pid, flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    assert parent.stdout is not None
    child = int(await parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    await parent.wait()
    await until(lambda: not (psutil.pid_exists(child) and _lives(psutil.Process(child))), 5)
