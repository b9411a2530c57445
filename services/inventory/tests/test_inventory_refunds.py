"""A refund asks whether the unit is back: what counts as given back, what the answers do, and that it asks once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from inventory import wire
from inventory.domain import Answer, Article, Changed, QuestionKind, Restock
from inventory_articles import T0, article, assert_adds_up, held, line, master_shows
from inventory_shop import SOLD, SYNCED, Shop, Stack, cancelled, later, list_everywhere
from soldwire_contracts import values
from soldwire_contracts.sales import Refund, SaleCancelled, SaleDetected, SaleRefunded
from soldwire_contracts.stock import StockChanged
from soldwire_contracts.values import Money, Payment, Platform, StockCause

BACK: dict[str, Any] = {"given_back": 1, "given_back_at": T0 + timedelta(hours=1)}


def refund(amount: str, quantity: int = 0, number: int = 1) -> Refund:
    return Refund(
        refund_id=str(number),
        amount=Money(amount=Decimal(amount), currency="GBP"),
        quantity=quantity,
        at=SOLD + timedelta(days=number),
    )


@pytest.mark.parametrize(
    ("changes", "units"),
    [
        ({}, 0),
        ({"refunds": (refund("3.00", 1),)}, 1),
        ({"refunds": (refund("3.00", 1), refund("6.00", 2, 2))}, 3),
        ({"refunds": (refund("3.00", 9),)}, 3),
        ({"refunds": (refund("6.00", 2),), "cancelled_quantity": 1}, 1),
        ({"refunds": (refund("3.00", 1),), "cancelled_quantity": 1}, 0),
        ({"refunds": (refund("3.00"),)}, 0),
        ({"refunds": (refund("10.00"),)}, 3),
        ({"refunds": (refund("4.00"), refund("7.00", 0, 2))}, 3),
        ({"refunds": (refund("10.00"),), "cancelled_quantity": 2}, 1),
        ({"refunds": (refund("10.00"),), "cancelled_quantity": 3}, 0),
        ({"payment": Payment.REFUNDED}, 3),
        ({"payment": Payment.REFUNDED, "price": values.Money(amount=Decimal(0), currency="GBP")}, 3),
    ],
)
def test_units_given_back(changes: dict[str, Any], units: int) -> None:
    fact = Shop().sale(quantity=3).model_copy(update=changes)
    assert wire.sale_line(fact).given_back == units


R, N, U = values.Restock.RESTOCKED, values.Restock.NOT_RESTOCKED, values.Restock.UNKNOWN


def worded(*words: values.Restock | None) -> tuple[Refund, ...]:
    """A refund of one unit for each word."""
    return tuple(
        refund("1.00", 1, number).model_copy(update={"restock": word})
        for number, word in enumerate(words, start=1)
    )


@pytest.mark.parametrize(
    ("cancelled", "restock", "words", "kept_out", "put_back"),
    [
        (0, U, (R, N), 0, 1),
        (0, U, (N, N), 0, 0),
        (0, R, (R, R), 0, 2),
        (0, U, (R, U), 0, 1),
        (1, U, (R, N), 0, 0),
        (1, N, (R, N), 1, 1),
        (2, N, (R, N), 1, 0),
        (2, N, (N, N), 2, 0),
        (3, N, (R, N), 2, 0),
        (2, N, (R, R, N), 1, 1),
        (1, R, (R, R), 0, 1),
        (0, U, (R, None), 0, 0),
        (0, R, (None, None), 0, 2),
        (2, N, (None, N), 2, 0),
        (2, N, (), 2, 0),
    ],
)
def test_each_refund_has_a_word_for_its_own_units(
    cancelled: int,
    restock: values.Restock,
    words: tuple[values.Restock | None, ...],
    kept_out: int,
    put_back: int,
) -> None:
    """Where one has none, as in events of before, the line's word speaks of all."""
    changes = {"cancelled_quantity": cancelled, "restock": restock, "refunds": worded(*words)}
    found = wire.sale_line(Shop().sale(quantity=4).model_copy(update=changes))
    assert (found.kept_out, found.put_back) == (kept_out, put_back)


