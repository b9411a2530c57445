"""Releases: what a topic promises, what no release says yet, and a baseline that can't be made anew."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from soldwire_contracts import compatibility
from soldwire_contracts.compatibility import Release, breaches, current, releases, unreleased
from soldwire_contracts.generate import FOLDER
from soldwire_contracts.release import release, tampered

NOW = current()


def test_the_contracts_of_today_break_no_release(capsys: pytest.CaptureFixture[str]) -> None:
    assert compatibility.main([]) == 0, capsys.readouterr().err


def _topic(name: str, **promise: Any) -> Callable[[Release], None]:
    return lambda now: now["topics"][name].update(promise)  # type: ignore[typeddict-item]


TOPIC_BREAKS: dict[str, tuple[Callable[[Release], object], str]] = {
    "topic removed": (lambda now: now["topics"].pop("sale.paid"), "sale.paid: topic removed"),
    "type removed": (lambda now: now["schemas"].pop("sale.paid.v1"), "sale.paid.v1: event type removed"),
    "type of a topic": (_topic("sale.paid", type="sale.paid.v2"), "type changed from sale.paid.v1"),
    "key": (_topic("sale.detected", key="account"), "key changed from account:order to account"),
    "partitions": (_topic("sale.detected", partitions=3), "partitions decreased from 6 to 3"),
    "retention": (_topic("sale.detected", retention_days=7), "retention cut from 30 to 7 days"),
    "end of for ever": (_topic("tenant.erased", retention_days=30), "retention cut from None to 30 days"),
    "compaction": (_topic("account.status", compacted=True), "compaction changed"),
    "visibility": (_topic("sale.recorded", visibility="internal"), "public topic made internal"),
}


@pytest.mark.parametrize(("damage", "reason"), TOPIC_BREAKS.values(), ids=TOPIC_BREAKS)
def test_refuses_broken_topic_promises(damage: Callable[[Release], object], reason: str) -> None:
    now = copy.deepcopy(NOW)
    damage(now)
    assert [said for said in breaches(NOW, now) if reason in said]


@pytest.mark.parametrize(
    "change",
    [
        _topic("sale.detected", partitions=12),
        _topic("sale.detected", retention_days=None),
        _topic("sync.progress", visibility="public"),
        lambda now: now["topics"].update({"sale.settled": now["topics"]["sale.paid"]}),
    ],
    ids=["more partitions", "kept longer", "made public", "new topic"],
)
def test_accepts_more_than_was_promised(change: Callable[[Release], object]) -> None:
    now = copy.deepcopy(NOW)
    change(now)
    assert breaches(NOW, now) == []


def test_command_line_names_release_and_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    yesterday = copy.deepcopy(NOW)
    properties = yesterday["schemas"]["sale.detected.v1"]["$defs"]["SaleDetected"]["properties"]  # type: ignore[index,call-overload]
    properties["colour"] = {"type": "string"}  # type: ignore[index,call-overload]
    (tmp_path / "0001.json").write_text(json.dumps(yesterday))
    assert compatibility.main(["--released", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "release 0001: sale.detected.v1: event.data.colour: field removed" in said
    assert "<topic>.v2" in said


def test_gate_without_a_baseline_is_no_gate(tmp_path: Path) -> None:
    assert compatibility.main(["--released", str(tmp_path)]) == 1


@pytest.fixture
def contracts(tmp_path: Path) -> Path:
    """A folder with today's contracts released once."""
    (tmp_path / "examples").mkdir()
    assert release(tmp_path) == []
    return tmp_path


def gate(contracts: Path) -> int:
    return compatibility.main(["--released", str(contracts / "released")])


def rewritten(contracts: Path, change: Callable[[Any], object]) -> None:
    """Another first release, with nothing on record that would show it."""
    baseline = contracts / "released/0001.json"
    older = json.loads(baseline.read_text())
    change(older)
    baseline.write_text(json.dumps(older))
    (contracts / "released/manifest.json").unlink()


def test_nothing_new_makes_no_release(contracts: Path) -> None:
    assert release(contracts) == []
    assert [name for name, _ in releases(contracts / "released")] == ["0001"]


def test_a_release_is_refused_while_it_breaks_an_older_one(contracts: Path) -> None:
    rewritten(contracts, _topic("sale.detected", partitions=12))
    assert release(contracts) == ["sale.detected: partitions decreased from 12 to 6"]


def test_what_no_release_says_yet_is_refused_until_it_is_released(
    contracts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the bus and on no record it could be taken back unseen."""

    def before_tax(older: Any) -> None:
        older["schemas"]["sale.paid.v1"]["$defs"]["SalePaid"]["properties"].pop("tax")
        older["topics"].pop("sale.paid")

    rewritten(contracts, before_tax)
    assert gate(contracts) == 1
    assert "sale.paid.v1: said by no release yet" in capsys.readouterr().err
    assert release(contracts) == []
    assert gate(contracts) == 0
    second = json.loads((contracts / "released/0002.json").read_text())
    assert (list(second["topics"]), list(second["schemas"])) == (["sale.paid"], ["sale.paid.v1"])


def test_other_words_are_no_other_contract() -> None:
    reworded = copy.deepcopy(NOW)
    reworded["schemas"]["sale.paid.v1"]["description"] = "Said otherwise."
    assert unreleased(NOW, reworded) == {"topics": {}, "schemas": {}}


@pytest.mark.parametrize(
    "damage",
    [Path.unlink, lambda path: path.write_text(path.read_text().replace("30", "7"))],
    ids=["removed", "changed"],
)
def test_a_release_may_not_go_or_change(contracts: Path, damage: Callable[[Path], object]) -> None:
    """Or a breaking change would only need its baseline made anew."""
    damage(contracts / "released/0001.json")
    assert tampered(contracts / "released")
    (refused,) = [line for line in release(contracts) if line.startswith("0001.json")]
    assert refused.endswith("after its release")
    assert tampered(FOLDER / "released") == []
