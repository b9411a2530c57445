"""The rules of delisting by themselves: the step table, supersession, retries, pauses, the brake's limit."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest
from delist_orchestrator.domain import (
    COMMANDS,
    REFUSALS,
    TRANSITIONS,
    Board,
    Brake,
    Cause,
    Command,
    Demand,
    Group,
    IllegalMoveError,
    Mode,
    Move,
    Pause,
    Platform,
    Policy,
    Reached,
    Result,
    Rules,
    Scope,
    Step,
    StepState,
    Timing,
    Wanted,
    act,
    group_of,
)
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TENANT, ARTICLE, ACCOUNT, LISTING = (UUID(int=n) for n in range(1, 5))
TIMING = Timing(
    deadlines=dict.fromkeys(Platform, timedelta(minutes=1)),
    retry_first=timedelta(seconds=30),
    retry_longest=timedelta(hours=1),
    retry_attempts=4,
)
RULES = Rules(TIMING, {}, ())
LAST = 5


def step(state: StepState = StepState.ASKED, version: int = 1, target: int = 0) -> Step:
    return Step(
        tenant_id=TENANT,
        listing_id=LISTING,
        version=version,
        article_id=ARTICLE,
        account_id=ACCOUNT,
        platform=Platform.EBAY,
        target_quantity=target,
        cause=Cause.SALE,
        state=state,
        created_at=NOW,
        sold_at=NOW,
        sale_id=UUID(int=100 + version),
    )


def demand(version: int, quantity: int, *, may_raise: bool = False) -> Demand:
    wanted = Wanted(LISTING, ACCOUNT, Platform.EBAY, version, quantity, may_raise)
    return Demand(TENANT, ARTICLE, Cause.SALE, True, (wanted,), sale_id=UUID(int=100 + version), sold_at=NOW)


def reached(version: int) -> Result:
    at = NOW + timedelta(seconds=version)
    return Result(TENANT, LISTING, version, ACCOUNT, ARTICLE, Platform.EBAY, at, at, at)


def failed(version: int, *, can_retry: bool = True) -> Result:
    return Result(
        TENANT,
        LISTING,
        version,
        ACCOUNT,
        ARTICLE,
        Platform.EBAY,
        code="no",
        reason="No.",
        can_retry=can_retry,
    )


@pytest.mark.parametrize(("move", "state"), list(product(Move, StepState)))
def test_a_move_happens_only_where_the_table_says(move: Move, state: StepState) -> None:
    if state in TRANSITIONS[move]:
        assert step(state).moved(move) is TRANSITIONS[move][state]
    else:
        with pytest.raises(IllegalMoveError):
            step(state).moved(move)


@pytest.mark.parametrize(("command", "state"), list(product(Command, StepState)))
def test_a_command_is_done_or_refused_in_words(command: Command, state: StepState) -> None:
    if state in COMMANDS[command][1]:
        assert act(step(state), command, RULES, NOW, None) != step(state)
    else:
        with pytest.raises(IllegalMoveError) as refused:
            act(step(state), command, RULES, NOW, None)
        assert REFUSALS[refused.value.state]


QUANTITIES = {1: 2, 2: 1, 3: 1, 4: 0, 5: 0}
HAPPENINGS = st.one_of(
    st.tuples(st.just("demand"), st.integers(1, LAST)),
    st.tuples(st.just("reach"), st.integers(1, LAST)),
    st.tuples(st.just("fail"), st.integers(1, LAST)),
)


def played(history: list[tuple[str, int]]) -> Board:
    board = Board(NOW)
    for what, version in history:
        if what == "demand":
            board.demand(demand(version, QUANTITIES[version]), RULES)
        else:
            board.result(reached(version) if what == "reach" else failed(version), RULES)
    return board


@given(st.lists(HAPPENINGS, max_size=25))
def test_whatever_happens_at_most_the_newest_step_of_a_listing_is_open(
    history: list[tuple[str, int]],
) -> None:
    board = played(history)
    newest = max((s.version for s in board.steps.values()), default=0)
    for found in board.steps.values():
        if found.version < newest:
            assert found.state in (StepState.SUPERSEDED, StepState.DONE)


@given(st.permutations([(w, v) for w in ("demand", "reach") for v in range(1, LAST + 1)]), st.data())
def test_targets_that_only_lower_all_end_done_in_any_order_and_repetition(
    history: list[tuple[str, int]], data: st.DataObject
) -> None:
    twice = history + data.draw(st.lists(st.sampled_from(history), max_size=8))
    board = played(twice)
    assert {s.state for s in board.steps.values()} == {StepState.DONE}
    assert all(s.is_ended for s in board.steps.values())
    assert not board.early


@given(st.permutations([("demand", v) for v in range(1, LAST + 1)]))
def test_the_lowest_newest_target_reached_ends_every_older_one(history: list[tuple[str, int]]) -> None:
    board = played([*history, ("reach", LAST)])
    assert {s.state for s in board.steps.values()} == {StepState.DONE}


def test_a_raise_ends_the_lowering_before_it_for_good() -> None:
    board = played([("demand", 4)])
    board.demand(demand(5, 1, may_raise=True), RULES)
    lowered = board.steps[LISTING, 4]
    assert (lowered.state, lowered.follows, lowered.is_ended) == (StepState.SUPERSEDED, False, True)
    board.result(reached(5), RULES)
    assert board.steps[LISTING, 4].state is StepState.SUPERSEDED


def test_skipping_the_newer_step_ends_what_followed_it() -> None:
    board = played([("demand", 1), ("demand", 4)])
    board.command((LISTING, 4), lambda s: act(s, Command.SKIP, RULES, NOW, None))
    assert all(s.is_ended for s in board.steps.values())


def history(version: int, quantity: int) -> Demand:
    return replace(demand(version, quantity), history=True)


def test_a_proposal_stops_no_target_until_it_is_approved() -> None:
    board = Board.of(NOW, [])
    board.demand(demand(1, 2), RULES)
    board.demand(history(2, 1), RULES)
    board.result(failed(1), RULES)
    assert board.steps[LISTING, 1].look_at is not None, "it is asked again"
    board.command((LISTING, 2), lambda one: act(one, Command.APPROVE, RULES, NOW, None))
    assert board.steps[LISTING, 1].state is StepState.SUPERSEDED
    board.result(reached(2), RULES)
    assert {one.state for one in board.steps.values()} == {StepState.DONE}


def test_skipping_a_proposal_ends_nothing_but_itself() -> None:
    board = Board.of(NOW, [])
    for asked in (demand(1, 2), demand(2, 1), history(3, 0)):
        board.demand(asked, RULES)
    board.command((LISTING, 3), lambda one: act(one, Command.SKIP, RULES, NOW, None))
    assert not board.steps[LISTING, 1].is_ended
    board.result(reached(2), RULES)
    assert [board.steps[LISTING, n].state for n in (1, 2)] == [StepState.DONE, StepState.DONE]


def test_a_target_that_comes_in_after_a_later_proposal_is_asked() -> None:
    board = Board.of(NOW, [])
    board.demand(history(2, 1), RULES)
    board.demand(demand(1, 2), RULES)
    assert [one.version for one in board.asked] == [1]
    board.demand(demand(3, 0), RULES)
    assert [board.steps[LISTING, n].state for n in (1, 2, 3)] == [
        StepState.SUPERSEDED,
        StepState.SUPERSEDED,
        StepState.ASKED,
    ]


def test_a_target_that_comes_in_after_a_newer_one_was_skipped_does_not_wait_for_it() -> None:
    board = Board.of(NOW, [])
    board.demand(demand(2, 0), RULES)
    board.command((LISTING, 2), lambda one: act(one, Command.SKIP, RULES, NOW, None))
    board.demand(demand(1, 1), RULES)
    assert board.steps[LISTING, 1].is_ended


def test_a_target_is_asked_once_however_often_it_is_demanded() -> None:
    assert len(played([("demand", 4)] * 3).asked) == 1


def test_a_failure_after_success_changes_nothing() -> None:
    board = played([("demand", 4), ("reach", 4), ("fail", 4)])
    assert board.steps[LISTING, 4].state is StepState.DONE


@given(st.integers(1, 20), st.floats(0, 1, exclude_max=True))
def test_retries_wait_longer_each_time_within_half_to_whole_and_end(attempts: int, jitter: float) -> None:
    at = TIMING.retry_at(attempts, NOW, jitter)
    if attempts >= TIMING.retry_attempts:
        assert at is None
        return
    assert at is not None
    whole = min(timedelta(seconds=30) * 2 ** (attempts - 1), timedelta(hours=1))
    assert whole / 2 <= at - NOW <= whole


def test_a_depop_step_asked_waits_for_a_browser() -> None:
    depop = replace(step(StepState.PAUSED), platform=Platform.DEPOP)
    waiting = depop.ask(NOW, TIMING)
    assert waiting.state is StepState.WAITING_FOR_BROWSER
    assert "browser" in str(waiting.reason), "a seller reads what to do"
    assert waiting.reach(Reached(NOW, NOW)).state is StepState.DONE
    assert replace(depop, target_quantity=1).ask(NOW, TIMING).state is StepState.ASKED, "nothing to take down"


@pytest.mark.parametrize(
    ("changed", "exposure"),
    [
        ({}, timedelta(seconds=4)),
        ({"history": True}, None),
        ({"target_quantity": 2}, None),
        ({"sold_at": None}, None),
        ({"sold_at": NOW + timedelta(hours=1)}, timedelta(0)),
    ],
)
def test_exposure_is_measured_where_the_listing_should_be_off_sale(
    changed: dict[str, object], exposure: timedelta | None
) -> None:
    done = replace(step(), **changed).reach(Reached(NOW + timedelta(seconds=4), NOW))  # type: ignore[arg-type]
    assert done.exposure == exposure


def pause(**scope: object) -> Pause:
    values: dict[str, object] = {"tenant_id": TENANT, **scope}
    return Pause(UUID(int=9), Scope.TENANT, "me", NOW, "Why.", **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("standing", "holds"),
    [
        (pause(), True),
        (pause(tenant_id=None, platform=Platform.EBAY), True),
        (pause(platform=Platform.SHOPIFY), False),
        (pause(account_id=ACCOUNT), True),
        (pause(account_id=LISTING), False),
        (pause(tenant_id=ARTICLE), False),
        (pause(unbacked_only=True), False),
    ],
)
def test_a_pause_holds_what_it_names(standing: Pause, holds: bool) -> None:
    assert standing.covers(step()) is holds
    opened = RULES.with_pauses([standing]).open(step(StepState.WAITING_FOR_APPROVAL), NOW)
    assert (opened.state is StepState.PAUSED) is holds


def test_the_brakes_pause_holds_only_lowerings_without_an_order() -> None:
    unbacked = replace(step(), order_backed=False)
    assert pause(unbacked_only=True).covers(unbacked)
    assert not pause(unbacked_only=True).covers(replace(unbacked, may_raise=True))


@pytest.mark.parametrize(("live", "limit"), [(0, 50), (1000, 50), (2000, 100)])
def test_the_brakes_limit_grows_with_the_account(live: int, limit: int) -> None:
    assert Brake(50, 0.05, timedelta(minutes=10)).limit(live) == limit


def test_a_raise_is_not_a_sellers_to_approve() -> None:
    rules = Rules(TIMING, {(TENANT, Platform.EBAY): Policy(Mode.ASK)}, ())
    new = step(StepState.WAITING_FOR_APPROVAL)
    assert rules.open(new, NOW).state is StepState.WAITING_FOR_APPROVAL
    assert rules.open(replace(new, may_raise=True), NOW).state is StepState.ASKED


@pytest.mark.parametrize(
    ("steps", "group"),
    [
        ([], Group.DONE),
        ([step(StepState.DONE), step(StepState.SKIPPED)], Group.DONE),
        ([step(StepState.DONE), step()], Group.RUNNING),
        ([step(), step(StepState.WAITING_FOR_BROWSER)], Group.WAITING),
        ([step(StepState.PAUSED), step(StepState.FAILED)], Group.FAILED),
        ([replace(step(StepState.FAILED), look_at=NOW)], Group.RUNNING),
        ([replace(step(StepState.SUPERSEDED), follows=True)], Group.RUNNING),
        ([step(StepState.SUPERSEDED)], Group.DONE),
    ],
)
def test_a_delist_is_in_its_most_urgent_steps_group(steps: list[Step], group: Group) -> None:
    assert group_of(steps) is group
