"""Ports: remembered, re-chosen when taken, never given twice."""

import socket
from pathlib import Path

import pytest
from soldwire_local.ports import Ports, is_free


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
