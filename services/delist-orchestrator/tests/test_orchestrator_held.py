"""What is held back, and what goes on beside it: approvals, pauses, the brake; what a person has said already."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from delist_orchestrator.domain import (
    Cause,
    Command,
    Demand,
    Group,
    Mode,
    Pause,
    Platform,
    Policy,
    Rules,
    Scope,
    StepState,
    Wanted,
)
from orchestrator_history import ACCOUNTS, NOW, TENANT, TIMING, Article, Books

SHOPIFY, EBAY = Platform.SHOPIFY, Platform.EBAY
ASKS_FIRST = Rules(TIMING, {(TENANT, SHOPIFY): Policy(Mode.ASK)}, ())
STOPPED = Pause(
    TENANT, Scope.ACCOUNT, "brake", NOW, "Why.", TENANT, None, ACCOUNTS[SHOPIFY], unbacked_only=True
)


def states(books: Books, article: Article) -> list[StepState]:
    """Of each version of the listing on Shopify."""
    return [step.state for step in books.of_listing(article.listing(SHOPIFY))]


def sent(books: Books, article: Article) -> list[int]:
    """Versions of the listing on Shopify, as they went out."""
    return [step.version for step in books.sent if step.listing_id == article.listing(SHOPIFY)]


# A lowering that is held, behind one that is under way


def approved(article: Article) -> Books:
    """The first of three is sold and a person has said yes."""
    books = Books(rules=ASKS_FIRST)
    books.hear(article.sold(1, left=2))
    assert books.command(Command.APPROVE, article.key(SHOPIFY, 1))
    return books


def test_what_was_approved_is_tried_again_while_a_later_sale_waits_for_a_yes() -> None:
    article = Article(1)
    books = approved(article)
    books.hear(article.failed(SHOPIFY, 1))
    books.hear(article.sold(2, left=1))
    assert states(books, article) == [StepState.FAILED, StepState.WAITING_FOR_APPROVAL]
    books.sweep(timedelta(minutes=1))
    assert sent(books, article) == [1, 1]
    books.hear(article.reached(SHOPIFY, 1))
    assert states(books, article) == [StepState.DONE, StepState.WAITING_FOR_APPROVAL]


def test_the_later_one_takes_its_place_once_it_is_approved() -> None:
    article = Article(1)
    books = approved(article)
    books.hear(article.sold(2, left=1))
    assert books.command(Command.APPROVE, article.key(SHOPIFY, 2))
    assert states(books, article) == [StepState.SUPERSEDED, StepState.ASKED]
    books.hear(article.reached(SHOPIFY, 2))
    assert states(books, article) == [StepState.DONE, StepState.DONE]


def test_of_those_that_wait_only_the_newest_is_asked_about() -> None:
    article, books = Article(1), Books(rules=ASKS_FIRST)
    books.hear(article.sold(1, left=2), article.sold(2, left=1))
    assert states(books, article) == [StepState.SUPERSEDED, StepState.WAITING_FOR_APPROVAL]


def test_each_of_many_sales_has_its_own_grace_and_none_puts_off_the_ones_before_it() -> None:
    """Else what sells every few minutes would never be lowered elsewhere."""
    article, books = Article(1), Books()
    books.rules = Rules(TIMING, {(TENANT, SHOPIFY): Policy(Mode.GRACE, timedelta(minutes=10))}, ())
    for n in range(1, 5):
        books.hear(article.sold(n, left=10 - n))
        books.sweep(timedelta(minutes=4))
    assert sent(books, article) == [1, 2]
    assert states(books, article)[2:] == [StepState.WAITING_FOR_APPROVAL] * 2
    assert books.command(Command.APPROVE, article.key(SHOPIFY, 4))
    assert states(books, article) == [*[StepState.SUPERSEDED] * 3, StepState.ASKED]
    books.hear(article.reached(SHOPIFY, 4))
    assert set(states(books, article)) == {StepState.DONE}


def test_a_cancelled_sale_in_its_grace_changes_nothing_there() -> None:
    article, books = Article(1), Books()
    books.rules = Rules(TIMING, {(TENANT, SHOPIFY): Policy(Mode.GRACE, timedelta(minutes=10))}, ())
    books.hear(article.sold(1))
    books.hear(article.released(1, 1))
    books.sweep(timedelta(minutes=11))
    assert sent(books, article) == [2]
    assert states(books, article) == [StepState.SUPERSEDED, StepState.ASKED]


def test_graces_that_end_under_a_pause_go_out_as_one_when_it_is_over() -> None:
    article, books = Article(1), Books()
    books.rules = Rules(TIMING, {(TENANT, SHOPIFY): Policy(Mode.GRACE, timedelta(minutes=10))}, ())
    books.hear(article.sold(1, left=2))
    books.sweep(timedelta(minutes=5))
    books.hear(article.sold(2, left=1))
    books.pause(Pause(TENANT, Scope.TENANT, "me", NOW, "Counting.", TENANT))
    books.sweep(timedelta(minutes=20))
    assert states(books, article) == [StepState.SUPERSEDED, StepState.PAUSED]
    books.pause()
    books.sweep()
    assert sent(books, article) == [2]


@pytest.mark.parametrize("late", [False, True])
def test_the_brake_stops_no_order_that_came_before_what_it_holds(late: bool) -> None:
    article, books = Article(1), Books()
    books.pause(STOPPED)
    ordered = article.sold(1, left=2)
    edit = replace(article.sold(2, left=1), order_backed=False, cause=Cause.OBSERVATION, sale_id=None)
    books.hear(*((edit, ordered) if late else (ordered, edit)))
    assert states(books, article) == [StepState.ASKED, StepState.PAUSED]
    assert sent(books, article) == [1], "in one batch, as in two"


def test_a_relist_is_not_tried_again_once_a_sale_waits_for_a_yes() -> None:
    article, books = Article(1), Books(rules=ASKS_FIRST)
    for fact in (article.released(None, 1), article.failed(SHOPIFY, 1), article.sold(1)):
        books.hear(fact)
    books.sweep(timedelta(days=1))
    assert sent(books, article) == [1]
    assert states(books, article) == [StepState.SUPERSEDED, StepState.WAITING_FOR_APPROVAL]


def test_a_relist_that_is_held_stops_the_lowering_it_takes_back() -> None:
    article, books = Article(1), Books()
    books.hear(article.sold(1))
    books.hear(article.failed(SHOPIFY, 1))
    books.pause(Pause(TENANT, Scope.TENANT, "me", NOW, "Counting.", TENANT))
    books.hear(article.released(1, 1))
    books.sweep(timedelta(days=1))
    assert sent(books, article) == [1]


def test_skipping_what_is_held_leaves_the_one_under_way_and_what_follows_it() -> None:
    article = Article(1)
    books = approved(article)
    books.rules = Rules(TIMING, {}, ())
    books.hear(article.sold(2, left=1))
    books.rules = ASKS_FIRST
    books.hear(article.sold(3))
    assert states(books, article) == [
        StepState.SUPERSEDED,
        StepState.ASKED,
        StepState.WAITING_FOR_APPROVAL,
    ]
    assert books.command(Command.SKIP, article.key(SHOPIFY, 3))
    books.hear(article.reached(SHOPIFY, 2))
    assert states(books, article) == [StepState.DONE, StepState.DONE, StepState.SKIPPED]


def test_marking_what_is_held_done_ends_the_one_under_way() -> None:
    article = Article(1)
    books = approved(article)
    books.hear(article.failed(SHOPIFY, 1, can_retry=False), article.sold(2))
    assert books.groups()[books.steps[article.key(SHOPIFY, 1)].sale_id] is Group.FAILED  # type: ignore[index]
    assert books.command(Command.MARK_DONE, article.key(SHOPIFY, 2))
    assert states(books, article) == [StepState.DONE, StepState.DONE]


# What a person has said already


def unlinked(article: Article, quantity: int = 0) -> Demand:
    """Taken down to be unlinked, or left as it was last seen."""
    demand = article.sold(99, left=quantity)
    wanted: tuple[Wanted, ...] = tuple(replace(one, sold_here=False) for one in demand.wanted)
    return replace(demand, cause=Cause.UNLINK, order_backed=False, sale_id=None, sold_at=None, wanted=wanted)


@pytest.mark.parametrize("mode", [Mode.ASK, Mode.GRACE])
def test_no_policy_asks_again_what_a_person_commanded(mode: Mode) -> None:
    article, books = Article(1), Books()
    books.rules = Rules(TIMING, {(TENANT, p): Policy(mode, timedelta(hours=1)) for p in Platform}, ())
    books.hear(unlinked(article))
    assert len(books.sent) == 3


def test_a_lowering_under_way_is_called_off_when_its_listing_is_unlinked() -> None:
    article = Article(1)
    books = approved(article)
    books.hear(unlinked(article, quantity=3))
    assert sent(books, article) == [1, 2]
    assert states(books, article) == [StepState.SUPERSEDED, StepState.ASKED]


def test_a_pause_of_the_seller_holds_a_persons_command_too() -> None:
    article, books = Article(1), Books()
    books.pause(Pause(TENANT, Scope.TENANT, "me", NOW, "Counting.", TENANT))
    books.hear(unlinked(article))
    assert books.sent == []


def test_skipping_what_its_connector_has_says_that_it_may_still_happen() -> None:
    article, books = Article(1), Books(rules=ASKS_FIRST)
    books.hear(article.sold(1))
    keys = [article.key(platform, 1) for platform in Platform]
    assert books.command(Command.SKIP, *keys)
    told = {platform: str(books.steps[article.key(platform, 1)].reason) for platform in Platform}
    assert "may still" in told[Platform.DEPOP]
    assert "may still" in told[EBAY]
    assert "may still" not in told[SHOPIFY], "nobody was asked"
    books.hear(article.reached(Platform.DEPOP, 1))
    assert books.steps[article.key(Platform.DEPOP, 1)].state is StepState.DONE
