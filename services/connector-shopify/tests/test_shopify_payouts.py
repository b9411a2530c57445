"""Payouts of Shopify Payments, asked of a small shop of these tests' own over HTTP, recorded on real PostgreSQL."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import httpx
import pytest
from connector_kit import store as shared_store
from connector_kit import usecases as shared
from connector_kit.budget import Budgets
from connector_kit.domain import Account, Amount, OrderLine
from connector_kit.errors import Action, CallFailed
from connector_kit.marketplace import OrdersPage
from connector_kit.sealing import Sealer
from connector_shopify import usecases
from connector_shopify.app import build
from connector_shopify.client import Admin, Bucket, Limits, Payments
from connector_shopify.config import Settings
from connector_shopify.jobs.payouts import NO_SCOPE
from connector_shopify.wire.credentials import Credentials
from connector_shopify.wire.graphql import Shop
from connector_shopify.wire.payments import BalanceTransaction, PayoutNode
from connector_shopify.wire.payouts import MOST_LINES, payout_facts
from connector_shopify.wire.scopes import ASKED
from fastapi import FastAPI, Request
from kit.ids import new_id
from kit.service import Service
from kit.unit_of_work import LARGEST_FACT
from pydantic import SecretStr
from soldwire_contracts import encode
from soldwire_contracts.ledger import PayoutSettled
from soldwire_contracts.sales import SaleState
from soldwire_contracts.sync import SyncRequested
from soldwire_contracts.values import Platform, RunState, SyncScope
from testkit.driven import Driven
from testkit.plugin import FreshDatabase
from testkit.sandbox import serving_app
from testkit.services import opened, settings_for

Json = dict[str, object]
NOW = datetime.now(UTC).replace(microsecond=0)
CONNECTED = NOW - timedelta(days=20)
SEALS = f"k1:{base64.b64encode(b'k' * 32).decode()}"


def _sum(amount: str, currency: str = "GBP") -> Json:
    return {"amount": amount, "currencyCode": currency}


def _at(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def movement(
    number: int,
    amount: str,
    fee: str = "0.0",
    order: str | None = None,
    kind: str = "CHARGE",
    days_ago: float = 3,
    currency: str = "GBP",
    test: bool = False,
) -> Json:
    """A balance transaction as Shopify writes it."""
    return {
        "id": f"gid://shopify/ShopifyPaymentsBalanceTransaction/{number}",
        "type": kind,
        "test": test,
        "transactionDate": _at(NOW - timedelta(days=days_ago)),
        "amount": _sum(amount, currency),
        "fee": _sum(fee, currency),
        "associatedOrder": {"id": f"gid://shopify/Order/{order}"} if order else None,
    }


@dataclass
class Till:
    """A shop's Shopify Payments behind its Admin API. Pages hold `page` nodes at most, whatever is asked for."""

    payouts: dict[str, Json] = field(default_factory=dict)
    transactions: dict[str, list[Json]] = field(default_factory=dict)
    page: int = 250
    denied: bool = False
    absent: bool = False
    stuck: bool = False
    dearest: int | None = None
    before: Callable[[str, Json], Awaitable[None]] | None = None
    asked: list[tuple[str, Json]] = field(default_factory=list)

    def pay(self, number: int, net: str, *covered: Json, days_ago: float = 2, **more: object) -> None:
        """Set a payout, and what it covers."""
        self.payouts[str(number)] = {
            "legacyResourceId": number,
            "status": "PAID",
            "issuedAt": _at(NOW - timedelta(days=days_ago)),
            "net": _sum(net),
            "transactionType": "DEPOSIT",
            **more,
        }
        self.transactions[str(number)] = list(covered)

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/{shop}/admin/api/{version}/graphql.json")
        async def graphql(request: Request) -> Json:
            body = await request.json()
            operation, variables = body["operationName"], body["variables"]
            if operation in ("Payouts", "BalanceTransactions"):
                self.asked.append((operation, variables))
                if self.before is not None:
                    await self.before(operation, variables)
            return self._answer(operation, variables)

        return app

    def _answer(self, operation: str, variables: Json) -> Json:
        if operation == "Orders":
            return {"data": {"orders": {"nodes": [], "pageInfo": {"hasNextPage": False}}}}
        if self.dearest is not None and int(str(variables["first"])) > self.dearest:
            return {"errors": [{"message": "too much", "extensions": {"code": "MAX_COST_EXCEEDED"}}]}
        if self.denied:
            words = "Access denied for shopifyPaymentsAccount field."
            error = {"message": words, "extensions": {"code": "ACCESS_DENIED"}}
            return {"data": {"shopifyPaymentsAccount": None}, "errors": [error]}
        if self.absent:
            return {"data": {"shopifyPaymentsAccount": None}}
        query = str(variables["query"])
        if operation == "Payouts":
            since = re.fullmatch(r"issued_at:>='(.+)'", query)
            assert since, query
            found = [p for p in self.payouts.values() if str(p["issuedAt"]) >= since[1]]
            return self._page("payouts", sorted(found, key=lambda p: str(p["issuedAt"])), variables)
        of = re.fullmatch(r"payments_transfer_id:(\d+)(?: id:>(\d+))?", query)
        assert of, query
        return self._page("balanceTransactions", self.transactions[of[1]], variables)

    def _page(self, name: str, nodes: list[Json], variables: Json) -> Json:
        start = int(str(variables["after"] or 0))
        end = start + min(self.page, int(str(variables["first"])))
        more = end < len(nodes)
        cursor = str(start or 1) if self.stuck else str(end)
        page = {"hasNextPage": more, "endCursor": cursor if nodes else None}
        return {"data": {"shopifyPaymentsAccount": {name: {"nodes": nodes[start:end], "pageInfo": page}}}}


