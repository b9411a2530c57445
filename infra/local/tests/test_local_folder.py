"""What a crash or a race may do to the runtime's data folder."""

from __future__ import annotations

import json
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from soldwire_local import keys, lock, postgres, system_user
from soldwire_local.commands import reset
from soldwire_local.errors import LocalError
from soldwire_local.ports import Ports


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SOLDWIRE_SECRET", raising=False)
    return tmp_path / "home"


def test_a_secret_cut_short_by_a_crash_is_refused_not_used(home: Path) -> None:
    home.mkdir()
    (home / keys.FILE).write_text("")
    with pytest.raises(LocalError, match="secret"):
        keys.load(home)


def test_racing_processes_agree_on_one_secret(home: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(lambda _: keys.load(home), range(64)))) == 1
    assert [path.name for path in home.iterdir()] == [keys.FILE], "nothing half made is left"


def test_remembered_ports_are_replaced_whole(home: Path) -> None:
    ports = Ports(home / "ports.json")
    ports.choose("a")
    with (home / "ports.json").open() as before:
        ports.choose("b")
        assert set(json.load(before)) == {"a"}, "who reads meanwhile reads a whole file"
    assert set(Ports(home / "ports.json").known()) == {"a", "b"}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"kafka": "x"}'])
def test_ports_that_cannot_be_read_are_said(home: Path, text: str) -> None:
    home.mkdir()
    (home / "ports.json").write_text(text)
    with pytest.raises(LocalError, match=r"ports\.json"):
        Ports(home / "ports.json")


def test_nothing_is_deleted_under_a_runtime_that_started_meanwhile(home: Path) -> None:
    (home / "postgres").mkdir(parents=True)
    with lock.hold(home), pytest.raises(lock.InUse):
        reset.delete(home)
    assert (home / "postgres").is_dir()
    reset.delete(home)
    assert not home.exists()


def test_looking_who_holds_the_folder_keeps_nobody_out(home: Path) -> None:
    home.mkdir()
    (home / lock.FILE).touch()
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            lock.holder(home)

    lookers = [threading.Thread(target=look) for _ in range(2)]
    for each in lookers:
        each.start()
    try:
        for _ in range(100):
            with lock.hold(home):
                pass
    finally:
        stop.set()
        for each in lookers:
            each.join()


def test_a_lock_file_of_somebody_else_s_making_is_read(home: Path) -> None:
    with lock.hold(home):
        (home / lock.FILE).write_text("no number")
        assert lock.holder(home) == 0, "held, by whom is not known"


def test_folders_are_opened_to_pass_through_once_and_named(home: Path) -> None:
    data = home / "data"
    data.mkdir(parents=True)
    home.chmod(0o700)
    data.chmod(0o751)
    assert system_user.open_above(data / "postgres")[-1] == home
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in (home, data)] == [0o701, 0o751]
    assert system_user.open_above(data / "postgres", data / "kafka") == []


@pytest.mark.parametrize("left", [b"", b"\x00\x00\xff\xfe", b"4\xff12\n/data"])
def test_a_pid_file_damaged_by_a_crash_does_not_stop_postgres(home: Path, left: bytes) -> None:
    server = postgres.Postgres(home / "postgres", Ports(home / "ports.json"), "secret")
    server.cluster.mkdir(parents=True)
    (server.cluster / "postmaster.pid").write_bytes(left)
    server.forget_stale_pid()
    assert not (server.cluster / "postmaster.pid").exists()
