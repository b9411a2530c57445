"""How payouts are read: permissions, pages, odd answers, shops that left."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from connector_kit.budget import Budgets
from connector_kit.errors import Action, CallFailed
from connector_shopify.client import Admin, Bucket, Limits, Payments
from connector_shopify.jobs.payouts import NO_SCOPE
from connector_shopify.wire.scopes import ASKED, PAYOUTS_SCOPE
from shopify_till import ACCOUNT, NOW, Shopkeeper, at, keeping, money, movement
from testkit.plugin import FreshDatabase


@pytest.fixture
async def shop(database: FreshDatabase) -> AsyncIterator[Shopkeeper]:
    async with keeping(database) as one:
        yield one


async def test_a_missing_permission_is_said_looked_at_daily_and_ends_when_given(shop: Shopkeeper) -> None:
    shop.till.denied = True
    shop.till.pay(77, "19.4", movement(1, "20.0", "0.6"))
    await shop.read()
    assert (await shop.settled(), await shop.error()) == ([], NO_SCOPE)
    assert timedelta(hours=23) < await shop.due_in() <= timedelta(days=1)
    shop.till.denied = False
    await shop.read()
    assert [fact.payout_id for fact in await shop.settled()] == ["77"]
    assert await shop.error() is None
    assert await shop.due_in() <= timedelta(hours=6)


async def test_a_permission_that_comes_back_has_payouts_read_at_once(shop: Shopkeeper) -> None:
    """Not a day later, when they would have been looked at again; and one that was there all along changes nothing."""
    without = frozenset(ASKED) - {PAYOUTS_SCOPE}
    shop.till.denied = True
    shop.till.pay(77, "19.4", movement(1, "20.0", "0.6"))
    await shop.granted(without)
    await shop.read()
    assert await shop.error() == NO_SCOPE
    await shop.granted(without)
    await shop.turn("payouts")
    assert await shop.due_in() > timedelta(hours=23)
    shop.till.denied = False
    await shop.granted(ASKED)
    await shop.turn("payouts")
    assert [fact.payout_id for fact in await shop.settled()] == ["77"]
    assert await shop.error() is None
    await shop.granted(ASKED)
    assert await shop.due_in() > timedelta(hours=5)


async def test_an_account_that_works_again_has_its_payouts_read_at_once(shop: Shopkeeper) -> None:
    await shop.granted(frozenset(ASKED) - {"read_orders"})
    await shop.read()
    assert (shop.till.asked, await shop.due_in() > timedelta(hours=23)) == ([], True)
    await shop.granted(ASKED)
    await shop.turn("payouts")
    assert shop.till.asked != []


async def test_a_shop_without_shopify_payments_has_no_payouts_and_no_error(shop: Shopkeeper) -> None:
    shop.till.absent = True
    await shop.turn("payouts")
    assert (await shop.settled(), await shop.error()) == ([], None)
    assert timedelta(hours=5) < await shop.due_in() <= timedelta(hours=6)


async def test_a_page_that_comes_twice_counts_once_and_one_that_leads_to_itself_ends(
    shop: Shopkeeper,
) -> None:
    covered = [movement(number, "10.0", "0.3") for number in (1, 2, 2, 1, 3)]
    shop.till.pay(77, "29.1", *covered)
    shop.till.page = 2
    await shop.read()
    (payout,) = await shop.settled()
    assert [line.transaction_id for line in payout.lines if line.kind == "charge"] == ["1", "2", "3"]
    shop.till.stuck = True
    await shop.read()
    assert await shop.value("select failures from due_chores where kind = 'payouts'") == 1
    assert len(shop.till.asked) < 20


async def test_pages_shrink_where_shopify_finds_them_too_dear(shop: Shopkeeper) -> None:
    shop.till.dearest = 50
    shop.till.pay(77, "70.0", *(movement(number, "1.0") for number in range(70)))
    await shop.read()
    assert [str(fact.amount.amount) for fact in await shop.settled()] == ["70.0"]


async def test_a_disconnected_shop_is_left_alone_and_read_on_when_it_is_back(shop: Shopkeeper) -> None:
    await shop.execute("update accounts set state = 'revoked'")
    await shop.read()
    assert shop.till.asked == []
    assert await shop.due_in() > timedelta(hours=23)
    await shop.execute("delete from accounts")
    await shop.read()
    assert await shop.value("select count(*) from due_chores where kind = 'payouts'") == 0


ODD: list[object] = [
    None,
    {"data": {}},
    {"data": {"shopifyPaymentsAccount": {}}},
    {"data": {"shopifyPaymentsAccount": {"payouts": None, "balanceTransactions": None}}},
    *(
        {"data": {"shopifyPaymentsAccount": {name: {"nodes": [node], "pageInfo": {"hasNextPage": False}}}}}
        for name, whole in (
            ("payouts", {"legacyResourceId": 1, "status": "PAID", "issuedAt": at(NOW), "net": money("1.0")}),
            ("balanceTransactions", movement(1, "1.0") | {"amount": money("NaN")}),
            ("balanceTransactions", movement(1, "1.0") | {"fee": money("1", "pounds")}),
            ("balanceTransactions", movement(1, "1.0") | {"type": ""}),
        )
        for node in (whole, None)
    ),
]


@pytest.mark.parametrize("answer", ODD)
async def test_odd_answers_are_failed_calls_that_may_be_asked_again(answer: object) -> None:
    class Unlimited(Budgets):
        """Draws nothing: this is about answers."""

        def __init__(self) -> None:
            """No database."""

        async def draw(self, limits: object, lane: object) -> None:
            """At once."""

    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=answer))
    payments = Payments(
        Admin(httpx.AsyncClient(transport=transport), "https://{shop}", Limits(Unlimited(), Bucket()))
    )
    with pytest.raises(CallFailed) as failed:
        async for _ in payments.payouts(ACCOUNT, NOW):
            await payments.movements(ACCOUNT, "1")
        await payments.movements(ACCOUNT, "1")
    assert failed.value.problem.action in (Action.RETRY, Action.FAIL)
