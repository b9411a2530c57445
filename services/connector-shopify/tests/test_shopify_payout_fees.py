"""Fees that payouts tell: on the sales of their orders, whenever those are held."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from connector_kit import store as shared_store
from connector_shopify import usecases
from kit.ids import new_id
from shopify_till import CONNECTED, NOW, Json, Shopkeeper, at, keeping, movement
from testkit.plugin import FreshDatabase


@pytest.fixture
async def shop(database: FreshDatabase) -> AsyncIterator[Shopkeeper]:
    async with keeping(database) as one:
        yield one


async def test_fees_of_several_payouts_of_an_order_add_up(shop: Shopkeeper) -> None:
    await shop.sold("9001", "20.00")
    shop.till.pay(77, "19.4", movement(1, "20.0", "0.6", "9001"), days_ago=4)
    await shop.turn("payouts")
    shop.till.pay(78, "-15.0", movement(2, "-0.0", "15.0", "9001", "DISPUTE_WITHDRAWAL"), days_ago=1)
    await shop.read()
    await shop.read()
    assert await shop.fees("9001") == {"1": (3, [("shopify_payments", "15.60")])}


async def test_fees_wait_for_an_order_that_is_not_held_yet(shop: Shopkeeper) -> None:
    """However long: the payout is read again, though the mark would have passed it a week later."""
    shop.till.pay(77, "19.4", movement(1, "20.0", "0.6", "9001", days_ago=12), days_ago=10)
    await shop.read()
    assert len(await shop.settled()) == 1
    mark = await shop.value("select complete_up_to from payout_readings")
    assert mark == NOW - timedelta(days=3), "a week after the payout that is open"
    await shop.read()
    await shop.sold("9001", "20.00", days_ago=12)
    await shop.read()
    assert await shop.fees("9001") == {"1": (2, [("shopify_payments", "0.60")])}
    assert len(await shop.settled()) == 1
    moved = await shop.value("select complete_up_to > now() - interval '1 minute' from payout_readings")
    assert moved


async def test_an_older_order_gets_its_fees_once_a_run_has_read_it(shop: Shopkeeper) -> None:
    """Sold before the shop was connected: the seller may never have it read, so nothing waits for it."""
    shop.till.pay(77, "19.4", movement(1, "20.0", "0.6", "9001", days_ago=40), days_ago=38)
    await shop.read()
    await shop.run(since=None)
    await shop.turn("payouts")
    queries = [str(variables["query"]) for operation, variables in shop.till.asked if operation == "Payouts"]
    assert queries[0] == f"issued_at:>='{at(CONNECTED - timedelta(days=60))}'"
    assert queries[1] > f"issued_at:>='{at(NOW - timedelta(days=8))}'", "read up to now, less a week"
    await shop.sold("9001", "20.00", days_ago=40)
    await shop.run(since=NOW - timedelta(days=45))
    await shop.turn("payouts")
    assert await shop.fees("9001") == {"1": (2, [("shopify_payments", "0.60")])}
    assert len(await shop.settled()) == 1


async def test_a_run_that_ends_while_payouts_are_read_is_not_forgotten(shop: Shopkeeper) -> None:
    shop.till.pay(77, "19.4", movement(1, "20.0", "0.6", "9001", days_ago=40), days_ago=38)
    await shop.read()

    async def meanwhile(operation: str, variables: Json) -> None:
        shop.till.before = None
        await shop.sold("9001", "20.00", days_ago=40)
        await shop.run(since=NOW - timedelta(days=45))

    shop.till.before = meanwhile
    await shop.read()
    assert await shop.fees("9001") == {"1": (2, [("shopify_payments", "0.60")])}


async def test_a_run_of_articles_asks_for_no_payouts(shop: Shopkeeper) -> None:
    await shop.turn("payouts")
    async with shop.service.database.bus([shop.tenant]) as uow:
        run = shared_store.Run(
            new_id(), shop.tenant, shop.account.account_id, "running", "articles", None, 48
        )
        await usecases.want_payouts_after_run(uow, run, shop.account)
    assert await shop.value("select wishes from due_chores where kind = 'payouts'") == 0


async def test_fees_in_another_currency_are_on_no_sale(shop: Shopkeeper) -> None:
    await shop.sold("9001", "25.00", currency="USD")
    shop.till.pay(77, "19.4", movement(1, "20.0", "0.6", "9001"))
    await shop.read()
    assert len(await shop.settled()) == 1
    assert await shop.fees("9001") == {"1": (1, [])}