@dataclass
class Shopkeeper(Driven):
    """The connector beside such a shop, connected some days ago."""

    service: Service
    till: Till
    account: Account

    @property
    def tenant(self) -> UUID:  # type: ignore[override]
        return self.account.tenant_id

    async def read(self) -> None:
        """The chore is due, and the job turns."""
        await self.execute("update due_chores set due_at = now(), lease_until = null where kind = 'payouts'")
        await self.turn("payouts")

    async def execute(self, statement: str) -> None:
        async with self.service.database.bus([self.tenant]) as uow:
            await uow.conn.execute_sql(statement)

    async def value(self, query: str) -> object:
        async with self.service.database.bus([self.tenant]) as uow:
            return (await uow.conn.execute_sql(query)).scalar()

    async def error(self) -> object:
        return await self.value("select payouts_error from account_health")

    async def due_in(self) -> timedelta:
        found = await self.value("select due_at - now() from due_chores where kind = 'payouts'")
        assert isinstance(found, timedelta)
        return found

    async def sold(self, order: str, *prices: str, currency: str = "GBP", days_ago: float = 3) -> None:
        """An order is held, each price a line."""
        at = NOW - timedelta(days=days_ago)
        lines = tuple(
            OrderLine(order, str(n), "Coat", 1, "paid", Amount(Decimal(price), currency), at, as_of=at)
            for n, price in enumerate(prices, start=1)
        )
        async with self.service.database.bus([self.tenant]) as uow:
            await shared.record_page(uow, self.account, OrdersPage(lines, None, NOW), "poll")

    async def settled(self) -> list[PayoutSettled]:
        said = [event.data for event in await self.said("payout.settled")]
        return [fact for fact in said if isinstance(fact, PayoutSettled)]

    async def fees(self, order: str) -> dict[str, tuple[int, list[tuple[str, str]]]]:
        """Of each line of an order as it was said last: its revision and its fees."""
        said = await self.said("sale.detected", "sale.updated")
        sales = [e.data for e in said if isinstance(e.data, SaleState) and e.data.order_id == order]
        return {
            sale.line_id: (sale.revision, [(fee.kind, str(fee.amount.amount)) for fee in sale.fees])
            for sale in sales
        }

    async def run(self, since: datetime | None) -> None:
        """A run that reads sales from then on, asked for and carried out."""
        asked = SyncRequested(
            tenant_id=self.tenant,
            platform=Platform.SHOPIFY,
            account_id=self.account.account_id,
            run_id=new_id(),
            revision=1,
            scope=SyncScope.SALES,
            desired=RunState.RUNNING,
            since=since,
            requested_at=NOW,
        )
        await self.take("runs", asked)
        await self.turn("runs")


@pytest.fixture
async def shop(database: FreshDatabase) -> AsyncIterator[Shopkeeper]:
    till = Till()
    async with serving_app(till.app()) as url:
        settings = settings_for(
            Settings,
            database("connector-shopify"),
            seal_keys=SEALS,
            shopify_base=f"{url}/{{shop}}",
            shopify_client_secret=SecretStr("secret"),
            call_timeout_seconds=5.0,
        )
        async with opened(build(settings)) as service:
            told = Shop(
                id="gid://shopify/Shop/1",
                name="Demo",
                myshopify_domain="demo.myshopify.com",
                currency_code="GBP",
            )
            sealer, tenant = Sealer(SEALS), uuid4()
            async with service.database.bus([tenant]) as uow:
                made = await usecases.connect(
                    uow, sealer, tenant, told, Credentials("shpat_1"), ASKED, stock_master=False
                )
            async with service.database.bus([tenant]) as uow:
                await uow.conn.execute_sql(
                    f"update accounts set connected_at = '{CONNECTED.isoformat()}', watermark = '{_at(NOW)}'"
                )
                held = await shared_store.load_accounts(uow, [made.account_id])
            yield Shopkeeper(service, till, held[made.account_id])


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


