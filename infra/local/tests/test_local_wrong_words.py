"""The `soldwire` command with nothing running, with wrong words, and with what strangers wrote."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import uuid4

import pytest
from soldwire_local import cli, running
from soldwire_local.errors import LocalError
from soldwire_local.ports import Ports
from typer.testing import CliRunner, Result

GIVEN = ("SOLDWIRE_KAFKA", "SOLDWIRE_POSTGRES", "SOLDWIRE_SECRET", "SOLDWIRE_TENANT")
NOWHERE = {"SOLDWIRE_KAFKA": "127.0.0.1:1", "SOLDWIRE_POSTGRES": "postgresql://a:b@127.0.0.1:1/x"}
SECRET = "the services share this one " * 2
ANY = "6f0c1c1e-5f0b-4d6e-9a43-0c8e5b1f2a77"  # a test's name is the same in every process
HOSTILE = "a [/red] [bold]coat[/nothing] [type=missing]"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in GIVEN:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SOLDWIRE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def soldwire(*arguments: str, **environment: str) -> Result:
    return CliRunner(env=environment).invoke(cli.build(), arguments)


def said(result: Result) -> str:
    """What a person reads; an error without a sentence for them fails the test."""
    if result.exception is not None and not isinstance(result.exception, SystemExit | LocalError):
        raise result.exception
    return f"{result.output}{result.exception or ''}"


@pytest.mark.parametrize("command", [("dlq", "list"), ("trace", "X"), ("pauses",), ("provision",)])
def test_with_nothing_running_a_command_says_so_and_makes_nothing(
    home: Path, command: tuple[str, ...]
) -> None:
    result = soldwire(*command)
    assert "nothing runs" in said(result)
    assert result.exit_code == 1
    assert not home.exists()


def test_topics_are_listed_with_nothing_running() -> None:
    result = soldwire("topics")
    assert "sale.detected" in said(result)
    assert "nothing runs" in result.output
    assert result.exit_code == 0


def test_topics_of_a_broker_that_is_away_are_an_error() -> None:
    result = soldwire("topics", SOLDWIRE_KAFKA="127.0.0.1:1")
    assert "127.0.0.1:1" in said(result)
    assert "nothing runs" not in said(result)
    assert result.exit_code == 1


@pytest.mark.parametrize(
    "given",
    [
        {"SOLDWIRE_KAFKA": "127.0.0.1:x"},
        {"SOLDWIRE_KAFKA": ":9092"},
        {"SOLDWIRE_POSTGRES": "foo"},
        {"SOLDWIRE_POSTGRES": "postgresql://a:b@127.0.0.1:port/x"},
        {"SOLDWIRE_POSTGRES": "mysql://a:b@127.0.0.1:1/x"},
    ],
    ids=str,
)
@pytest.mark.parametrize("command", [("doctor",), ("trace", "X"), ("provision",)], ids=" ".join)
def test_an_address_that_is_none_is_named(command: tuple[str, ...], given: dict[str, str]) -> None:
    result = soldwire(*command, **{**NOWHERE, **given})
    assert next(iter(given)) in said(result)
    assert result.exit_code == 1


def test_dead_letters_nobody_could_be_asked_for_are_not_none() -> None:
    result = soldwire("dlq", "list", **NOWHERE, SOLDWIRE_SECRET=SECRET)
    assert "No open dead letters" not in said(result)
    assert "no address" in said(result)
    assert result.exit_code == 1


def test_addresses_of_services_alone_are_enough_to_ask_them() -> None:
    result = soldwire("dlq", "list", SOLDWIRE_URL_INVENTORY="http://127.0.0.1:1", SOLDWIRE_SECRET=SECRET)
    assert "inventory does not answer" in said(result)


def test_addresses_without_the_services_secret_are_not_enough() -> None:
    result = soldwire("dlq", "list", SOLDWIRE_URL_INVENTORY="http://127.0.0.1:1")
    assert "SOLDWIRE_SECRET" in said(result)


@pytest.mark.parametrize(
    "arguments",
    [
        ("dlq", "list", "--state", "lost"),
        ("dlq", "redrive"),
        ("dlq", "redrive", ANY, "--all"),
        ("dlq", "discard", "--yes"),
        ("trace", " "),
        ("pause", "--platform", "etsy", "--reason", "x"),
        ("pause", "--platform", "ebay", "--reason", " "),
        ("resume",),
        ("resume", ANY, "--platform", "ebay"),
        ("replay", "--since", "soon"),
        ("replay", "--since", "31d"),
    ],
    ids=" ".join,
)
def test_wrong_words_are_wrong_usage_before_anybody_is_asked(arguments: tuple[str, ...]) -> None:
    result = soldwire(*arguments)
    assert result.exit_code == 2, said(result)


# What services say


class Answers(BaseHTTPRequestHandler):
    """Answers every question with the server's one answer."""

    def do_GET(self) -> None:
        status, body = self.server.answers(self.path)  # type: ignore[attr-defined]
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        """Silent."""


@pytest.fixture
def service() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def asking(server: ThreadingHTTPServer, name: str) -> dict[str, str]:
    return {f"SOLDWIRE_URL_{name}": f"http://127.0.0.1:{server.server_port}", "SOLDWIRE_SECRET": SECRET}


