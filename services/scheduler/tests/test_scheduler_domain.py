"""The rules of plans and runs: beats across restarts and clock jumps, zombies, silence, watermarks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scheduler.domain import (
    ATTEMPTS,
    Account,
    Counts,
    Interval,
    Origin,
    Progress,
    Run,
    Scope,
    State,
    Verdict,
    covering,
    next_due,
    patience,
)

NOW = datetime(2026, 11, 20, 14, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)
TENANT = UUID(int=1)
_YEARS = (datetime(2020, 1, 1), datetime(2040, 1, 1))  # noqa: DTZ001 - the zone comes with the strategy
moments = st.datetimes(*_YEARS, timezones=st.just(UTC))
beats = st.sampled_from([every for interval in Interval if (every := interval.every) is not None])


def run(**more: object) -> Run:
    made = Run(
        run_id=uuid4(),
        tenant_id=TENANT,
        account_id=UUID(int=2),
        platform="ebay",
        scope=Scope.SALES,
        origin=Origin.PLAN,
        visible=False,
        requested_at=NOW,
        asked_at=NOW,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def word(about: Run, **more: object) -> Progress:
    made = Progress(
        run_id=about.run_id,
        lease=1,
        sequence=1,
        phase="sales",
        done=5,
        total=10,
        counts=Counts(sales=5),
        complete_up_to=None,
        outcome=None,
        reason=None,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def account(**more: object) -> Account:
    made = Account(UUID(int=2), TENANT, "ebay", "shop", True, 1, NOW)
    return replace(made, **more)  # type: ignore[arg-type]


@given(due=moments, every=beats, now=moments)
def test_next_due_is_ahead_by_one_beat_at_most(due: datetime, every: timedelta, now: datetime) -> None:
    following = next_due(due, every, now)
    assert now < following <= now + every


@given(due=moments, every=beats, late=st.timedeltas(timedelta(0), timedelta(days=400)))
def test_a_plan_keeps_its_beat_however_late_it_was_looked_at(
    due: datetime, every: timedelta, late: timedelta
) -> None:
    assert (next_due(due, every, due + late) - due) % every == timedelta(0)


def test_times_missed_while_down_are_one_run() -> None:
    assert next_due(NOW - 25 * HOUR - timedelta(minutes=10), HOUR, NOW) == NOW + timedelta(minutes=50)


def test_a_clock_that_went_back_does_not_silence_a_plan() -> None:
    assert next_due(NOW + timedelta(days=300), HOUR, NOW) == NOW + HOUR


def test_a_run_covers_what_it_reads() -> None:
    everything, sales = run(scope=Scope.EVERYTHING), run(scope=Scope.SALES)
    assert covering([everything], Scope.ARTICLES) is everything
    assert covering([sales], Scope.SALES) is sales
    assert covering([sales], Scope.EVERYTHING) is None
    assert covering([everything.cancel(NOW)], Scope.SALES) is None, "one that is to stop reads nothing"


def test_progress_moves_the_bar_and_words_out_of_order_do_not() -> None:
    start = run()
    third = start.hear(word(start, sequence=3, done=9), NOW)
    assert (third.done, third.total, third.counts.sales) == (9, 10, 5)
    assert third.hear(word(start, sequence=2, done=7), NOW) is third
    assert third.hear(word(start, sequence=3, done=7), NOW) is third


def test_a_zombie_is_not_heard() -> None:
    taken_over = run().hear(word(run(), lease=2, sequence=4), NOW)
    zombie = word(taken_over, lease=1, sequence=99, outcome=State.FAILED)
    assert taken_over.hear(zombie, NOW) is taken_over
    next_lease = taken_over.hear(word(taken_over, lease=3, sequence=1, done=1), NOW)
    assert next_lease.done == 1


@pytest.mark.parametrize("outcome", [State.COMPLETE, State.FAILED, State.CANCELLED])
def test_the_last_word_decides(outcome: State) -> None:
    start = run()
    ended = start.hear(word(start, sequence=2, outcome=outcome, reason="because"), NOW + HOUR)
    assert (ended.state, ended.reason, ended.finished_at) == (outcome, "because", NOW + HOUR)
    assert ended.hear(word(start, sequence=3, outcome=State.COMPLETE), NOW + HOUR) is ended


def test_silence_is_asked_about_then_given_up_with_a_reason() -> None:
    silent, now = run(), NOW
    verdicts = []
    for _ in range(ATTEMPTS):
        assert silent.judge(now) is Verdict.WAIT, "just asked"
        now += patience("ebay")
        verdicts.append(silent.judge(now))
        silent = silent.ask_again(now) if verdicts[-1] is Verdict.ASK_AGAIN else silent.give_up(now)
    assert verdicts == [Verdict.ASK_AGAIN] * (ATTEMPTS - 1) + [Verdict.GIVE_UP]
    assert (silent.state, silent.desired) == (State.FAILED, State.CANCELLED)
    assert silent.revision == ATTEMPTS + 1
    assert silent.reason is not None
    assert "30 minutes" in silent.reason


def test_a_run_that_speaks_is_left_alone_and_gets_its_attempts_back() -> None:
    asked = run().ask_again(NOW)
    heard = asked.hear(word(asked), NOW + HOUR)
    assert heard.attempts == 1
    assert heard.judge(NOW + HOUR + patience("ebay") - timedelta(seconds=1)) is Verdict.WAIT
    assert heard.judge(NOW + HOUR + patience("ebay")) is Verdict.ASK_AGAIN


def test_a_run_that_needs_a_browser_waits_longer() -> None:
    depop = run(platform="depop")
    assert depop.judge(NOW + patience("ebay")) is Verdict.WAIT
    given_up = depop.give_up(NOW)
    assert "extension" in str(given_up.reason)


def test_a_run_given_up_may_still_end_but_not_twice() -> None:
    given_up = run().give_up(NOW)
    assert given_up.hear(word(given_up), NOW) is given_up, "a run that ended shows no progress"
    late = given_up.hear(word(given_up, outcome=State.COMPLETE, complete_up_to=NOW), NOW + HOUR)
    assert (late.state, late.given_up) == (State.COMPLETE, False)
    assert late.hear(word(late, sequence=9, outcome=State.FAILED), NOW) is late


def test_cancelling_asks_once_and_ends_by_itself_if_nobody_answers() -> None:
    asked = run().cancel(NOW)
    assert (asked.desired, asked.state, asked.revision) == (State.CANCELLED, State.RUNNING, 2)
    assert asked.cancel(NOW) is asked
    assert asked.judge(NOW + patience("ebay")) is Verdict.CANCEL
    ended = asked.end_cancelled(NOW)
    assert ended.state is State.CANCELLED
    assert ended.cancel(NOW) is ended


def test_a_sales_run_reads_two_days_before_the_watermark_at_least() -> None:
    known = account(watermark=NOW)
    assert known.read_from(None) == NOW - timedelta(hours=48)
    assert known.read_from(None, timedelta(hours=1)) == NOW - timedelta(hours=48)
    assert known.read_from(None, timedelta(days=5)) == NOW - timedelta(days=5)


def test_before_the_first_watermark_the_start_date_counts() -> None:
    assert account().read_from(NOW - 400 * HOUR) == NOW - 400 * HOUR
    assert account().read_from(None) is None


@given(st.lists(st.none() | moments))
def test_a_watermark_never_goes_back(said: list[datetime | None]) -> None:
    known = account()
    for moment in said:
        known = known.read_up_to(moment)
    assert known.watermark == max((each for each in said if each), default=None)


def test_an_account_arrives_once_and_comes_back() -> None:
    first, lost = account(), account(revision=2, connected=False)
    assert first.arrives(None)
    assert not lost.arrives(None)
    assert not lost.arrives(first)
    assert account(revision=3).arrives(lost)
    assert not account(revision=2, name="renamed").arrives(first)


def test_an_old_status_changes_nothing_and_a_new_one_keeps_the_watermark() -> None:
    known = account(revision=5, watermark=NOW)
    assert account(revision=5).after(known) is None
    renamed = account(revision=6, name="renamed").after(known)
    assert renamed is not None
    assert (renamed.name, renamed.watermark) == ("renamed", NOW)
