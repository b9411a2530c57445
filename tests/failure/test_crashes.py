"""The crash plan leaves no failpoint out."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.failure.crashes import POINTS, WORST, plan

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


def test_a_plan_can_be_of_some_points_and_begins_elsewhere_with_another_seed() -> None:
    assert plan(times=1, seed=1, points=["webhook.stored"]) == [("connector-ebay", "webhook.stored")]
    assert plan(times=1, seed=2, points=["webhook.stored"]) == [("connector-shopify", "webhook.stored")]
    with pytest.raises(KeyError):
        plan(times=1, seed=1, points=["nowhere"])


def test_the_worst_are_points_their_services_reach() -> None:
    assert all(service in POINTS[point] for service, point in WORST)
