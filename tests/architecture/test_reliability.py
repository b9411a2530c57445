"""The tests that docs/reliability.md names are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLACES = ("libs/*/tests", "libs/testkit/src", "services/*/tests", "infra/*/tests", "tests")


def test_every_test_it_names_is_there() -> None:
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs/reliability.md").read_text()))
    files = [file for place in PLACES for folder in ROOT.glob(place) for file in folder.rglob("*.py")]
    there = {name for file in files for name in re.findall(r"def (test_\w+)", file.read_text())}
    assert len(named) > 40
    assert sorted(named - there) == []
