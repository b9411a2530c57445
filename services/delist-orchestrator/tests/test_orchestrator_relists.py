"""What was taken down goes back for sale, and what happens meanwhile: another sale, a person's word, any order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from uuid import UUID

import pytest
from delist_orchestrator.domain import (
    Command,
    Delist,
    Demand,
    Group,
    Mode,
    Outcome,
    Pause,
    Platform,
    Policy,
    Reached,
    Result,
    Rules,
    Scope,
    Step,
    StepState,
)
from hypothesis import given
from hypothesis import strategies as st
from orchestrator_history import NOW, TENANT, TIMING, Article, Books

EBAY, SHOPIFY, DEPOP = Platform.EBAY, Platform.SHOPIFY, Platform.DEPOP


def states(books: Books, article: Article, platform: Platform = SHOPIFY) -> list[StepState]:
    """Of each version of a listing."""
    return [step.state for step in books.of_listing(article.listing(platform))]


def test_a_cancelled_sale_puts_back_what_was_taken_down() -> None:
    article, books = Article(1), Books()
    books.hear(article.sold(1))
    books.hear(*(article.reached(p, 1) for p in Platform))
    books.hear(article.released(1, 1))
    assert [(s.version, s.may_raise) for s in books.sent[3:]] == [(2, True)] * 3
    books.hear(*(article.reached(p, 2, 60) for p in Platform))
    assert books.groups() == {UUID(int=1): Group.DONE}
    assert states(books, article) == [StepState.DONE, StepState.DONE]


def test_a_sale_while_the_relist_is_asked_ends_with_the_listing_down_and_no_raise_sent_after() -> None:
    article, books = Article(1), Books()
    books.hear(article.sold(1))
    books.hear(*(article.reached(p, 1) for p in Platform))
    books.hear(article.released(1, 1))
    books.hear(article.sold(2, on=SHOPIFY))
    raised = len(books.sent)
    books.hear(*(article.failed(p, 2) for p in Platform), *(article.reached(p, 3, 9) for p in Platform))
    books.sweep(timedelta(days=1))
    assert len(books.sent) == raised, "the relist is over: it is not tried again"
    assert [s.version for s in books.sent if s.listing_id == article.listing(EBAY)] == [1, 2, 3]
    assert books.newest()[article.listing(EBAY)].target_quantity == 0
    assert {s.state for s in books.newest().values()} == {StepState.DONE}
    assert set(books.groups().values()) == {Group.DONE}


@pytest.mark.parametrize("held", ["paused", "failed"])
def test_a_relist_that_waits_is_never_sent_once_a_sale_has_come(held: str) -> None:
    article, books = Article(1), Books()
    books.hear(article.sold(1), *(article.reached(p, 1) for p in Platform))
    pause = Pause(UUID(int=5), Scope.TENANT, "me", NOW, "Stock-taking.", tenant_id=TENANT)
    books.pause(*([pause] if held == "paused" else []))
    books.hear(article.released(1, 1))
    if held == "failed":
        books.hear(*(article.failed(p, 2) for p in Platform))
    before = len(books.sent)
    books.hear(article.sold(2))
    books.pause()
    books.sweep(timedelta(days=1))
    assert {s.version for s in books.sent[before:]} == {3}


def _two_sales_and_a_relist() -> tuple[Article, list[Demand | Result]]:
    article = Article(1)
    facts: list[Demand | Result] = [
        article.sold(1),
        article.released(1, 1),
        article.sold(2, on=SHOPIFY),
        article.reached(EBAY, 1, 2),
        article.reached(EBAY, 2, 5),
        article.reached(EBAY, 3, 9),
    ]
    return article, facts


def test_two_sales_and_the_relist_between_end_the_same_in_any_order() -> None:
    article, facts = _two_sales_and_a_relist()
    for order in permutations(facts):
        books = Books()
        for fact in order:
            books.hear(fact)
            sent = [s.version for s in books.sent if s.listing_id == article.listing(EBAY)]
            assert sent == sorted(sent), "a raise is never sent after the sale that came after it"
        newest = books.newest()[article.listing(EBAY)]
        assert (newest.state, newest.target_quantity) == (StepState.DONE, 0)
        assert not books.early


@pytest.mark.parametrize(
    ("by_hand", "kept"), [(Command.SKIP, StepState.SKIPPED), (Command.MARK_DONE, StepState.DONE)]
)
def test_a_relist_after_a_persons_word_is_asked_and_leaves_that_word(
    by_hand: Command, kept: StepState
) -> None:
    article, books = Article(1), Books()
    books.hear(article.sold(1))
    assert books.command(by_hand, *(article.key(p, 1) for p in Platform))
    books.hear(article.released(1, 1))
    assert {s.version for s in books.sent[3:]} == {2}
    assert states(books, article) == [kept, StepState.ASKED]
    relist = replace(article.failed(SHOPIFY, 2, can_retry=False), code="listing_ended")
    books.hear(relist, *(article.reached(p, 2, 60) for p in (EBAY, DEPOP)))
    assert states(books, article) == [kept, StepState.FAILED], "its seller ended it: a person puts it back"
    assert books.groups()[UUID(int=1)] is Group.FAILED
    assert books.command(Command.MARK_DONE, article.key(SHOPIFY, 2))
    assert books.groups()[UUID(int=1)] is Group.DONE


def test_a_late_raise_ends_what_followed_a_sale_that_came_before_it() -> None:
    """Two sales, between them a release that is heard last: the first sale's step is over, as it is in order."""
    article, books = Article(1), Books()
    first, release, second = article.sold(1, left=1), article.released(1, 2), article.sold(2)
    books.hear(first)
    books.hear(second)
    assert books.steps[article.key(SHOPIFY, 1)].follows
    books.hear(release)
    assert not books.steps[article.key(SHOPIFY, 1)].follows
    in_order = Books()
    for fact in (first, release, second):
        in_order.hear(fact)
    assert books.groups() == in_order.groups()


