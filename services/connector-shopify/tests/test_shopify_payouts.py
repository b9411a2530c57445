"""Payouts of Shopify Payments: each said once, as what it is, and again when it is restated."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from connector_kit.domain import Amount
from connector_shopify.wire.payments import BalanceTransaction, PayoutNode
from connector_shopify.wire.payouts import MOST_LINES, payout_facts
from kit.unit_of_work import LARGEST_FACT
from shopify_till import ACCOUNT, NOW, Json, Shopkeeper, at, keeping, money, movement
from soldwire_contracts import encode
from testkit.plugin import FreshDatabase


@pytest.fixture
async def shop(database: FreshDatabase) -> AsyncIterator[Shopkeeper]:
    async with keeping(database) as one:
        yield one


async def test_a_payout_is_said_once_with_its_fees_on_the_sales(shop: Shopkeeper) -> None:
    await shop.sold("9001", "20.00", "10.01")
    await shop.sold("9002", "5.00")
    shop.till.pay(
        77,
        "27.98",
        movement(1, "30.01", "1.03", "9001"),
        movement(2, "5.0", "0.0", "9002"),
        movement(3, "-4.5", "0.0", "9001", "REFUND"),
        movement(4, "-1.5", "0.0", None, "ADJUSTMENT"),
        movement(5, "-27.98", "0.0", None, "TRANSFER"),
    )
    shop.till.page = 2
    await shop.turn("payouts")
    (payout,) = await shop.settled()
    assert (payout.payout_id, payout.revision, str(payout.amount.amount)) == ("77", 1, "27.98")
    assert payout.paid_at == NOW - timedelta(days=2)
    assert [
        (line.transaction_id, line.kind, line.order_id, str(line.amount.amount)) for line in payout.lines
    ] == [
        ("1", "charge", "9001", "30.01"),
        ("1", "charge_fee", "9001", "-1.03"),
        ("2", "charge", "9002", "5.0"),
        ("3", "refund", "9001", "-4.5"),
        ("4", "adjustment", None, "-1.5"),
    ]
    assert await shop.fees("9001") == {
        "1": (2, [("shopify_payments", "0.69")]),
        "2": (2, [("shopify_payments", "0.34")]),
    }
    assert await shop.fees("9002") == {"1": (2, [("shopify_payments", "0.00")])}, "known to be nothing"
    said = len(await shop.said())
    await shop.read()
    assert len(await shop.said()) == said, "read again, nothing is new"
    assert await shop.error() is None
    assert timedelta(hours=5) < await shop.due_in() <= timedelta(hours=6)


async def test_only_what_the_bank_has_is_said_and_what_it_gives_back_is_taken_back(shop: Shopkeeper) -> None:
    await shop.sold("9001", "20.00")
    covered = movement(1, "20.0", "0.6", "9001")
    for status in ("SCHEDULED", "IN_TRANSIT", "A_WORD_OF_NEXT_YEAR"):
        shop.till.pay(77, "19.4", covered, status=status)
        await shop.read()
    assert await shop.settled() == []
    assert await shop.fees("9001") == {"1": (1, [])}
    shop.till.pay(77, "19.4", covered)
    await shop.read()
    shop.till.pay(77, "19.4", covered, status="FAILED")
    await shop.read()
    await shop.read()
    shop.till.pay(78, "19.4", movement(2, "19.4", kind="TRANSFER_FAILURE"), days_ago=1)
    await shop.read()
    first, back, again = await shop.settled()
    assert (first.revision, str(first.amount.amount)) == (1, "19.4")
    assert (back.payout_id, back.revision, str(back.amount.amount)) == ("77", 2, "0")
    assert [(line.kind, str(line.amount.amount)) for line in back.lines] == [
        ("charge", "20.0"),
        ("charge_fee", "-0.6"),
        ("payout_failed", "-19.4"),
    ]
    assert (again.payout_id, again.revision, str(again.amount.amount)) == ("78", 1, "19.4")
    assert await shop.fees("9001") == {"1": (2, [("shopify_payments", "0.60")])}, "the charge stands"


async def test_one_the_bank_never_took_says_its_orders_and_nothing_paid(shop: Shopkeeper) -> None:
    """Shopify pays it with a later payout, as one sum: only here are its orders and their fees told."""
    await shop.sold("9001", "20.00")
    shop.till.pay(77, "19.4", movement(1, "20.0", "0.6", "9001"), status="FAILED")
    await shop.read()
    (payout,) = await shop.settled()
    assert (payout.revision, str(payout.amount.amount)) == (1, "0")
    assert [line.kind for line in payout.lines] == ["charge", "charge_fee", "payout_failed"]
    assert await shop.fees("9001") == {"1": (2, [("shopify_payments", "0.60")])}


async def test_a_cancelled_payout_that_covers_nothing_any_more_is_said_as_nothing(shop: Shopkeeper) -> None:
    shop.till.pay(76, "0.0", status="CANCELED")
    shop.till.pay(77, "19.4", movement(1, "20.0", "0.6", "9001"))
    await shop.read()
    shop.till.pay(77, "19.4", status="CANCELED")
    await shop.read()
    said = [
        (fact.payout_id, fact.revision, str(fact.amount.amount), len(fact.lines))
        for fact in await shop.settled()
    ]
    assert said == [("77", 1, "19.4", 2), ("77", 2, "0", 0)]


async def test_a_restated_payout_is_said_again_at_a_higher_revision(shop: Shopkeeper) -> None:
    shop.till.pay(77, "19.4", movement(1, "20.0", "0.6"))
    await shop.read()
    shop.till.pay(77, "19.40", movement(1, "20.00", "0.60"))
    await shop.read()
    assert len(await shop.settled()) == 1, "written otherwise, it is the same"
    shop.till.pay(77, "19.0", movement(1, "20.0", "1.0"))
    await shop.read()
    assert [fact.revision for fact in await shop.settled()] == [1, 2]


async def test_what_does_not_add_up_is_not_said_until_it_does(shop: Shopkeeper) -> None:
    await shop.sold("9001", "20.00")
    covered = movement(1, "20.0", "0.6", "9001")
    shop.till.pay(77, "19.5", covered)
    shop.till.pay(78, "5.0", movement(2, "5.0"), days_ago=1)
    await shop.read()
    assert [fact.payout_id for fact in await shop.settled()] == ["78"], "its neighbour is"
    error = str(await shop.error())
    assert "19.5 GBP" in error
    assert "come to 19.4 GBP" in error
    shop.till.pay(
        77, "19.4", covered, movement(3, "1.0", currency="EUR"), movement(4, "-1.0", currency="EUR")
    )
    await shop.read()
    assert len(await shop.settled()) == 1, "two currencies never add up"
    shop.till.pay(77, "19.4", covered)
    await shop.read()
    assert [fact.payout_id for fact in await shop.settled()] == ["78", "77"]
    assert await shop.error() is None


async def test_killed_between_two_payouts_each_is_said_once(shop: Shopkeeper) -> None:
    """The process dies while it asks for the second one; another takes the chore when the lease has run out."""
    await shop.sold("9001", "20.00")
    await shop.sold("9002", "30.00")
    shop.till.pay(77, "19.4", movement(1, "20.0", "0.6", "9001"), days_ago=3)
    shop.till.pay(78, "29.1", movement(2, "30.0", "0.9", "9002"), days_ago=2)
    reached = asyncio.Event()

    async def hang(operation: str, variables: Json) -> None:
        if variables["query"] == "payments_transfer_id:78":
            reached.set()
            await asyncio.Event().wait()

    shop.till.before = hang
    turn = asyncio.create_task(shop.turn("payouts"))
    await asyncio.wait_for(reached.wait(), 10)
    turn.cancel()
    await asyncio.gather(turn, return_exceptions=True)
    assert [fact.payout_id for fact in await shop.settled()] == ["77"]
    shop.till.before = None
    await shop.turn("payouts")
    assert len(await shop.settled()) == 1, "the lease is another's still"
    await shop.read()
    assert [(fact.payout_id, fact.revision) for fact in await shop.settled()] == [("77", 1), ("78", 1)]
    assert await shop.fees("9001") == {"1": (2, [("shopify_payments", "0.60")])}
    assert await shop.fees("9002") == {"1": (2, [("shopify_payments", "0.90")])}


async def test_one_that_lost_its_lease_says_nothing_more(shop: Shopkeeper) -> None:
    shop.till.pay(77, "19.4", movement(1, "20.0", "0.6"), days_ago=3)
    shop.till.pay(78, "29.1", movement(2, "30.0", "0.9"), days_ago=2)

    async def taken(operation: str, variables: Json) -> None:
        if variables["query"] == "payments_transfer_id:78":
            await shop.execute("update due_chores set lease_no = lease_no + 1 where kind = 'payouts'")

    shop.till.before = taken
    await shop.turn("payouts")
    assert [fact.payout_id for fact in await shop.settled()] == ["77"]
    assert await shop.value("select lease_until is not null from due_chores where kind = 'payouts'"), (
        "it is the other's"
    )


async def test_a_payout_never_settled_is_given_up_in_the_end(shop: Shopkeeper) -> None:
    shop.till.pay(77, "19.4", movement(1, "20.0", "0.6"), days_ago=31, status="SCHEDULED")
    await shop.read()
    moved = await shop.value("select complete_up_to > now() - interval '1 minute' from payout_readings")
    assert moved


async def test_a_withdrawal_is_negative_whatever_its_sign(shop: Shopkeeper) -> None:
    back = movement(1, "-20.0", order="9001", kind="REFUND")
    for number, net in ((77, "20.0"), (78, "-20.0")):
        shop.till.pay(number, net, back, transactionType="WITHDRAWAL")
    await shop.read()
    assert [str(fact.amount.amount) for fact in await shop.settled()] == ["-20.0", "-20.0"]


async def test_payouts_of_test_transactions_are_marked(shop: Shopkeeper) -> None:
    shop.till.pay(77, "20.0", movement(1, "20.0", test=True), days_ago=3)
    shop.till.pay(78, "20.0", movement(2, "20.0"))
    await shop.read()
    assert [event.test for event in await shop.said("payout.settled")] == [True, False]


async def test_a_long_payout_is_said_in_parts_and_one_that_shrinks_takes_them_back(shop: Shopkeeper) -> None:
    many = [movement(number, "10.0", "0.3") for number in range(1_000, 1_000 + MOST_LINES)]
    shop.till.pay(77, str(Decimal("9.7") * len(many)), *many)
    await shop.read()
    first, second = await shop.settled()
    assert (first.payout_id, second.payout_id) == ("77", "77:2")
    assert [len(first.lines), len(second.lines)] == [MOST_LINES, MOST_LINES]
    assert first.amount.amount + second.amount.amount == Decimal("9.7") * MOST_LINES
    for part in (first, second):
        assert part.amount.amount == sum(line.amount.amount for line in part.lines)
    shop.till.pay(77, "9.7", many[0])
    await shop.read()
    again = {fact.payout_id: fact for fact in (await shop.settled())[2:]}
    assert {name: (f.revision, str(f.amount.amount), len(f.lines)) for name, f in again.items()} == {
        "77": (2, "9.7", 2),
        "77:2": (2, "0", 0),
    }


def test_types_nobody_knew_are_kept_by_their_own_word() -> None:
    node = BalanceTransaction.model_validate(movement(1, "1.0", kind="MOON_LANDING_CREDIT"))
    assert node.normalised().kind == "moon_landing_credit"


def test_the_longest_part_fits_an_event() -> None:
    node = PayoutNode.model_validate(
        {
            "legacyResourceId": "9" * 60,
            "status": "PAID",
            "issuedAt": at(NOW),
            "net": money("0"),
            "transactionType": "DEPOSIT",
        }
    )
    covered = [
        BalanceTransaction.model_validate(
            movement(0, f"{'-' * (number % 2)}12345678901234.123456", "0.000001", "8" * 64, "K" * 64)
            | {"id": f"{number:064}"}
        ).normalised()
        for number in range(MOST_LINES)
    ]
    total = sum((m.amount.amount - m.fee.amount for m in covered), Decimal(0))
    payout = node.normalised()
    paid = type(payout)(payout.payout_id, payout.status, Amount(total, "GBP"), payout.issued_at)
    facts = payout_facts(ACCOUNT, paid, covered)
    sizes = [len(encode(fact, id=uuid4(), source="/connector-shopify", time=NOW)) for fact in facts.values()]
    assert len(sizes) == 2
    assert max(sizes) <= LARGEST_FACT
