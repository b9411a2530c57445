"""A seller's accounts and the facts they give rise to, and the inventory service under test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import TypeVar
from uuid import UUID, uuid4, uuid5

import httpx
from fastapi import FastAPI
from inventory import jobs
from kit import tokens
from kit.database import Database
from kit.service import Service
from kit.tokens import Caller
from soldwire_contracts import Fact, ids
from soldwire_contracts.ledger import ConsignorChanged, SaleRemoved
from soldwire_contracts.listings import (
    Evidence,
    ListingDelisted,
    ListingFailed,
    ListingObserved,
    Target,
)
from soldwire_contracts.sales import SaleDetected, SaleState, Shipment
from soldwire_contracts.stock import ListingSold, Owner
from soldwire_contracts.values import (
    FoundBy,
    ListingState,
    Money,
    OwnerKind,
    Payment,
    Platform,
    Restock,
    SaleStatus,
)
from sqlalchemy import text
from testkit.bus import FakeRecord, emitted, run_batch

CONNECTED = datetime(2026, 11, 1, tzinfo=UTC)
SYNCED = datetime(2026, 11, 10, 8, 0, tzinfo=UTC)
SOLD = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TEN = Money(amount=Decimal("10.00"), currency="GBP")

EVERYWHERE = (Platform.SHOPIFY, Platform.EBAY, Platform.DEPOP)

S = TypeVar("S", bound=SaleState)
F = TypeVar("F", bound=Fact)


@dataclass
class Shop:
    """One tenant with an account on each marketplace."""

    tenant: UUID = field(default_factory=uuid4)

    def account(self, platform: Platform) -> UUID:
        return ids.account_id(self.tenant, platform, "seller")

    def listing(self, platform: Platform, sku: str) -> UUID:
        return ids.listing_id(self.account(platform), sku)

    def seen(
        self,
        platform: Platform = Platform.SHOPIFY,
        sku: str | None = "A-1",
        quantity: int = 1,
        *,
        revision: int = 1,
        state: ListingState = ListingState.LIVE,
        at: datetime = SYNCED,
        master: bool = False,
        settled: int = 0,
        alias: str | None = None,
        title: str | None = None,
        **more: object,
    ) -> ListingObserved:
        return ListingObserved.model_validate(
            {
                "tenant_id": self.tenant,
                "account_id": self.account(platform),
                "platform": platform,
                "listing_id": self.listing(platform, alias or sku or "?"),
                "revision": revision,
                "sku": sku,
                "title": title or f"Jacket {sku}",
                "quantity": quantity,
                "state": state,
                "stock_master": master,
                "settled_version": settled,
                "observed_at": at,
                **more,
            }
        )

    def consignor(self, code: str, *, active: bool = True, revision: int = 1) -> ConsignorChanged:
        return ConsignorChanged(
            tenant_id=self.tenant,
            consignor_id=self.consignor_id(code),
            code=code,
            active=active,
            revision=revision,
            changed_at=SYNCED,
        )

    def consignor_id(self, name: str) -> UUID:
        return uuid5(self.tenant, name)

    def sale(
        self,
        platform: Platform = Platform.EBAY,
        sku: str | None = "A-1",
        order: str = "1",
        *,
        quantity: int = 1,
        at: datetime = SOLD,
        payment: Payment = Payment.PAID,
        shipped: bool = False,
        listing: bool = True,
        connected: datetime = CONNECTED,
    ) -> SaleDetected:
        account = self.account(platform)
        return SaleDetected(
            tenant_id=self.tenant,
            account_id=account,
            platform=platform,
            sale_id=ids.sale_id(account, order, "1"),
            revision=1,
            order_id=order,
            line_id="1",
            listing_id=self.listing(platform, sku) if listing and sku else None,
            sku=sku,
            title=f"Jacket {sku}",
            quantity=quantity,
            payment=payment,
            price=TEN,
            shipments=(Shipment(shipped_at=at + timedelta(hours=1)),) if shipped else (),
            sold_at=at,
            account_connected_at=connected,
            accepted_at=at + timedelta(seconds=1),
            found_by=FoundBy.WEBHOOK,
        )

    def removed(
        self, sale: SaleState, *, removed: bool = True, revision: int = 2, has: bool = True
    ) -> SaleRemoved:
        return SaleRemoved(
            tenant_id=self.tenant,
            sale_id=sale.sale_id,
            revision=revision,
            account_id=sale.account_id,
            platform=sale.platform,
            order_id=sale.order_id,
            title=sale.title,
            quantity=sale.quantity,
            status=SaleStatus.REMOVED,
            owner=Owner(kind=OwnerKind.OWN),
            price=sale.price,
            sold_at=sale.sold_at,
            recorded_at=sale.accepted_at,
            changed_at=sale.accepted_at,
            removed=removed,
            still_have_it=has,
        )

    def delisted(self, sold: ListingSold, target: Target, *, ended_by_us: bool = True) -> ListingDelisted:
        at = sold.sold_at + timedelta(seconds=2)
        return ListingDelisted(
            tenant_id=self.tenant,
            account_id=target.account_id,
            platform=target.platform,
            article_id=sold.article_id,
            listing_id=target.listing_id,
            version=target.version,
            target_quantity=target.quantity,
            sale_id=sold.sale_id,
            applied_at=at,
            evidence=Evidence(quantity=0, buyable=False, read_at=at),
            ended_by_us=ended_by_us,
        )

    def failed(self, sold: ListingSold, target: Target) -> ListingFailed:
        return ListingFailed(
            tenant_id=self.tenant,
            account_id=target.account_id,
            platform=target.platform,
            article_id=sold.article_id,
            listing_id=target.listing_id,
            version=target.version,
            target_quantity=target.quantity,
            sale_id=sold.sale_id,
            code="refused",
            reason="eBay refused to end the offer.",
            can_retry=False,
            failed_at=sold.sold_at,
        )


def later(sale: SaleState, kind: type[S], revision: int, **changes: object) -> S:
    """The same order line at a later revision."""
    return kind.model_validate({**sale.model_dump(), "revision": revision, **changes})


def cancelled(
    sale: SaleState, kind: type[S], revision: int = 2, *, restock: Restock = Restock.RESTOCKED
) -> S:
    """The order line, wholly cancelled."""
    at = sale.sold_at + timedelta(hours=2)
    changes = {"cancelled_quantity": sale.quantity, "restock": restock, "cancelled_at": at}
    return later(sale, kind, revision, **changes)


@dataclass
class Stack:
    """The service under test."""

    service: Service
    database: Database
    shop: Shop

    async def sales(self, *facts: Fact | FakeRecord, expect_dead: int = 0) -> None:
        await run_batch(self.service.routers[0], "sales", facts, self.database, expect_dead=expect_dead)

    async def listings(self, *facts: Fact | FakeRecord) -> None:
        await run_batch(self.service.routers[0], "listings", facts, self.database)

    async def outcomes(self, *facts: Fact) -> None:
        await run_batch(self.service.routers[0], "outcomes", facts, self.database)

    async def consignors(self, *facts: Fact) -> None:
        await run_batch(self.service.routers[0], "consignors", facts, self.database)

    async def sweep(self) -> None:
        await jobs.sweep_owners(self.database)()

    async def tenants(self, *facts: Fact) -> None:
        await run_batch(self.service.routers[0], "tenants", facts, self.database)

    async def said(self, kind: type[F]) -> list[F]:
        facts = [event.data for event in await emitted(self.database, kind.topic)]
        return [fact for fact in facts if isinstance(fact, kind)]

    async def rows(self, query: str, *tenants: UUID, **values: object) -> Sequence[Sequence[object]]:
        async with self.database.bus(tenants or (self.shop.tenant,)) as uow:
            return (await uow.conn.execute(text(query), values)).all()

    async def one(self, query: str, **values: object) -> object:
        (row,) = await self.rows(query, **values)
        return row[0]

    async def free(self, sku: str = "A-1") -> int:
        found = await self.one("select free from articles where sku = :sku", sku=sku)
        assert isinstance(found, int)
        return found

    def caller(self) -> Caller:
        return Caller(self.shop.tenant, uuid4(), "seller")

    @cached_property
    def app(self) -> FastAPI:
        """Made once: the first request of an application is dear."""
        return self.service.app()

    def http(self, role: tokens.Role = "seller", tenant: UUID | None = None) -> httpx.AsyncClient:
        caller = Caller(tenant or self.shop.tenant, uuid4(), role)
        token = tokens.sign(self.service.settings, caller, audience="inventory")
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app),
            base_url="http://inventory",
            headers={"Authorization": f"Bearer {token}"},
        )

    async def broken_invariants(self) -> list[str]:
        """I2 of design.md, per article: opening + adjustments − units held by sales = free stock, and the journal says so."""
        rows = await self.rows(
            "select a.id, a.free, a.held, a.short, "
            "coalesce((select sum(units) from stock_journal j where j.article_id = a.id), 0) as journal, "
            "coalesce((select sum(units) from stock_journal j where j.article_id = a.id "
            " and entry not in ('held', 'released')), 0) as supplied, "
            "coalesce((select sum(held) from holds h where h.article_id = a.id), 0) as holds from articles a"
        )
        broken = []
        for article_id, free, held, short, journal, supplied, holds in rows:
            sound = free == journal == _int(supplied) - _int(holds) and held == holds and _int(free) >= 0
            if not sound:
                broken.append(f"{article_id}: {free=} {held=} {short=} {journal=} {supplied=} {holds=}")
        return broken


async def list_everywhere(stack: Stack, shop: Shop, quantity: int = 1, sku: str = "A-1") -> None:
    """The article is for sale on every marketplace."""
    await stack.listings(*(shop.seen(platform, sku, quantity) for platform in EVERYWHERE))


def listed(
    shop: Shop,
    alias: str,
    *,
    platform: Platform = Platform.DEPOP,
    quantity: int = 1,
    **changes: object,
) -> ListingObserved:
    """A listing without a SKU, as Depop's are."""
    return shop.seen(platform, sku=None, alias=alias, quantity=quantity).model_copy(update=changes)


async def create_article(client: httpx.AsyncClient, title: str, **body: object) -> UUID:
    """An article made by a person; its id."""
    answer = await client.post("/v1/articles", json={"title": title, "quantity": 1, **body})
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["id"])


def sold_on(
    seen: ListingObserved, order: str = "1", *, at: datetime = SOLD, **changes: object
) -> SaleDetected:
    """A sale that a listing made."""
    made = Shop(seen.tenant_id).sale(seen.platform, sku=seen.sku, order=order, at=at)
    return made.model_copy(update={"listing_id": seen.listing_id, **changes})


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value
