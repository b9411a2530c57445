"""What Shopify pays out beside what the books say it owes: the connector's own facts, heard by the ledger."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest
import sales_ledger.app
from connector_kit import usecases as shared
from connector_kit.budget import Budgets
from connector_kit.config import ConnectorSettings
from connector_kit.domain import Account, OrderLine
from connector_kit.jobs import DoChores
from connector_kit.leases import Leases
from connector_kit.marketplace import OrdersPage
from connector_kit.sealing import Sealer
from connector_shopify import usecases
from connector_shopify.client import Admin, Bucket, Limits, Payments
from connector_shopify.jobs import ReadPayouts
from connector_shopify.wire.credentials import Credentials
from connector_shopify.wire.graphql import Shop as ShopifyShop
from connector_shopify.wire.graphql_orders import OrderNode, read_order
from connector_shopify.wire.lines import order_lines
from connector_shopify.wire.scopes import ASKED
from kit.database import Database
from ledger_shop import SOLD_AT, Clock, Shop, Stack
from sales_ledger.config import Settings as LedgerSettings
from soldwire_contracts import Fact
from testkit.bus import emitted
from testkit.plugin import FreshDatabase
from testkit.services import settings_for

Json = dict[str, Any]
NONE: Json = {"nodes": [], "pageInfo": {"hasNextPage": False}}
SEALS = f"k1:{base64.b64encode(b'k' * 32).decode()}"
HEARD = ("sale.detected", "sale.updated", "sale.refunded", "sale.cancelled", "payout.settled")


def _bag(amount: str) -> Json:
    money = {"amount": amount, "currencyCode": "GBP"}
    return {"shopMoney": money, "presentmentMoney": money}


def _sum(amount: str) -> Json:
    return {"amount": amount, "currencyCode": "GBP"}


def order(
    number: int, *prices: str, tax: str = "0.0", shipping: str = "0.0", refund: str | None = None
) -> Json:
    """An order as Shopify shows it; its tax is the first line's."""
    lines = [
        {
            "id": f"gid://shopify/LineItem/{number}{n}",
            "name": "Coat",
            "quantity": 1,
            "currentQuantity": 1,
            "originalUnitPriceSet": _bag(price),
            "taxLines": [{"priceSet": _bag(tax)}] if n == 1 else [],
        }
        for n, price in enumerate(prices, start=1)
    ]
    at = SOLD_AT.isoformat()
    back = {"kind": "REFUND", "status": "SUCCESS", "amountSet": _bag(refund or "0.0")}
    given = {
        "id": f"gid://shopify/Refund/{number}",
        "processedAt": at,
        "refundLineItems": NONE,
        "transactions": {"nodes": [back], "pageInfo": {"hasNextPage": False}},
    }
    return {
        "id": f"gid://shopify/Order/{number}",
        "name": f"#{number}",
        "currencyCode": "GBP",
        "presentmentCurrencyCode": "GBP",
        "displayFinancialStatus": "PARTIALLY_REFUNDED" if refund else "PAID",
        "processedAt": at,
        "updatedAt": at,
        "taxesIncluded": False,
        "test": False,
        "totalTaxSet": _bag(tax),
        "lineItems": {"nodes": lines, "pageInfo": {"hasNextPage": False}},
        "shippingLines": {
            "nodes": [{"originalPriceSet": _bag(shipping)}],
            "pageInfo": {"hasNextPage": False},
        },
        "refunds": [given] if refund else [],
    }


def movement(number: int, kind: str, amount: str, fee: str = "0.0", order: int | None = None) -> Json:
    """A balance transaction."""
    return {
        "id": f"gid://shopify/ShopifyPaymentsBalanceTransaction/{number}",
        "type": kind,
        "test": False,
        "transactionDate": SOLD_AT.isoformat(),
        "amount": _sum(amount),
        "fee": _sum(fee),
        "associatedOrder": {"id": f"gid://shopify/Order/{order}"} if order else None,
    }


