"""Ports: remembered, re-chosen when taken, never given twice."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from soldwire_local.ports import Ports, is_free
from soldwire_local.reservations import Reservations


@pytest.fixture
def ports(tmp_path: Path) -> Ports:
    return Ports(tmp_path / "ports.json")


def listening() -> socket.socket:
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    return taken


def test_a_port_is_remembered_between_runs(ports: Ports) -> None:
    first = ports.choose("inventory")
    assert Ports(ports.file).choose("inventory") == first


def test_a_free_hint_is_taken(ports: Ports) -> None:
    free = next(port for port in Ports.candidates() if is_free(port))
    assert ports.choose("inventory", free) == free


def test_a_taken_hint_is_avoided(ports: Ports) -> None:
    with listening() as taken:
        hint = taken.getsockname()[1]
        assert ports.choose("inventory", hint) != hint


def test_a_remembered_port_that_was_taken_meanwhile_is_chosen_anew(ports: Ports) -> None:
    with listening() as taken:
        ports.file.write_text(f'{{"inventory": {taken.getsockname()[1]}}}')
        again = Ports(ports.file)
        chosen = again.choose("inventory")
        assert chosen != taken.getsockname()[1]
        assert Ports(ports.file).known() == {"inventory": chosen}


def test_two_names_never_share_a_port(ports: Ports) -> None:
    free = next(port for port in Ports.candidates() if is_free(port))
    assert ports.choose("a", free) != ports.choose("b", free)


PICKER = """
import sys
from pathlib import Path
from soldwire_local.ports import Ports
from soldwire_local.reservations import Reservations
folder = Path(sys.argv[1])
ports = Ports(folder / sys.argv[2] / "ports.json", Reservations(folder / "reserved"))
hints = [int(word) for word in sys.stdin.readline().split()]  # all begin when it is there
print(*(ports.choose(f"name-{n}", hint) for n, hint in enumerate(hints)), flush=True)
sys.stdin.read()  # holding its ports until all have picked
"""


@contextmanager
def pickers(folder: Path, *names: str) -> Iterator[list[subprocess.Popen[str]]]:
    started = [
        subprocess.Popen(
            [sys.executable, "-c", PICKER, str(folder), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    try:
        yield started
    finally:
        for each in started:
            each.kill()
            each.communicate()


def pick(those: list[subprocess.Popen[str]], hints: list[int]) -> list[list[int]]:
    for each in those:
        assert each.stdin is not None
        print(*hints, file=each.stdin, flush=True)
    return [[int(word) for word in (each.stdout.readline() if each.stdout else "").split()] for each in those]


def test_processes_that_pick_at_the_same_moment_never_get_the_same_port(tmp_path: Path) -> None:
    """All want the same ten, none listens on any: only the reservation keeps them apart."""
    wanted = [port for port in Ports.candidates() if is_free(port)][:10]
    with pickers(tmp_path, *"abcdefgh") as those:
        picked = [port for ports in pick(those, wanted) for port in ports]
    assert len(picked) == 80
    assert len(set(picked)) == 80
    assert set(wanted) <= set(picked), "a hint that was free was taken by one of them"


def test_a_killed_process_keeps_no_port_from_others(tmp_path: Path) -> None:
    wanted = [port for port in Ports.candidates() if is_free(port)][:3]
    with pickers(tmp_path, "first") as (first,):
        assert pick([first], wanted) == [wanted]
        with pickers(tmp_path, "second") as (second,):
            assert set(pick([second], wanted)[0]).isdisjoint(wanted)
    with pickers(tmp_path, "third") as (third,):
        assert pick([third], wanted) == [wanted]


def test_two_folders_in_one_process_never_share_a_port_until_it_is_given_back(tmp_path: Path) -> None:
    reserved = Reservations(tmp_path / "reserved")
    free = next(port for port in Ports.candidates() if is_free(port))
    first, second = Ports(tmp_path / "a.json", reserved), Ports(tmp_path / "b.json", reserved)
    assert first.choose("kafka", free) == free
    assert second.choose("kafka", free) != free
    first.release()
    assert Ports(tmp_path / "c.json", reserved).choose("kafka", free) == free


def test_a_forked_child_has_none_of_its_parents_ports(tmp_path: Path) -> None:
    reserved = Reservations(tmp_path / "reserved")
    owner = tmp_path / "a.json"
    assert reserved.take(20000, owner)
    child = os.fork()
    if child == 0:
        os._exit(0 if not reserved.take(20000, owner) else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert reserved.take(20000, owner)
