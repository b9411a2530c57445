"""The judgement of `make fairness` can fail; that backlogs are taken in turns is held by the connector kit's own tests."""

from __future__ import annotations

import pytest

from tests.failure.fairness import Found, Plan

QUIET = [[100.0, 110.0], [100.0, 200.0]]


@pytest.mark.parametrize(("longest", "held"), [(300.0, True), (301.0, False)])
def test_a_loud_neighbour_may_be_felt_by_half_as_much_again(longest: float, held: bool) -> None:
    found = Found({"quiet": QUIET, "loud": [[90.0, 90.0], [longest, 90.0]], "spread": [[longest * 2]]})
    assert found.held is held
    assert found.ratio("loud", "spread") == 0.5
    assert found.lines()[-1] == ("HELD" if held else "BROKEN")
    assert found.lines()[0] == (
        "quiet: p50 110 ms, p99 200 ms, longest 200 ms, of 4; by round 110/110, 200/200"
    )


def test_the_loud_one_sells_a_hundred_times_what_each_quiet_one_does() -> None:
    plan = Plan(tenants=4, rate=0.2)
    assert (plan.quiet_rate, plan.loud_rate) == (0.8, 20)
