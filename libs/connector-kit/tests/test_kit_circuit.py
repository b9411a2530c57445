"""A circuit: what opens it, how long it stays open, who may try, and what it never counts."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import httpx
import pytest
from connector_kit.budget import Lane
from connector_kit.circuit import FAILURES, FIRST, LONGEST, CircuitOpen, Circuits
from connector_kit.errors import AMBIGUOUS, NEEDS_LOGIN, STALE, CallFailed, ErrorTable, Problem, read_only
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY

TABLE = ErrorTable(codes={})
DOWN = TABLE.of_status(503)
SHOP = "shopify:demo.myshopify.com"


@dataclass
class Driven:
    """Circuits whose time passes when told to."""

    now: float = 0.0

    def __post_init__(self) -> None:
        self.circuits = Circuits(lambda: self.now)

    def call(self, problem: Problem | None = None, lane: Lane = Lane.ORDERS, scope: str = SHOP) -> None:
        """One call that goes out and ends so. Raises CircuitOpen when it does not go out."""
        try:
            with self.circuits.calling(scope, lane):
                if problem is not None:
                    raise CallFailed(problem)
        except CircuitOpen:
            raise
        except CallFailed:
            assert problem is not None

    def opened(self) -> Driven:
        """By failures in a row."""
        for _ in range(FAILURES):
            self.call(DOWN)
        return self

    def wait(self, lane: Lane = Lane.ORDERS) -> float:
        """Seconds a call is told to wait, 0 when it may go."""
        try:
            self.circuits.check(SHOP, lane)
        except CircuitOpen as refused:
            return _told(refused)
        return 0.0


def _told(refused: CircuitOpen) -> float:
    """The seconds a seller's work is told to wait, as of a shop that can't be reached."""
    wait = refused.problem.retry_after
    return wait.total_seconds() if wait is not None and refused.problem.code == "unreachable" else -1.0


def test_it_opens_after_failures_in_a_row_and_tells_the_time_left() -> None:
    driven = Driven()
    for _ in range(FAILURES - 1):
        driven.call(DOWN)
    assert driven.wait() == 0
    driven.call(DOWN)
    driven.now += 0.4
    assert driven.wait() == pytest.approx(FIRST - 0.4)
    with pytest.raises(CircuitOpen):
        driven.call()


def test_another_scope_is_not_touched() -> None:
    driven = Driven().opened()
    driven.call(scope="shopify:other.myshopify.com")


def test_a_scope_that_fails_every_second_call_stays_open_for_business() -> None:
    driven = Driven()
    for _ in range(10 * FAILURES):
        driven.call(DOWN)
        driven.call()


@pytest.mark.parametrize(
    "problem",
    [TABLE.of_status(status) for status in (400, 401, 403, 404, 408, 422, 429)]
    + [STALE, NEEDS_LOGIN, AMBIGUOUS],
    ids=lambda problem: problem.code,
)
def test_an_answer_that_is_no_failure_of_its_side_resets_the_count(problem: Problem) -> None:
    driven = Driven()
    for _ in range(3):
        for _ in range(FAILURES - 1):
            driven.call(DOWN)
        driven.call(problem)
    assert driven.wait() == 0


@pytest.mark.parametrize(
    ("error", "counts"),
    [
        (httpx.ConnectError("no"), True),
        (httpx.ConnectTimeout("no"), True),
        (httpx.ReadError("cut"), True),
        (httpx.ReadTimeout("silent"), True),
        (TimeoutError(), True),
        (httpx.PoolTimeout("our own pool"), False),
        (httpx.LocalProtocolError("our own fault"), False),
        (httpx.UnsupportedProtocol("our own fault"), False),
    ],
)
def test_no_connection_and_silence_count_our_own_faults_do_not(error: Exception, counts: bool) -> None:
    assert TABLE.of_exception(error).away is counts
    assert read_only(TABLE.of_exception(error)).away is counts


async def test_a_call_we_cancel_says_nothing_and_frees_the_try() -> None:
    driven = Driven().opened()
    driven.now += FIRST
    trying = asyncio.create_task(_for_ever(driven.circuits))
    await asyncio.sleep(0)
    assert driven.wait() > 0
    trying.cancel()
    await asyncio.gather(trying, return_exceptions=True)
    assert driven.wait() == 0
    driven.call()


async def _for_ever(circuits: Circuits) -> None:
    with circuits.calling(SHOP, Lane.SYNC):
        await asyncio.Event().wait()


def test_one_call_tries_and_an_answer_closes_it() -> None:
    driven = Driven().opened()
    driven.now += FIRST
    with driven.circuits.calling(SHOP, Lane.ORDERS):
        assert driven.wait() > 0
        with pytest.raises(CircuitOpen):
            driven.call()
    for _ in range(FAILURES - 1):
        driven.call(DOWN)
    assert driven.wait() == 0, "the count begins anew"


def test_each_vain_try_doubles_the_pause_up_to_the_longest() -> None:
    driven = Driven().opened()
    pauses = []
    for _ in range(8):
        pauses.append(driven.wait())
        driven.now += pauses[-1]
        driven.call(DOWN)
    assert pauses == [1, 2, 4, 8, 16, LONGEST, LONGEST, LONGEST]


def test_a_take_down_that_was_refused_tries_before_a_sync() -> None:
    driven = Driven().opened()
    assert driven.wait(Lane.SYNC) == driven.wait(Lane.LOWER) == FIRST
    driven.now += FIRST
    assert 0 < driven.wait(Lane.SYNC) <= 2
    with driven.circuits.calling(SHOP, Lane.LOWER):
        pass
    assert driven.wait(Lane.SYNC) == 0


def test_a_take_down_that_never_comes_back_does_not_keep_the_others_out() -> None:
    driven = Driven().opened()
    driven.wait(Lane.LOWER)
    driven.now += FIRST + 2
    driven.call(lane=Lane.SYNC)


def test_what_was_under_way_when_it_opened_neither_prolongs_it_nor_is_lost() -> None:
    driven = Driven()
    with driven.circuits.calling(SHOP, Lane.LOWER):
        driven.opened()
        driven.now += 0.5
        with pytest.raises(CallFailed), driven.circuits.calling("other", Lane.LOWER):
            raise CallFailed(DOWN)
        assert driven.wait() == pytest.approx(0.5)
    assert driven.wait() == 0, "an answer shows that it is there, whenever it was asked"


def test_the_gauge_shows_it() -> None:
    driven = Driven().opened()
    assert REGISTRY.get_sample_value("soldwire_circuit_open", {"scope": SHOP}) == 1
    driven.now += FIRST
    driven.call()
    assert REGISTRY.get_sample_value("soldwire_circuit_open", {"scope": SHOP}) == 0


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 40), st.sampled_from(Lane)), max_size=60))
def test_it_never_stays_shut_for_longer_than_the_longest_pause(calls: list[tuple[bool, float, Lane]]) -> None:
    driven, waits = Driven(), list[float]()
    for down, passed, lane in calls:
        driven.now += passed
        try:
            driven.call(DOWN if down else None, lane)
        except CircuitOpen as refused:
            waits.append(_told(refused))
    assert all(0 < wait <= LONGEST + 2 for wait in waits)
    driven.now += LONGEST + 2
    driven.call()