ORDERS = (
    order(9001, "20.00", "10.01", tax="6.00", shipping="3.50"),
    order(9002, "15.00", refund="5.00"),
    order(9003, "99.99"),
)
COVERED = (
    movement(1, "CHARGE", "39.51", "1.45", 9001),
    movement(2, "CHARGE", "15.0", "0.55", 9002),
    movement(3, "REFUND", "-5.0", "0.0", 9002),
    movement(4, "CHARGE", "99.99", "2.75", 9003),
    movement(5, "ADJUSTMENT", "-12.34"),
)
NET = "132.41"


@dataclass
class Books:
    """A connector's database and a ledger's; what the one says, the other hears."""

    connector: Database
    settings: ConnectorSettings
    ledger: Stack
    account: Account
    till: dict[str, Json] = field(default_factory=dict)
    covered: dict[str, list[Json]] = field(default_factory=dict)
    heard: int = 0

    @property
    def shop(self) -> Shop:
        return Shop(tenant=self.account.tenant_id, account=self.account.account_id)

    def pay(self, number: int, net: str, *covered: Json, status: str = "PAID", days: int = 3) -> None:
        self.till[str(number)] = {
            "legacyResourceId": number,
            "status": status,
            "issuedAt": (SOLD_AT + timedelta(days=days)).isoformat(),
            "net": _sum(net),
            "transactionType": "DEPOSIT",
        }
        self.covered[str(number)] = list(covered)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        name = "payouts" if body["operationName"] == "Payouts" else "balanceTransactions"
        of = body["variables"]["query"].rpartition(":")[2]
        nodes = list(self.till.values()) if name == "payouts" else self.covered[of]
        part = {name: {"nodes": nodes, "pageInfo": {"hasNextPage": False}}}
        return httpx.Response(200, json={"data": {"shopifyPaymentsAccount": part if self.till else None}})

    async def sold(self, *orders: Json) -> None:
        lines: list[OrderLine] = []
        for value in orders:
            read = read_order(value)
            assert isinstance(read, OrderNode), read
            lines += order_lines(read.normalised(), self.account.address, SOLD_AT)
        async with self.connector.bus([self.account.tenant_id]) as uow:
            await shared.record_page(uow, self.account, OrdersPage(tuple(lines), None, SOLD_AT), "poll")

    async def read_payouts(self) -> None:
        """The chore is due and done; then the ledger hears what is new."""
        http = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))
        admin = Admin(http, "https://{shop}", Limits(Budgets(self.connector), Bucket()))
        read = ReadPayouts(self.connector, Sealer(SEALS), Payments(admin))
        async with self.connector.bus() as uow:
            await uow.conn.execute_sql("update due_chores set due_at = $1", uow.now)
        async with Leases(self.settings, "/connector-shopify") as leases, http:
            await DoChores(self.connector, leases, usecases.PAYOUTS, read.do).turn()
        said: list[Fact] = [event.data for event in await emitted(self.connector, *HEARD)]
        await self.ledger.hear(*said[self.heard :])
        self.heard = len(said)

    async def compared(self) -> tuple[list[Json], Json]:
        found = await self.ledger.call(
            self.account.tenant_id,
            "GET",
            "/v1/payouts/comparison",
            account_id=str(self.account.account_id),
            since=SOLD_AT.isoformat(),
            until=(SOLD_AT + timedelta(days=30)).isoformat(),
        )
        return found["items"], found["totals"][0]

    async def sales(self) -> list[Json]:
        found = await self.ledger.call(self.account.tenant_id, "GET", "/v1/sales")
        return list(found["items"])


@asynccontextmanager
async def _connected(settings: ConnectorSettings) -> AsyncIterator[tuple[Database, Account]]:
    clock = Clock()
    clock.forward(days=-9)
    database = Database(settings, "/connector-shopify", clock)
    shop = ShopifyShop(
        id="gid://shopify/Shop/1", name="Demo", myshopify_domain="demo.myshopify.com", currency_code="GBP"
    )
    tenant = UUID(int=7)
    async with database.bus([tenant]) as uow:
        keys = Credentials("shpat_1")
        account = await usecases.connect(uow, Sealer(SEALS), tenant, shop, keys, ASKED, stock_master=False)
    clock.forward(days=19)
    yield database, account
    await database.dispose()


