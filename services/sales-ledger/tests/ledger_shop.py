"""Builders of the facts a sales-ledger hears, and the service under test."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI
from kit.database import Database
from kit.service import Service
from kit.tokens import Caller, sign
from soldwire_contracts import Event, Fact
from soldwire_contracts.delist import DelistCompleted, DelistProgress, Step
from soldwire_contracts.ledger import LedgerSale, PayoutSettled
from soldwire_contracts.sales import Fee, Refund, SaleDetected, SaleState
from soldwire_contracts.stock import Contender, ListingSold, Owner, StockOversold
from soldwire_contracts.values import FoundBy, Money, Outcome, OwnerKind, Payment, Platform, StepState
from sqlalchemy import text
from testkit.bus import emitted, run_batch

SOLD_AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def gbp(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="GBP")


@dataclass
class Shop:
    """One tenant; builds what others say of one of its sales."""

    tenant: UUID = field(default_factory=uuid4)
    account: UUID = field(default_factory=uuid4)
    consignor: UUID = field(default_factory=uuid4)
    sale: UUID = field(default_factory=uuid4)
    article: UUID = field(default_factory=uuid4)
    listing: UUID = field(default_factory=uuid4)

    def another(self, **more: UUID) -> Shop:
        return Shop(self.tenant, self.account, self.consignor, **more)

    def line(self, kind: type[SaleState] = SaleDetected, revision: int = 1, **more: object) -> SaleState:
        values: dict[str, object] = {
            "tenant_id": self.tenant,
            "account_id": self.account,
            "platform": Platform.EBAY,
            "sale_id": self.sale,
            "revision": revision,
            "order_id": "26-11111-22222",
            "order_number": "26-11111-22222",
            "line_id": "10001",
            "listing_id": self.listing,
            "sku": "JUMPER-RED-M",
            "title": "Red jumper",
            "quantity": 1,
            "payment": Payment.PAID,
            "price": gbp("25.00"),
            "shipping_price": gbp("3.50"),
            "fees": (Fee(kind="FINAL_VALUE_FEE", amount=gbp("3.21")),),
            "sold_at": SOLD_AT,
            "account_connected_at": SOLD_AT - timedelta(days=90),
            "accepted_at": SOLD_AT + timedelta(milliseconds=400),
            "found_by": FoundBy.WEBHOOK,
            **more,
        }
        return kind.model_validate(values)

    def refund(self, number: int, amount: str) -> Refund:
        return Refund(
            refund_id=f"R{number}", amount=gbp(amount), quantity=0, at=SOLD_AT + timedelta(days=number)
        )

    def sold(
        self, owner: OwnerKind = OwnerKind.OWN, outcome: Outcome = Outcome.HELD, after_ms: int = 500
    ) -> ListingSold:
        consignor = self.consignor if owner is OwnerKind.CONSIGNED else None
        return ListingSold(
            tenant_id=self.tenant,
            article_id=self.article,
            sale_id=self.sale,
            account_id=self.account,
            platform=Platform.EBAY,
            listing_id=self.listing,
            sku="JUMPER-RED-M",
            title="Red jumper",
            outcome=outcome,
            units_sold=1,
            units_held=0 if outcome is Outcome.CONTENDED else 1,
            remaining=0,
            owner=Owner(kind=owner, consignor_id=consignor),
            cost=gbp("8.00"),
            sold_at=SOLD_AT,
            reserved_at=SOLD_AT + timedelta(milliseconds=after_ms),
        )

    def oversold(self, held: int, after_ms: int = 500) -> StockOversold:
        return StockOversold(
            tenant_id=self.tenant,
            article_id=self.article,
            contenders=(
                Contender(sale_id=self.sale, units_sold=1, units_held=held),
                Contender(sale_id=uuid4(), units_sold=1, units_held=1 - held),
            ),
            reason="The last one was sold on Shopify a minute before. Cancel this order or send another.",
            at=SOLD_AT + timedelta(milliseconds=after_ms),
        )

    def progress(
        self, revision: int, state: StepState, *, completed: bool = False
    ) -> DelistProgress | DelistCompleted:
        done = state is StepState.DONE
        step = Step(
            listing_id=self.listing,
            account_id=self.account,
            platform=Platform.SHOPIFY,
            version=1,
            target_quantity=0,
            state=state,
            asked_at=SOLD_AT + timedelta(milliseconds=600),
            called_at=SOLD_AT + timedelta(milliseconds=700) if done else None,
            applied_at=SOLD_AT + timedelta(milliseconds=900) if done else None,
            verified_at=SOLD_AT + timedelta(milliseconds=950) if done else None,
            exposure_ms=900 if done else None,
        )
        kind = DelistCompleted if completed else DelistProgress
        return kind(
            tenant_id=self.tenant,
            article_id=self.article,
            sale_id=self.sale,
            revision=revision,
            steps=(step,),
            at=SOLD_AT + timedelta(seconds=revision),
        )

    def payout(self, revision: int, amount: str) -> PayoutSettled:
        return PayoutSettled(
            tenant_id=self.tenant,
            account_id=self.account,
            platform=Platform.EBAY,
            payout_id="P-1",
            revision=revision,
            amount=gbp(amount),
            paid_at=SOLD_AT + timedelta(days=3),
        )


SUBSCRIBERS = {
    "sale": "sales",
    "listing": "stock",
    "stock": "stock",
    "delist": "delists",
    "payout": "payouts",
    "tenant": "tenants",
}


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = SOLD_AT + timedelta(milliseconds=450)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Stack:
    """The service under test."""

    service: Service
    database: Database
    clock: Clock

    async def hear(self, *facts: Fact) -> None:
        """Each fact by itself, to the subscriber of its topic, in this order."""
        for fact in facts:
            subscriber = SUBSCRIBERS[fact.topic.partition(".")[0]]
            await run_batch(self.service.routers[0], subscriber, [fact], self.database)

    async def said(self, *topics: str) -> list[LedgerSale]:
        found: list[Event[Fact]] = await emitted(self.database, *topics)
        return [event.data for event in found if isinstance(event.data, LedgerSale)]

    async def sweep(self) -> None:
        for job in self.service.jobs:
            await job.run()

    async def call(
        self, tenant: UUID, verb: str, path: str, body: object = None, *, expect: int = 200, **query: object
    ) -> Any:
        """What a person of the tenant is answered; its status must be the one expected."""
        async with self.client(tenant) as client:
            answer = await client.request(verb, path, json=body, params=query)  # type: ignore[arg-type]
        assert answer.status_code == expect, answer.text
        return answer.json()

    async def agree(self, tenant: UUID, consignor: UUID | None = None, **more: object) -> Any:
        """Agree on terms: 40 % of every sale, of all time, unless said otherwise."""
        path = f"/v1/consignors/{consignor}/terms" if consignor else "/v1/terms"
        plain = {"rate": {"kind": "fixed", "percent": "40"}, "from_the_beginning": True}
        return await self.call(tenant, "POST", path, {**plain, **more}, expect=201)

    async def consignor(self, tenant: UUID, code: str, name: str = "Anna Ash", **more: object) -> UUID:
        """A consignor of the shop's list."""
        made = await self.call(
            tenant, "POST", "/v1/consignors", {"code": code, "name": name, **more}, expect=201
        )
        return UUID(made["consignor_id"])

    async def confirm(self, tenant: UUID, *sales: UUID, undo: bool = False) -> list[str | None]:
        """Confirm sales; why each was refused."""
        body = {"sale_ids": [str(sale) for sale in sales], "undo": undo}
        return [a["refusal"] for a in await self.call(tenant, "POST", "/v1/sales/confirm", body)]

    async def balances(self, tenant: UUID) -> dict[str, Decimal]:
        async with self.database.bus((tenant,)) as uow:
            rows = await uow.conn.execute(
                text(
                    "select split_part(account, ':', 1) as name, sum(amount) as amount from entries group by 1"
                )
            )
            return {row.name: row.amount for row in rows if row.amount}

    @cached_property
    def app(self) -> FastAPI:
        """Made once: the first request of an application is dear."""
        return self.service.app()

    def client(self, tenant: UUID, role: str = "seller") -> httpx.AsyncClient:
        caller = Caller(tenant, uuid4(), "viewer" if role == "viewer" else "seller")
        token = sign(self.service.settings, caller, audience="sales-ledger")
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app),
            base_url="http://ledger",
            headers={"Authorization": f"Bearer {token}"},
        )