def test_a_target_older_than_one_that_was_reached_is_not_asked_behind_a_proposal() -> None:
    article, books = Article(1), Books()
    first, second = article.sold(1, left=1), article.sold(2)
    books.hear(second, *(article.reached(p, 2) for p in Platform))
    books.hear(article.sold(3, history=True))
    before = len(books.sent)
    books.hear(first)
    assert len(books.sent) == before
    assert states(books, article)[0] is StepState.DONE


# A person's word and the marketplace's


def marked(article: Article, books: Books) -> Step:
    books.hear(article.sold(1))
    books.now += timedelta(seconds=60)
    assert books.command(Command.MARK_DONE, article.key(SHOPIFY, 1))
    return books.steps[article.key(SHOPIFY, 1)]


def test_what_is_marked_done_has_no_evidence() -> None:
    step = marked(Article(1), Books())
    assert (step.state, step.applied_at) == (StepState.DONE, NOW + timedelta(seconds=60))
    assert (step.verified_at, step.read_quantity, step.read_buyable) == (None, None, None)


def test_what_followed_a_persons_word_was_read_by_nobody_either() -> None:
    article, books = Article(1), Books()
    books.hear(article.sold(1, left=1))
    books.hear(article.sold(2))
    books.command(Command.MARK_DONE, article.key(SHOPIFY, 2))
    older = books.steps[article.key(SHOPIFY, 1)]
    assert (older.state, older.verified_at) == (StepState.DONE, None)
    assert older.reason == books.steps[article.key(SHOPIFY, 2)].reason


@pytest.mark.parametrize(
    ("called", "read_after", "since"),
    [
        (None, 300, 60),  # found down later: the person's time stands
        (None, 30, 30),  # found down before the person said so
        (40, 40, 40),  # Soldwire's own call did it, before the person said so
        (290, 300, 300),  # it was for sale until Soldwire's own call, whatever the person said
    ],
)
def test_a_read_back_after_a_persons_word_says_since_when(
    called: int | None, read_after: int, since: int
) -> None:
    article, books = Article(1), Books()
    marked(article, books)
    at = NOW + timedelta(seconds=read_after)
    call = None if called is None else NOW + timedelta(seconds=called)
    books.hear(replace(article.reached(SHOPIFY, 1), applied_at=at, verified_at=at, called_at=call))
    step = books.steps[article.key(SHOPIFY, 1)]
    assert step.state is StepState.DONE
    assert step.applied_at == NOW + timedelta(seconds=since)
    assert (step.verified_at, step.read_quantity, step.read_buyable) == (at, 0, False)
    assert step.reason, "whose word it was first stays"


def test_a_failure_after_a_persons_word_changes_nothing() -> None:
    article, books = Article(1), Books()
    before = marked(article, books)
    books.hear(article.failed(SHOPIFY, 1))
    assert books.steps[article.key(SHOPIFY, 1)] == before