async def test_fees_of_several_payouts_of_an_order_add_up(shop: Shopkeeper) -> None:
    await shop.sold("9001", "20.00")
    shop.till.pay(77, "19.4", movement(1, "20.0", "0.6", "9001"), days_ago=4)
    await shop.turn("payouts")
    shop.till.pay(78, "-15.0", movement(2, "-0.0", "15.0", "9001", "DISPUTE_WITHDRAWAL"), days_ago=1)
    await shop.read()
    await shop.read()
    assert await shop.fees("9001") == {"1": (3, [("shopify_payments", "15.60")])}


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
    assert queries[0] == f"issued_at:>='{_at(CONNECTED - timedelta(days=60))}'"
    assert queries[1] > f"issued_at:>='{_at(NOW - timedelta(days=8))}'", "read up to now, less a week"
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


async def test_a_payout_never_settled_is_given_up_in_the_end(shop: Shopkeeper) -> None:
    shop.till.pay(77, "19.4", movement(1, "20.0", "0.6"), days_ago=31, status="SCHEDULED")
    await shop.read()
    moved = await shop.value("select complete_up_to > now() - interval '1 minute' from payout_readings")
    assert moved


async def test_fees_in_another_currency_are_on_no_sale(shop: Shopkeeper) -> None:
    await shop.sold("9001", "25.00", currency="USD")
    shop.till.pay(77, "19.4", movement(1, "20.0", "0.6", "9001"))
    await shop.read()
    assert len(await shop.settled()) == 1
    assert await shop.fees("9001") == {"1": (1, [])}


async def test_a_withdrawal_is_negative_whatever_its_sign(shop: Shopkeeper) -> None:
    back = movement(1, "-20.0", order="9001", kind="REFUND")
    for number, net in ((77, "20.0"), (78, "-20.0")):
        shop.till.pay(number, net, back, transactionType="WITHDRAWAL")
    await shop.read()
    assert [str(fact.amount.amount) for fact in await shop.settled()] == ["-20.0", "-20.0"]


async def test_pages_shrink_where_shopify_finds_them_too_dear(shop: Shopkeeper) -> None:
    shop.till.dearest = 50
    shop.till.pay(77, "70.0", *(movement(number, "1.0") for number in range(70)))
    await shop.read()
    assert [str(fact.amount.amount) for fact in await shop.settled()] == ["70.0"]


async def test_payouts_of_test_transactions_are_marked(shop: Shopkeeper) -> None:
    shop.till.pay(77, "20.0", movement(1, "20.0", test=True), days_ago=3)
    shop.till.pay(78, "20.0", movement(2, "20.0"))
    await shop.read()
    assert [event.test for event in await shop.said("payout.settled")] == [True, False]


async def test_a_disconnected_shop_is_left_alone_and_read_on_when_it_is_back(shop: Shopkeeper) -> None:
    await shop.execute("update accounts set state = 'revoked'")
    await shop.read()
    assert shop.till.asked == []
    assert await shop.due_in() > timedelta(hours=23)
    await shop.execute("delete from accounts")
    await shop.read()
    assert await shop.value("select count(*) from due_chores where kind = 'payouts'") == 0


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


ACCOUNT = Account(
    uuid4(),
    uuid4(),
    "shopify",
    "1",
    "demo.myshopify.com",
    "Demo",
    NOW,
    credentials={"access_token": "shpat_1"},
)
ODD: list[object] = [
    None,
    {"data": {}},
    {"data": {"shopifyPaymentsAccount": {}}},
    {"data": {"shopifyPaymentsAccount": {"payouts": None, "balanceTransactions": None}}},
    *(
        {"data": {"shopifyPaymentsAccount": {name: {"nodes": [node], "pageInfo": {"hasNextPage": False}}}}}
        for name, whole in (
            ("payouts", {"legacyResourceId": 1, "status": "PAID", "issuedAt": _at(NOW), "net": _sum("1.0")}),
            ("balanceTransactions", movement(1, "1.0") | {"amount": _sum("NaN")}),
            ("balanceTransactions", movement(1, "1.0") | {"fee": _sum("1", "pounds")}),
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


def test_types_nobody_knew_are_kept_by_their_own_word() -> None:
    node = BalanceTransaction.model_validate(movement(1, "1.0", kind="MOON_LANDING_CREDIT"))
    assert node.normalised().kind == "moon_landing_credit"


def test_the_longest_part_fits_an_event() -> None:
    node = PayoutNode.model_validate(
        {
            "legacyResourceId": "9" * 60,
            "status": "PAID",
            "issuedAt": _at(NOW),
            "net": _sum("0"),
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