def test_an_answer_that_is_none_of_ours_is_said(service: ThreadingHTTPServer) -> None:
    service.answers = lambda _: (200, b"<html>hello</html>")  # type: ignore[attr-defined]
    result = soldwire("dlq", "list", **asking(service, "INVENTORY"))
    assert "inventory" in said(result)
    assert "did not answer as it should" in said(result)
    assert result.exit_code == 1


def letter(**more: object) -> dict[str, object]:
    return {
        "id": str(uuid4()),
        "subscriber": "sales",
        "source": "sale.detected",
        "partition": 0,
        "offset": 1,
        "reason": "handler",
        "error": HOSTILE,
        "tenant_id": None,
        "state": "open",
        "attempts": 1,
        "created_at": "2026-11-22",
        **more,
    }


def test_a_letter_s_words_are_shown_as_they_are(service: ThreadingHTTPServer) -> None:
    service.answers = lambda _: (200, json.dumps([letter()]).encode())  # type: ignore[attr-defined]
    assert HOSTILE in said(soldwire("dlq", "list", **asking(service, "INVENTORY")))


def test_a_letter_is_found_while_another_service_is_away(service: ThreadingHTTPServer) -> None:
    found = letter(payload="{}")
    service.answers = lambda _: (200, json.dumps(found).encode())  # type: ignore[attr-defined]
    environment = {**asking(service, "SCHEDULER"), "SOLDWIRE_URL_INVENTORY": "http://127.0.0.1:1"}
    result = soldwire("dlq", "show", str(found["id"]), **environment)
    assert str(found["id"]) in said(result)
    assert result.exit_code == 0


def test_a_letter_nobody_has_may_be_with_who_could_not_be_asked(service: ThreadingHTTPServer) -> None:
    service.answers = lambda _: (404, b"{}")  # type: ignore[attr-defined]
    environment = {**asking(service, "SCHEDULER"), "SOLDWIRE_URL_INVENTORY": "http://127.0.0.1:1"}
    assert "inventory does not answer" in said(soldwire("dlq", "show", str(uuid4()), **environment))


def test_what_one_service_cannot_do_keeps_no_other_from_it(service: ThreadingHTTPServer) -> None:
    mine = letter()

    def answers(path: str) -> tuple[int, bytes]:
        if path.endswith("/redrive"):
            return 200, json.dumps({"id": mine["id"], "state": "redriven"}).encode()
        return 200, json.dumps([mine]).encode()

    service.answers = answers  # type: ignore[attr-defined]
    environment = {**asking(service, "SCHEDULER"), "SOLDWIRE_URL_INVENTORY": "http://127.0.0.1:1"}
    result = soldwire("dlq", "redrive", "--all", **environment)
    assert f"{mine['id']}  scheduler  redriven" in said(result)
    assert "inventory does not answer" in said(result)
    assert result.exit_code == 1


def test_a_title_and_a_reason_are_shown_as_they_are(service: ThreadingHTTPServer) -> None:
    sale = {
        "sale_id": str(uuid4()),
        "platform": "ebay",
        "order_id": "1",
        "order_number": None,
        "sku": None,
        "title": HOSTILE,
        "status": "complete",
        "outcome": None,
        "sold_at": datetime.now(UTC).isoformat(),
    }
    change = {"what": "removed", "by": "a person", "reason": HOSTILE, "at": sale["sold_at"]}

    def answers(path: str) -> tuple[int, bytes]:
        way = {"hops": [], "changes": [change]}
        return 200, json.dumps(way if path.endswith("/timeline") else sale).encode()

    service.answers = answers  # type: ignore[attr-defined]
    shown = said(
        soldwire("trace", str(sale["sale_id"]), "--tenant", str(uuid4()), **asking(service, "SALES_LEDGER"))
    )
    assert shown.count(HOSTILE) == 2


def test_a_pause_s_reason_is_shown_as_it_is(service: ThreadingHTTPServer) -> None:
    pause = {
        "id": str(uuid4()),
        "scope": "platform",
        "platform": "ebay",
        "account_id": None,
        "everywhere": True,
        "reason": HOSTILE,
        "paused_by": "p",
        "paused_at": datetime.now(UTC).isoformat(),
        "resumed_by": None,
        "resumed_at": None,
    }
    service.answers = lambda _: (200, json.dumps([pause]).encode())  # type: ignore[attr-defined]
    assert HOSTILE in said(soldwire("pauses", **asking(service, "DELIST_ORCHESTRATOR")))


def test_doctor_takes_a_folder_s_name_as_it_is(tmp_path: Path) -> None:
    odd = tmp_path / "data [/red] here"
    assert str(odd) in said(soldwire("doctor", SOLDWIRE_HOME=str(odd)))
    assert not odd.exists(), "looking makes nothing"


def test_what_a_folder_remembers_of_a_run_is_not_taken_for_one_that_runs(home: Path) -> None:
    Ports(home / "ports.json").choose("inventory")
    with pytest.raises(LocalError, match="nothing runs"):
        running.environment(home)


def test_doctor_looks_at_given_servers_before_the_first_start(home: Path) -> None:
    words = said(soldwire("doctor", **NOWHERE))
    assert "127.0.0.1:1" in words
    assert "secret" not in words
    assert not home.exists()