def refunded_article(quantity: int = 2, **changes: Any) -> Article:
    """One of the article's units sold, sent, and refunded."""
    made = article(quantity)
    made.sell(line())
    made.sell(line(revision=2, shipped=True, **{**BACK, **changes}))
    return made


def asked(made: Article) -> int | None:
    question = made.changes.questions.get((QuestionKind.REFUNDED, line().sale_id))
    return question.units if question else None


def answer(made: Article, given: Answer) -> None:
    question = made.changes.questions[QuestionKind.REFUNDED, line().sale_id]
    assert question is not None
    made.answer(question, given, T0)


def test_a_refunded_unit_stays_held_and_is_asked_about() -> None:
    made = refunded_article()
    assert (asked(made), made.free, held(made)) == (1, 1, [1])
    assert [fact for fact in made.changes.take_facts() if isinstance(fact, Changed)] == []


@pytest.mark.parametrize(("given", "free"), [(Answer.RESTOCK, 2), (Answer.DONT_RESTOCK, 1)])
def test_the_answer_puts_it_back_or_writes_it_off(given: Answer, free: int) -> None:
    made = refunded_article()
    made.changes.take_facts()
    answer(made, given)
    assert (made.free, held(made), asked(made)) == (free, [0], None)
    facts = [fact for fact in made.changes.take_facts() if isinstance(fact, Changed)]
    assert [{(t.quantity, t.may_raise) for t in fact.targets} for fact in facts] == [{(2, True)}] * (free - 1)
    assert_adds_up(made)
    made.sell(line(revision=3, shipped=True, paid=True, **BACK))
    assert (made.free, asked(made)) == (free, None), "asked once"


def test_a_larger_refund_asks_for_the_difference() -> None:
    made = article(5)
    made.sell(line(quantity=3))
    made.sell(line(revision=2, quantity=3, **BACK))
    answer(made, Answer.RESTOCK)
    made.sell(line(revision=3, quantity=3, given_back=3, given_back_at=T0 + timedelta(hours=2)))
    assert (asked(made), made.free, held(made)) == (2, 3, [2])
    answer(made, Answer.DONT_RESTOCK)
    assert (asked(made), made.free, held(made)) == (None, 3, [0])
    assert_adds_up(made)


def test_the_order_of_its_events_does_not_matter() -> None:
    states = [
        line(quantity=3),
        line(revision=2, quantity=3, **BACK),
        line(revision=3, quantity=3, cancelled=1, restock=Restock.NOT_RESTOCKED, **BACK),
        line(revision=4, quantity=3, cancelled=1, restock=Restock.NOT_RESTOCKED, given_back=2),
    ]
    ends = set()
    for order in permutations(states):
        made = article(5)
        for state in order:
            made.sell(state)
        ends.add((made.free, made.held, made.short, asked(made)))
    assert ends == {(2, 3, 0, 2)}


def test_a_marketplace_that_says_it_restocked_the_unit_has_answered() -> None:
    made = refunded_article(restock=Restock.RESTOCKED)
    assert (asked(made), made.free, held(made)) == (None, 2, [0])
    released = [fact for fact in made.changes.take_facts() if isinstance(fact, Changed)]
    assert [(t.quantity, t.may_raise) for t in released[-1].targets] == [(2, True)] * 2


def test_one_put_back_and_one_kept_are_told_apart_in_any_order() -> None:
    sold: dict[str, Any] = {"quantity": 2, "shipped": True}
    states = [
        line(**sold),
        line(revision=2, **sold, **BACK, restock=Restock.RESTOCKED, restocked=1),
        line(revision=3, **sold, given_back=2, given_back_at=T0 + timedelta(hours=2), restocked=1),
    ]
    for order in permutations(states):
        made = article(5)
        for state in order:
            made.sell(state)
        assert (asked(made), made.free, held(made)) == (1, 4, [1])
        answer(made, Answer.DONT_RESTOCK)
        assert (asked(made), made.free, held(made)) == (None, 4, [0])
        assert_adds_up(made)


