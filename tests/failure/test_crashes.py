"""The crash plan leaves no failpoint out."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from tests.failure.crashes import POINTS, plan

ROOT = Path(__file__).resolve().parents[2]
DECLARED = re.compile(r'= Failpoint\(\s*"([^"]+)"')


def test_every_declared_failpoint_is_crashed_at() -> None:
    sources = [path for place in ("libs", "services") for path in (ROOT / place).glob("*/src/**/*.py")]
    declared = [name for path in sources for name in DECLARED.findall(path.read_text())]
    assert len(declared) >= 12
    assert sorted(declared) == sorted(POINTS)


def test_a_plan_has_each_point_as_often_and_every_service_that_reaches_it() -> None:
    made = plan(times=20, seed=1)
    assert Counter(point for _, point in made) == dict.fromkeys(POINTS, 20)
    assert {(service, point) for service, point in made} == {
        (service, point) for point, services in POINTS.items() for service in services
    }
