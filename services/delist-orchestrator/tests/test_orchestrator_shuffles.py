"""One history of 200 events in many orders (`make shuffles`: a thousand): what a seller sees of it is the same."""

from __future__ import annotations

from random import Random

import pytest
from delist_orchestrator.domain import Demand, Group, Result, StepState
from orchestrator_world import EVENTS, SEED, History, Seen, history, shuffled
from testkit.orders import orders

pytestmark = pytest.mark.long


def compare(expected: list[Seen], found: list[Seen], what: object) -> None:
    """The message says where they differ first."""
    for part, (mine, theirs) in enumerate(zip(expected, found, strict=True)):
        assert mine == theirs, (what, part, list(mine.beside(theirs)))


def test_the_history_has_everything_in_it() -> None:
    """Else many orders of it would show little."""
    told = history()
    facts = [fact for part in told.parts for fact in part]
    demands = [fact for fact in facts if isinstance(fact, Demand)]
    results = [fact for fact in facts if isinstance(fact, Result)]
    assert len(facts) == EVENTS
    assert min(len(demands), len(results)) > 50
    assert sum(demand.history for demand in demands) > 5
    assert sum(any(w.may_raise for w in demand.wanted) for demand in demands) > 10
    assert sum(result.reached is None for result in results) > 10
    all_seen = told.expected()
    states = set(StepState) - {StepState.SUPERSEDED}  # the newest is never
    assert {step.state for now in all_seen for step in now.steps.values()} == states
    assert {group for now in all_seen for group in now.groups.values()} == set(Group)


def test_all_orders_of_one_history_end_in_what_a_seller_saw_before() -> None:
    told, random = history(), Random(SEED)
    expected = told.expected()
    for n in range(orders()):
        found = told.play(shuffled(random), lambda: random.choice([1, 1, 3, 10, 50]))
        compare(expected, found, n)


def test_orders_that_also_tell_things_twice_end_the_same() -> None:
    """What comes again in the next part: targets and read-backs. A failure is said once, and the inbox drops repeats."""
    told, random = history(), Random(SEED)
    again = [[fact for fact in part if isinstance(fact, Demand) or fact.reached] for part in told.parts]
    repeated = [[*late, *part] for late, part in zip([[], *again], told.parts, strict=False)]
    expected = told.expected()
    for n in range(orders() // 10):
        found = History(repeated, told.deeds).play(shuffled(random), lambda: 7)
        compare(expected, found, n)


@pytest.mark.parametrize("part", [10, 50, EVENTS])
def test_other_histories_too(part: int) -> None:
    for seed in range(10):
        told, random = history(seed, part), Random(seed)
        expected = told.expected()
        for n in range(10):
            compare(expected, told.play(shuffled(random), lambda: 3), (seed, n))
