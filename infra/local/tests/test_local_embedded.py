"""What every embedded server does: one process at a time, started again when it dies, left alone when it was stopped."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

import psutil
import pytest
from soldwire_local import logs, processes
from soldwire_local.backoff import Backoff
from soldwire_local.embedded import Embedded
from soldwire_local.errors import LocalError

PYTHON = Path(sys.executable).resolve()


class Clock(Embedded):
    """A server that writes down when each of its processes began; it serves while its file says so."""

    name = "Clock"
    stop_signal = signal.SIGTERM
    crash_signal = signal.SIGKILL
    ready_within = 5.0
    address = "nowhere"

    def __init__(self, folder: Path, code: str = "") -> None:
        super().__init__(folder / "start.log")
        self.folder = folder
        self.code = f"import os, time\n{code}\nprint('served', flush=True)\ntime.sleep(60)"
        self.alive_at_launch: list[int] = []
        self.began = 0
        self.cannot_clear: list[Exception] = []
        self.cannot_answer: list[Exception] = []

    def prepare(self) -> None:
        self.clear()

    def clear(self) -> None:
        if self.cannot_clear:
            raise self.cannot_clear.pop()
        processes.wait_for_those_in(self.folder, PYTHON, grace=2)

    def launch(self, output: BinaryIO) -> subprocess.Popen[bytes]:
        self.alive_at_launch += [
            p.pid for p in psutil.process_iter() if processes.works_in(p, self.folder, PYTHON)
        ]
        self.began = self.output.stat().st_size
        return subprocess.Popen(
            [sys.executable, "-c", self.code], cwd=self.folder, stdout=output, stderr=output
        )

    async def answers(self) -> bool:
        if self.cannot_answer:
            raise self.cannot_answer.pop()
        return b"served" in self.output.read_bytes()[self.began :]

    def log(self) -> str:
        return ""


class Kept:
    """A server, kept, and what was reported of it."""

    def __init__(self, server: Clock, first: float = 0.1) -> None:
        self.server = server
        self.reports: list[str] = []
        server.keep(self.reports.append, Backoff(first=first, jitter=0))

    async def told(self, word: str, times: int = 1) -> None:
        deadline = time.monotonic() + 10
        while sum(word in line for line in self.reports) < times:
            assert time.monotonic() < deadline, self.reports
            await asyncio.sleep(0.01)


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Kept]:
    made = Kept(Clock(tmp_path.resolve()))
    await made.server.start()
    yield made
    await made.server.stop()


async def test_one_that_dies_is_started_again_and_both_are_told(kept: Kept) -> None:
    first = kept.server.pid
    await kept.server.kill9()
    await kept.server.ready()
    await kept.told("back")
    assert kept.server.pid != first
    assert kept.server.starts == 2
    assert kept.reports[0] == "Clock ended with SIGKILL; starts again in 0.10 s"
    assert "(start 2)" in kept.reports[1]


async def test_one_that_keeps_dying_is_started_at_growing_intervals(tmp_path: Path) -> None:
    kept = Kept(Clock(tmp_path.resolve()))
    await kept.server.start()
    kept.server.code = "raise SystemExit(3)"
    await kept.server.kill9()
    await kept.told("status 3", times=2)
    waits = [line.rpartition("in ")[2] for line in kept.reports if "again" in line]
    assert waits[:3] == ["0.10 s", "0.20 s", "0.40 s"]
    await kept.server.stop()
    assert not kept.server.running


async def test_what_an_old_process_left_on_the_data_is_gone_before_the_next(tmp_path: Path) -> None:
    """As PostgreSQL's sessions may outlive a killed postmaster; this one would for ever."""
    child = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])"
    kept = Kept(Clock(tmp_path.resolve(), child))
    await kept.server.start()
    await kept.server.kill9()
    await kept.told("back")
    assert kept.server.alive_at_launch == []
    await kept.server.stop()
    await asyncio.to_thread(processes.wait_for_those_in, tmp_path.resolve(), PYTHON, 0)


