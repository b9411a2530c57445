"""Delists against bad marketplaces, in short, with shorter delays; and that the judgement of them can fail."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.failure.delist_figures import DelistFigures, early_calls, figures, made_necessary
from tests.failure.delists import delists, run

COUNT = 200
SOUND = DelistFigures(
    delists=10,
    calls=26,
    least=20,
    struck={},
    wrong=(),
    doubled=(),
    early=(),
    outcomes={"listing.delisted": 10},
)
AFTER = {"ebay": 2.0}


@pytest.mark.stack
@pytest.mark.timeout(400)
async def test_200_delists_against_bad_marketplaces(tmp_path: Path) -> None:
    async with delists(tmp_path, shops=2) as made:
        found = await run(made, COUNT, seed=2, within=240, delays=(2, 5, 8))
    assert found.held, "\n".join(found.lines())
    assert sum(found.struck.values()) >= COUNT / 5, "marketplaces were bad"
    assert {"429", "502", "503", "lose_reply", "garbage_200", "effect_delayed"} <= set(found.struck)


def call(at: float, listing: str | None = "1", **more: Any) -> dict[str, Any]:
    made = {
        "platform": "ebay",
        "account": "a",
        "operation": "withdrawOffer",
        "listing": listing,
        "fault": None,
        "status": 200,
        "effects": [],
        "monotonic": at,
        "ms": 0.0,
    }
    return made | more


def effect(listing: str = "1", *, changed: bool = True) -> dict[str, Any]:
    return {"listing": listing, "changed": changed}


def test_a_sound_run_holds() -> None:
    assert SOUND.held
    assert SOUND.ratio == 1.3


@pytest.mark.parametrize(
    "fault",
    [
        {"calls": 27},
        {"wrong": ["ebay 1"]},
        {"doubled": ["ebay 1"]},
        {"early": early_calls([call(0, status=429), call(1)], AFTER)},
        {"unfinished": 1},
        {"outcomes": {"listing.delisted": 9, "listing.failed": 1}},
        {"outcomes": {"listing.delisted": 11}},
    ],
)
def test_every_seeded_fault_is_caught(fault: dict[str, Any]) -> None:
    assert not replace(SOUND, **fault).held


@pytest.mark.parametrize(
    ("struck", "necessary"),
    [
        ({}, 0),
        ({"fault": "status", "status": 503}, 1),
        ({"fault": "throttle", "status": 429}, 1),
        ({"fault": "lose_reply", "status": None, "effects": [effect()]}, 0),
        ({"fault": "garbage_200", "effects": [effect()]}, 0),
        ({"fault": "effect_delayed", "effects": [effect()]}, 1),
        ({"fault": "lose_reply", "operation": "getOffer"}, 1),
        ({"fault": "garbage_200", "operation": "getOffer"}, 1),
    ],
)
def test_what_a_fault_makes_necessary(struck: dict[str, Any], necessary: int) -> None:
    assert made_necessary(call(0, **struck)) == necessary


def test_what_the_truth_says_is_counted() -> None:
    calls = [
        call(0, operation="token", listing=None),
        call(0.1, fault="lose_reply", status=None, effects=[effect()]),
        call(0.2, operation="getOffer"),
        call(0.3, effects=[effect(changed=False)]),
    ]
    listing = {"platform": "ebay", "listing": "1", "buyable": False}
    found = figures(calls, [listing, {**listing, "listing": "2", "buyable": True}], AFTER)
    assert (found.calls, found.least, found.wrong, found.doubled) == (3, 4, ["ebay 2"], [])
    assert figures([*calls, call(0.4, effects=[effect()])], [listing], AFTER).doubled == ["ebay 1"]


@pytest.mark.parametrize(
    ("listing", "at", "account", "early"),
    [
        ("1", 0.2, "a", True),
        ("2", 0.2, "a", False),
        ("2", 0.7, "a", True),
        ("1", 2.2, "a", False),
        ("1", 0.2, "b", False),
    ],
)
def test_a_call_before_the_end_of_a_retry_after_is_seen(
    listing: str, at: float, account: str, early: bool
) -> None:
    calls = [call(0, status=429, ms=100.0), call(at, listing, account=account)]
    assert bool(early_calls(calls, AFTER)) is early