@pytest.fixture
async def books(database: FreshDatabase) -> AsyncIterator[Books]:
    settings = settings_for(ConnectorSettings, database("connector-shopify"), seal_keys=SEALS)
    service = sales_ledger.app.build(settings_for(LedgerSettings, database("sales-ledger")), clock := Clock())
    async with _connected(settings) as (connector, account):
        clock.forward(days=10)
        yield Books(connector, settings, Stack(service, service.database, clock), account)
    await service.database.dispose()


async def test_a_payout_is_what_the_books_say_is_owed_to_the_cent(books: Books) -> None:
    """Three orders, a refund; only the adjustment, which is of no order, stands beside them."""
    await books.sold(*ORDERS)
    books.pay(77, NET, *COVERED)
    await books.read_payouts()
    differing, total = await books.compared()
    assert differing == []
    assert (total["orders"], total["ours"]["sales"], total["ours"]["fees_unknown"]) == (3, 4, 0)
    assert Decimal(total["difference"]) == 0
    assert Decimal(total["ours"]["owed"]) == Decimal(total["paid"]) == Decimal(NET) + Decimal("12.34")
    assert (total["without_order"]["count"], Decimal(total["without_order"]["amount"])) == (
        1,
        Decimal("-12.34"),
    )
    balances = await books.ledger.balances(books.account.tenant_id)
    assert (balances["bank"], balances["marketplace"], balances["fees"]) == (
        Decimal(NET),
        Decimal("12.34"),
        Decimal("4.75"),
    )
    fees = {sale["order_id"]: [fee["kind"] for fee in sale["fee_lines"]] for sale in await books.sales()}
    assert fees == {f"900{n}": ["shopify_payments"] for n in (1, 2, 3)}
    await books.read_payouts()
    assert await books.compared() == (differing, total)


async def test_sales_after_their_payout_end_in_the_same(books: Books) -> None:
    books.pay(77, NET, *COVERED)
    await books.read_payouts()
    differing, _ = await books.compared()
    assert {item["reason"] for item in differing} == {"unknown_here"}
    await books.sold(*ORDERS)
    await books.read_payouts()
    differing, total = await books.compared()
    assert differing == []
    assert Decimal(total["difference"]) == total["ours"]["fees_unknown"] == 0


async def test_a_payout_the_bank_gave_back_leaves_its_orders_paid_and_the_bank_empty(books: Books) -> None:
    """Until Shopify pays it with a later payout."""
    await books.sold(*ORDERS)
    for status in ("PAID", "FAILED"):
        books.pay(77, NET, *COVERED, status=status)
        await books.read_payouts()
    differing, total = await books.compared()
    assert differing == []
    loose = Decimal("-12.34") - Decimal(NET)
    assert Decimal(total["without_order"]["amount"]) == loose
    assert "bank" not in await books.ledger.balances(books.account.tenant_id)
    books.pay(78, NET, movement(6, "TRANSFER_FAILURE", NET), days=5)
    await books.read_payouts()
    differing, total = await books.compared()
    assert differing == []
    assert Decimal(total["without_order"]["amount"]) == Decimal("-12.34")
    assert (await books.ledger.balances(books.account.tenant_id))["bank"] == Decimal(NET)


async def test_without_shopify_payments_fees_stay_unknown_and_orders_not_paid_out(books: Books) -> None:
    await books.sold(*ORDERS)
    await books.read_payouts()
    differing, total = await books.compared()
    assert {item["reason"] for item in differing} == {"not_paid_out_yet"}
    assert (len(differing), total["ours"]["fees_unknown"]) == (3, 4)
    assert {sale["fees"] for sale in await books.sales()} == {None}