async def test_the_last_words_of_a_dead_process_stay_in_its_log(kept: Kept) -> None:
    with kept.server.output.open("a") as dying:
        dying.write("out of memory\n")
    await kept.server.kill9()
    await kept.told("back")
    lines = kept.server.output.read_text().splitlines()
    started = [line.startswith("--- started ") for line in lines]
    assert (started, lines[2]) == ([True, False, False, True, False], "out of memory"), lines


async def test_an_output_above_its_size_starts_over_and_one_before_it_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "start.log"
    for words in (b"first", b"second", b"third"):
        with logs.appended(path, max_bytes=30) as output:
            output.write(words)
    assert b"first" not in path.read_bytes()
    assert b"third" in path.read_bytes()
    assert b"second" in (tmp_path / "start.log.1").read_bytes()


async def test_a_second_process_is_refused(kept: Kept) -> None:
    with pytest.raises(LocalError, match="running already"):
        kept.server.spawn()
    await kept.server.start()  # it runs: nothing to do
    assert kept.server.starts == 1


async def test_one_that_was_stopped_stays_down_until_it_is_started(kept: Kept) -> None:
    await kept.server.stop()
    await asyncio.sleep(0.5)
    assert not kept.server.running
    with pytest.raises(LocalError, match="did not become ready"):
        await kept.server.ready()
    await kept.server.start()
    await kept.server.kill9()
    await kept.server.ready()
    assert kept.server.starts == 3


async def test_stopping_between_two_lives_ends_the_wait(tmp_path: Path) -> None:
    kept = Kept(Clock(tmp_path.resolve()), first=30)
    await kept.server.start()
    await kept.server.kill9()
    await kept.told("again in 30")
    begun = time.monotonic()
    await kept.server.stop()
    assert time.monotonic() - begun < 1
    assert kept.server.starts == 1


async def test_one_that_cannot_be_spawned_is_tried_again(kept: Kept) -> None:
    folder = kept.server.folder
    kept.server.folder = folder / "away"
    await kept.server.kill9()
    await kept.told("could not be started", times=2)
    kept.server.folder = folder
    await kept.told("back")


async def test_no_error_whatever_ends_the_watch(kept: Kept) -> None:
    """A process nobody may look at, a damaged file: the server would be dead until a person looks."""
    kept.server.cannot_clear = [psutil.AccessDenied(1), UnicodeDecodeError("utf-8", b"\xff", 0, 1, "damaged")]
    await kept.server.kill9()
    await kept.told("could not be started: UnicodeDecodeError")
    await kept.told("could not be started: AccessDenied")
    await kept.told("Clock is back")


async def test_whom_an_unexpected_answer_kept_from_saying_it_is_back_says_that(kept: Kept) -> None:
    kept.server.cannot_answer = [ValueError("no cluster in meta.properties")]
    await kept.server.kill9()
    await kept.told("ValueError: no cluster in meta.properties")
    await kept.server.kill9()
    await kept.told("Clock is back")


async def test_a_report_that_fails_does_not_end_the_watch(tmp_path: Path) -> None:
    def full(line: str) -> None:
        raise OSError(28, "No space left on device")

    server = Clock(tmp_path.resolve())
    server.keep(full, Backoff(first=0.1, jitter=0))
    await server.start()
    await server.kill9()
    await server.ready()
    await server.stop()


async def test_a_paused_one_can_be_stopped_in_order(kept: Kept) -> None:
    kept.server.pause()
    assert psutil.Process(kept.server.pid).status() == psutil.STATUS_STOPPED
    begun = time.monotonic()
    await kept.server.stop()
    assert time.monotonic() - begun < 5, "it heard the signal, nobody had to kill it"


async def test_without_a_keeper_the_dead_stay_dead(tmp_path: Path) -> None:
    server = Clock(tmp_path.resolve())
    await server.start()
    os.kill(server.pid, signal.SIGKILL)
    await server.ended()
    with pytest.raises(LocalError, match="did not become ready"):
        await server.ready()