def test_what_was_answered_of_one_refund_is_not_asked_again_when_another_is_put_back() -> None:
    sold: dict[str, Any] = {"quantity": 3, "shipped": True}
    made = article(5)
    made.sell(line(**sold, **BACK, restocked=0))
    answer(made, Answer.DONT_RESTOCK)
    assert (made.free, held(made)) == (2, [2])
    made.changes.questions.clear()
    made.sell(line(revision=2, **sold, given_back=2, restocked=1, given_back_at=T0 + timedelta(hours=2)))
    assert (asked(made), made.free, held(made)) == (None, 3, [1])
    assert_adds_up(made)


def test_a_restocked_return_that_the_stock_master_showed_first_is_counted_once() -> None:
    made = article(None)
    master_shows(made, 3, T0)
    made.sell(line(sold_at=T0 + timedelta(minutes=1)))
    master_shows(made, 2, T0 + timedelta(minutes=2))
    master_shows(made, 3, T0 + timedelta(hours=2))
    sold: dict[str, Any] = {"sold_at": T0 + timedelta(minutes=1), "restock": Restock.RESTOCKED}
    made.sell(line(revision=2, **sold, **BACK))
    assert (made.free, held(made)) == (3, [0])
    assert_adds_up(made)


def test_a_refund_that_turns_out_to_be_a_cancellation_asks_no_more_and_releases_once() -> None:
    made = article(5)
    made.sell(line(quantity=2))
    made.sell(line(revision=2, quantity=2, **BACK))
    answer(made, Answer.RESTOCK)
    assert (made.free, held(made)) == (4, [1])
    made.sell(line(revision=3, quantity=2, cancelled=1, restock=Restock.RESTOCKED))
    assert (made.free, held(made), asked(made)) == (4, [1], None)
    made.sell(line(revision=4, quantity=2, cancelled=2, restock=Restock.RESTOCKED))
    assert (made.free, held(made)) == (5, [0])
    assert_adds_up(made)


def test_what_was_written_off_is_not_asked_about_again_when_it_is_cancelled_without_a_return() -> None:
    made = refunded_article()
    answer(made, Answer.DONT_RESTOCK)
    made.changes.questions.clear()
    made.sell(line(revision=3, cancelled=1, restock=Restock.NOT_RESTOCKED))
    assert (made.free, held(made), made.short) == (1, [0], 0)
    assert not any(made.changes.questions.values())


def test_a_refunded_unit_waits_for_its_answer_before_another_sale_gets_it() -> None:
    made = article(1)
    made.sell(line(1))
    made.sell(line(1, revision=2, shipped=True, **BACK))
    made.sell(line(2))
    assert held(made) == [1, 0]
    answer(made, Answer.RESTOCK)
    assert (held(made), made.free, made.short) == ([0, 1], 0, 0)


def test_a_count_settles_the_refund_of_a_sale_that_never_got_its_unit() -> None:
    made = article(1)
    made.sell(line(1))
    made.sell(line(2))
    made.sell(line(2, revision=2, **BACK))
    made.count(3, T0)
    assert (held(made), made.free, made.short) == ([1, 0], 3, 0)
    assert not made.changes.questions.get((QuestionKind.REFUNDED, line(2).sale_id))


def test_history_and_removed_sales_ask_nothing() -> None:
    made = article(2)
    made.sell(line(1, account_connected_at=T0 + timedelta(days=1), **BACK))
    made.sell(line(2, **BACK), removed=True)
    assert not any(made.changes.questions.values())


async def refund_of(stack: Stack, sale: SaleDetected, revision: int = 2, **changes: object) -> None:
    changed = {"payment": Payment.REFUNDED, "refunds": (refund("10.00"),), **changes}
    await stack.sales(later(sale, SaleRefunded, revision, **changed))