@given(st.permutations([1, 2, 3]))
def test_the_earliest_time_a_listing_was_down_counts_whichever_word_comes_first(order: list[int]) -> None:
    article, books = Article(1), Books()
    books.hear(article.sold(1, left=2))
    books.hear(article.sold(2, left=1))
    books.hear(article.sold(3))
    for version in order:
        books.hear(article.reached(SHOPIFY, version, after=10.0 * version))
    at = {s.version: s.applied_at for s in books.of_listing(article.listing(SHOPIFY))}
    assert at[3] == NOW + timedelta(seconds=30)
    assert at[1] == NOW + timedelta(seconds=10)


def test_a_read_back_that_comes_again_changes_nothing() -> None:
    article, books = Article(1), Books()
    books.hear(article.sold(1), article.reached(SHOPIFY, 1))
    before = books.steps[article.key(SHOPIFY, 1)]
    books.hear(article.reached(SHOPIFY, 1), article.reached(SHOPIFY, 1, after=50))
    assert books.steps[article.key(SHOPIFY, 1)] == before


# What a seller reads


def test_a_failure_that_is_dealt_with_stands_no_more() -> None:
    article = Article(1)
    for command, sale in ((Command.SKIP, None), (Command.MARK_DONE, None), (Command.RETRY, None), (None, 2)):
        books = Books()
        books.hear(Article(1).sold(1), article.failed(SHOPIFY, 1))
        failed = books.steps[article.key(SHOPIFY, 1)]
        assert (failed.code, failed.link) == ("refused", "https://example.com/listing")
        if command is not None:
            books.command(command, failed.key)
        if sale is not None:
            newer = Article(1, dict.fromkeys(Platform, 1))
            books.hear(newer.sold(sale))
        after = books.steps[failed.key]
        assert (after.code, after.link, after.can_retry) == (None, None, False)


def test_what_is_late_says_so_and_what_to_do() -> None:
    article, books = Article(1), Books()
    books.hear(article.sold(1))
    books.sweep(timedelta(minutes=20))
    assert all(step.overdue for step in books.steps.values())
    assert "mark it done" in str(books.steps[article.key(SHOPIFY, 1)].reason)
    assert "browser" in str(books.steps[article.key(DEPOP, 1)].reason)


@pytest.mark.parametrize("mode", list(Mode))
def test_a_step_remembers_whether_it_waited_for_the_seller(mode: Mode) -> None:
    article, books = Article(1), Books()
    policy = Policy(mode, timedelta(minutes=1))
    books.rules = Rules(TIMING, {(TENANT, SHOPIFY): policy}, ())
    books.hear(article.sold(1))
    books.command(Command.APPROVE, article.key(SHOPIFY, 1))
    books.hear(*(article.reached(p, 1) for p in Platform))
    waited = {s.platform: s.waited for s in books.newest().values()}
    assert waited == {SHOPIFY: mode is not Mode.AT_ONCE, EBAY: False, DEPOP: False}


# Inventory's words on one sale


def delist(stock_revision: int, article: int, outcome: Outcome = Outcome.HELD) -> Delist:
    return Delist(
        sale_id=UUID(int=1),
        tenant_id=TENANT,
        article_id=UUID(int=article),
        account_id=UUID(int=9),
        platform="ebay",
        title="Red jumper",
        sku="SKU-1",
        outcome=outcome,
        sold_at=NOW,
        reserved_at=NOW,
        created_at=NOW,
        stock_revision=stock_revision,
    )


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_highest_of_inventorys_words_on_a_sale_counts_in_any_order(order: tuple[int, ...]) -> None:
    words = [delist(4, 1, Outcome.CONTENDED), delist(5, 1), delist(9, 2)]
    first, *others = [words[n] for n in order]
    known = replace(first, revision=7)
    for word in others:
        known = known.retold(word)
    assert (known.article_id, known.outcome, known.stock_revision) == (UUID(int=2), Outcome.HELD, 9)
    assert known.revision == 7


def test_reached_is_what_is_known_of_a_done_step_only() -> None:
    article, books = Article(1), Books()
    books.hear(article.sold(1))
    assert books.steps[article.key(SHOPIFY, 1)].reached is None
    books.hear(article.reached(SHOPIFY, 1))
    at = NOW + timedelta(seconds=2)
    assert books.steps[article.key(SHOPIFY, 1)].reached == Reached(at, at, at, 0, False)
