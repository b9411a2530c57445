"""A Shopify order through every room that judges it: told by both dialects, said on the bus, held, asked about, released."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from connector_kit.domain import Account, Change, OrderLine, change_between
from connector_kit.wire import sale_fact
from inventory.domain import Article, Outcome, QuestionKind, SaleLine
from inventory.wire import sale_line
from inventory_articles import TENANT, article, assert_adds_up
from shopify_orders import AT, Back, Item, Order, Parcel, Part, told
from soldwire_contracts.ids import listing_id, sale_id

ACCOUNT = Account(
    tenant_id=TENANT,
    account_id=UUID(int=50),
    platform="shopify",
    seller_id="1",
    name="Demo",
    address="demo.myshopify.com",
    state="connected",
    connected_at=AT - timedelta(days=9),
    credentials={},
)
TWO = Order((Item(101, 2),))
SENT = replace(TWO, parcels=(Parcel(8, {101: 2}),))


def said(line: OrderLine, revision: int = 1) -> SaleLine:
    """What inventory makes of what the connector says of a line."""
    fact = sale_fact(
        change_between(None, line) or Change.UPDATED,
        ACCOUNT,
        line,
        sale_id=sale_id(ACCOUNT.account_id, line.order_id, line.line_id),
        listing_id=listing_id(ACCOUNT.account_id, line.listing_aliases[0]),
        revision=revision,
        found_by="webhook",
        accepted_at=AT,
    )
    return sale_line(fact)


def after(*orders: Order, stock: int = 5) -> Article:
    """An article of which the first line of an order was sold, told in these states one after the other."""
    made = article(stock)
    for revision, order in enumerate(orders, start=1):
        made.sell(said(told(order)[0], revision))
        assert_adds_up(made)
    return made


def asked(made: Article, kind: QuestionKind) -> int | None:
    found = [question for (k, _), question in made.changes.questions.items() if k is kind and question]
    return found[0].units if found else None


@pytest.mark.parametrize(
    "status", ["pending", "authorized", "partially_paid", "expired", "voided", "paid", "partially_refunded"]
)
def test_an_order_holds_its_units_whatever_its_payment_says(status: str) -> None:
    made = after(replace(TWO, status=status))
    assert (made.free, made.held) == (3, 2)


@pytest.mark.parametrize("status", ["pending", "authorized", "expired", "voided"])
def test_it_releases_them_when_it_is_cancelled(status: str) -> None:
    order, back = replace(TWO, status=status), Back(7, None, (Part(101, 2, "cancel"),))
    gone = replace(order, items=(Item(101, 2, current=0),), status="voided", cancelled=True, refunds=(back,))
    made = after(order, gone)
    assert (made.free, made.held, asked(made, QuestionKind.NOT_RESTOCKED)) == (5, 0, None)


@pytest.mark.parametrize("status", ["pending", "authorized", "expired", "voided"])
def test_one_cancelled_without_restocking_is_asked_about_paid_or_not(status: str) -> None:
    """It took its units when it was made: left out of what is for sale, they are put back by nobody but the seller."""
    order = replace(TWO, status=status)
    made = after(order, replace(order, status="voided", cancelled=True))
    assert (made.free, made.held, asked(made, QuestionKind.NOT_RESTOCKED)) == (3, 2, 2)


@pytest.mark.parametrize(
    ("first", "second"), [("pending", "paid"), ("authorized", "paid"), ("expired", "paid")]
)
def test_of_two_that_race_for_the_last_unit_the_paid_one_has_it(first: str, second: str) -> None:
    made = article(2)
    made.sell(said(told(replace(TWO, status=first))[0]))
    other = replace(said(told(replace(TWO, status=second))[0]), sale_id=UUID(int=77))
    made.sell(other)
    outcomes = {hold.line.paid: hold.outcome for hold in made.holds.values()}
    assert outcomes == {True: Outcome.HELD, False: Outcome.CONTENDED}


def test_an_edit_before_payment_holds_what_is_left_of_the_order() -> None:
    pending = replace(TWO, status="pending")
    raised = replace(pending, items=(Item(101, 4),))
    lowered = replace(pending, items=(Item(101, 4, current=1),))
    assert [
        after(*orders).held for orders in ((pending,), (pending, raised), (pending, raised, lowered))
    ] == [2, 4, 1]
    gone = replace(pending, items=(Item(101, 4, current=0),))
    assert after(pending, raised, gone).free == 5


def test_a_line_that_an_edit_adds_is_a_sale_of_its_own() -> None:
    _, added = told(replace(TWO, items=(Item(101, 2), Item(102))))
    made = after(TWO)
    made.sell(said(added))
    assert (made.held, len(made.holds)) == (3, 2)


@pytest.mark.parametrize(
    ("restock", "free", "question"), [("return", 4, None), ("no_restock", 3, 1), ("legacy_restock", 4, None)]
)
def test_a_return_that_the_shop_has_restocked_is_answered_by_that(
    restock: str, free: int, question: int | None
) -> None:
    back = replace(
        SENT,
        items=(Item(101, 2, current=1),),
        status="partially_refunded",
        refunds=(Back(7, "10.00", (Part(101, 1, restock),)),),
    )
    made = after(TWO, SENT, back)
    assert (made.free, asked(made, QuestionKind.REFUNDED)) == (free, question)


def test_a_return_without_money_is_back_as_well() -> None:
    exchanged = replace(
        SENT, items=(Item(101, 2, current=1),), refunds=(Back(7, None, (Part(101, 1, "return"),)),)
    )
    assert after(TWO, SENT, exchanged).free == 4


def test_goodwill_asks_nothing() -> None:
    made = after(TWO, SENT, replace(SENT, status="partially_refunded", refunds=(Back(7, "3.00"),)))
    assert (made.free, asked(made, QuestionKind.REFUNDED)) == (3, None)


def test_of_units_cancelled_and_returned_each_is_counted_once() -> None:
    """One of three edited out and put back, one of the two sent came back, then the other was refunded and kept: that one
    is asked about.
    """
    three = Order((Item(101, 3),))
    cancel, back = Back(7, None, (Part(101, 1, "cancel"),)), Back(8, "10.00", (Part(101, 1, "return"),))
    edited = replace(three, items=(Item(101, 3, current=2),), refunds=(cancel,))
    sent = replace(edited, parcels=(Parcel(8, {101: 2}),))
    returned = replace(sent, items=(Item(101, 3, current=1),), refunds=(cancel, back))
    kept = replace(
        sent,
        items=(Item(101, 3, current=0),),
        refunds=(cancel, back, Back(9, "10.00", (Part(101, 1, "no_restock"),))),
    )
    frees = [after(*orders).free for orders in ((three,), (three, edited), (three, edited, sent, returned))]
    assert frees == [2, 3, 4]
    made = after(three, edited, sent, returned, kept)
    assert (made.free, asked(made, QuestionKind.REFUNDED), asked(made, QuestionKind.NOT_RESTOCKED)) == (
        4,
        1,
        None,
    )


def test_of_an_unsent_line_each_refund_puts_back_its_own_units() -> None:
    """One of two cancelled units put back, the other not: that one alone is asked about."""
    put_back, left_out = (
        Back(7, None, (Part(101, 1, "cancel"),)),
        Back(8, None, (Part(101, 1, "no_restock"),)),
    )
    first = replace(TWO, items=(Item(101, 2, current=1),), refunds=(put_back,))
    both = replace(TWO, items=(Item(101, 2, current=0),), refunds=(put_back, left_out))
    made = after(TWO, first, both)
    assert (made.free, asked(made, QuestionKind.NOT_RESTOCKED)) == (4, 1)


@pytest.mark.parametrize(("restock", "free", "question"), [("cancel", 5, None), ("no_restock", 3, 2)])
def test_a_cancelled_order_that_was_not_restocked_is_asked_about(
    restock: str, free: int, question: int | None
) -> None:
    back = Back(7, "20.00", (Part(101, 2, restock, "20.00"),))
    gone = replace(TWO, items=(Item(101, 2, current=0),), status="refunded", cancelled=True, refunds=(back,))
    made = after(TWO, gone)
    assert (made.free, asked(made, QuestionKind.NOT_RESTOCKED)) == (free, question)
