"""Whose processes are ended on a data folder: the servers' own, whichever environment they came from, nobody else's."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from soldwire_local import java, postgres, processes
from soldwire_local.commands import reset
from soldwire_local.kafka import Kafka
from soldwire_local.ports import Ports

Follow = Callable[..., "subprocess.Popen[bytes]"]
TAIL = str(shutil.which("tail"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path.resolve()


@pytest.fixture
def follow() -> Iterator[Follow]:
    """Starts `tail -f` of a file, in a folder, as this program; it runs on until somebody ends it."""
    started: list[subprocess.Popen[bytes]] = []

    def start(file: Path, within: Path, program: str = TAIL) -> subprocess.Popen[bytes]:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
        process = subprocess.Popen([program, "-f", str(file)], cwd=within, stdout=subprocess.DEVNULL)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def copied(executable: Path, home: Path) -> str:
    """A program by this name in another environment."""
    program = home / "other" / "site-packages" / executable
    program.parent.mkdir(parents=True)
    shutil.copy2(TAIL, program)
    return str(program)


def ended(process: subprocess.Popen[bytes]) -> bool:
    try:
        return process.wait(5) is not None
    except subprocess.TimeoutExpired:
        return False


def test_a_shell_in_the_cluster_and_who_follows_its_log_live_on_when_postgres_starts(
    home: Path, follow: Follow
) -> None:
    server = postgres.Postgres(home / "postgres", Ports(home / "ports.json"), "secret")
    server.cluster.mkdir(parents=True)
    somebody = follow(server.cluster / "postgres.log", within=server.cluster)
    server.clear()
    assert somebody.poll() is None


def test_who_follows_the_broker_s_properties_lives_on_when_kafka_starts(home: Path, follow: Follow) -> None:
    broker = Kafka(home / "kafka", Ports(home / "ports.json"))
    somebody = follow(broker.properties, within=home)
    broker.clear()
    assert somebody.poll() is None


def test_who_follows_the_broker_s_properties_lives_on_when_the_data_is_deleted(
    home: Path, follow: Follow
) -> None:
    somebody = follow(home / "kafka" / "server.properties", within=home)
    reset.delete(home)
    assert somebody.poll() is None


def test_a_server_of_another_environment_is_stopped_by_its_argument(home: Path, follow: Follow) -> None:
    properties = home / "server.properties"
    program = copied(java.EXECUTABLE, home)
    theirs = follow(properties, home, program)
    elsewhere = follow(home / "other.properties", home, program)
    assert processes.stop_leftovers(str(properties), java.EXECUTABLE) == 1
    assert ended(theirs)
    assert elsewhere.poll() is None


def test_a_server_s_session_that_stays_in_its_folder_is_killed(home: Path, follow: Follow) -> None:
    theirs = follow(home / "log", home, copied(postgres.EXECUTABLE, home))
    assert processes.wait_for_those_in(home, postgres.EXECUTABLE, grace=0) == 1
    assert ended(theirs)


def test_a_program_is_known_although_its_process_was_seen_before_it_ran_it(
    home: Path, follow: Follow
) -> None:
    theirs = follow(home / "log", home, copied(postgres.EXECUTABLE, home))
    for seen in psutil.process_iter():
        if seen.pid == theirs.pid:
            seen._exe = "/usr/bin/python3"  # type: ignore[attr-defined]
    assert processes.wait_for_those_in(home, postgres.EXECUTABLE, grace=0) == 1
    assert ended(theirs)


def test_a_broker_and_a_database_are_known_by_the_programs_they_run_as() -> None:
    assert Path(java.command()[0]).parts[-4:] == java.EXECUTABLE.parts
    assert Path(postgres.program("postgres")).parts[-4:] == postgres.EXECUTABLE.parts