@pytest.mark.bus
@pytest.mark.parametrize(("answer", "free"), [("restock", 1), ("dont_restock", 0)])
async def test_a_refund_is_answered(stack: Stack, shop: Shop, answer: str, free: int) -> None:
    await list_everywhere(stack, shop)
    sale = shop.sale(shipped=True)
    await stack.sales(sale)
    await refund_of(stack, sale)
    async with stack.http() as client:
        (one,) = (await client.get("/v1/questions")).json()["items"]
        assert (one["kind"], one["subject"], one["units"]) == ("refunded", str(sale.sale_id), 1)
        wrong = await client.post(f"/v1/questions/{one['id']}/answer", json={"answer": "put_back"})
        assert (wrong.status_code, wrong.json()["code"]) == (422, "wrong_answer")
        done = await client.post(f"/v1/questions/{one['id']}/answer", json={"answer": answer})
        assert (done.json()["quantity"], done.json()["held"]) == (free, 0)
        again = await client.post(f"/v1/questions/{one['id']}/answer", json={"answer": answer})
        assert again.json()["code"] == "already_answered"
        await refund_of(stack, sale, 3)
        assert (await client.get("/v1/questions")).json()["items"] == []
    released = [f for f in await stack.said(StockChanged) if f.cause is StockCause.RELEASED]
    assert [{(t.quantity, t.may_raise) for t in f.targets} for f in released] == [{(1, True)}] * free
    rows = await stack.rows(
        "select units, note from stock_journal where sale_id = :s order by id", s=sale.sale_id
    )
    written_off = [] if free else [(-1, "not restocked")]
    assert [tuple(row) for row in rows] == [(-1, None), (1, None), *written_off]
    assert await stack.one("select bool_or(user_id is not null) from stock_journal") is True
    assert await stack.broken_invariants() == []


@pytest.mark.bus
async def test_a_refund_that_comes_before_its_sale_asks_the_same(stack: Stack, shop: Shop) -> None:
    await list_everywhere(stack, shop)
    sale = shop.sale(shipped=True)
    await refund_of(stack, sale)
    await stack.sales(sale)
    assert await stack.rows("select kind, units from questions where answered_at is null") != []
    assert await stack.free() == 0
    await stack.sales(cancelled(sale, SaleCancelled, 3))
    assert await stack.free() == 1
    assert await stack.rows("select 1 from questions where answered_at is null") == []
    assert await stack.broken_invariants() == []


@pytest.mark.bus
async def test_a_unit_that_the_marketplace_has_counted_back_is_not_added_twice(
    stack: Stack, shop: Shop
) -> None:
    await stack.listings(shop.seen(quantity=3, master=True, at=SYNCED))
    sale = shop.sale(Platform.SHOPIFY, shipped=True)
    await stack.sales(sale)
    await refund_of(stack, sale)
    back = shop.seen(quantity=3, revision=2, master=True, settled=1, at=SOLD + timedelta(days=2))
    await stack.listings(back)
    assert await stack.free() == 3
    async with stack.http() as client:
        (one,) = (await client.get("/v1/questions")).json()["items"]
        refused = await client.post(f"/v1/questions/{one['id']}/answer", json={"answer": "restock"})
        assert (refused.status_code, refused.json()["code"]) == (409, "counted_already")
        done = await client.post(f"/v1/questions/{one['id']}/answer", json={"answer": "dont_restock"})
        assert (done.json()["quantity"], done.json()["held"]) == (3, 0)
    assert await stack.broken_invariants() == []


def test_an_answer_of_before_refunds_had_words_answers_for_none_that_come_later() -> None:
    """One of two was back and one was not, as a person said; the third is neither told to be back nor asked about yet."""
    made = article(3)
    made.sell(line(quantity=3))
    two, back = {"given_back": 2, "given_back_at": BACK["given_back_at"]}, {"shipped": True, "quantity": 3}
    made.sell(line(revision=2, **back, **two))
    answer(made, Answer.DONT_RESTOCK)
    made.changes.questions.clear()
    made.sell(line(revision=3, restocked=1, **back, **{**two, "given_back": 3}))
    assert (asked(made), made.free) == (1, 0)
    assert_adds_up(made)
