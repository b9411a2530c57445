"""A small shop with Shopify Payments, asked over HTTP, and the connector beside it on real PostgreSQL."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from connector_kit import store as shared_store
from connector_kit import usecases as shared
from connector_kit.domain import Account, Amount, OrderLine
from connector_kit.marketplace import OrdersPage
from connector_kit.sealing import Sealer
from connector_shopify import usecases
from connector_shopify.app import build
from connector_shopify.config import Settings
from connector_shopify.wire.credentials import Credentials
from connector_shopify.wire.graphql import Shop
from connector_shopify.wire.scopes import ASKED
from fastapi import FastAPI, Request
from kit.ids import new_id
from kit.service import Service
from pydantic import SecretStr
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
ACCOUNT = Account(uuid4(), uuid4(), "shopify", "1", "demo.myshopify.com", "Demo", NOW)
SEALS = f"k1:{base64.b64encode(b'k' * 32).decode()}"


def money(amount: str, currency: str = "GBP") -> Json:
    """An amount as Shopify writes it."""
    return {"amount": amount, "currencyCode": currency}


def at(moment: datetime) -> str:
    """A time as Shopify writes it."""
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
        "transactionDate": at(NOW - timedelta(days=days_ago)),
        "amount": money(amount, currency),
        "fee": money(fee, currency),
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
            "issuedAt": at(NOW - timedelta(days=days_ago)),
            "net": money(net),
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

    async def granted(self, scopes: Collection[str]) -> None:
        """The shop is seen to give us these scopes."""
        async with self.service.database.bus([self.tenant]) as uow:
            await usecases.record_scopes(uow, self.account.account_id, scopes)

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


@asynccontextmanager
async def keeping(database: FreshDatabase) -> AsyncIterator[Shopkeeper]:
    """The connector with such a shop, on a database of its own."""
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
                    f"update accounts set connected_at = '{CONNECTED.isoformat()}', watermark = '{at(NOW)}'"
                )
                held = await shared_store.load_accounts(uow, [made.account_id])
            yield Shopkeeper(service, till, held[made.account_id])
