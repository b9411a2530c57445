"""Depop's ingest with one shop of a sandbox and a browser to pair, as tests drive it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
from connector_depop_ingest.config import Settings
from kit.ids import new_id
from kit.service import Service
from kit.tokens import Caller, sign
from soldwire_contracts.listings import ListingTarget
from soldwire_contracts.sales import SaleState
from soldwire_contracts.sync import SyncRequested
from soldwire_contracts.values import Platform, RunState, SyncScope, TargetCause
from soldwire_local.stage.browser import PairedBrowser
from testkit.driven import Driven
from testkit.sandbox import Json, Sandbox

AUDIENCE = "connector-depop-ingest"
SALES = ("sale.detected", "sale.updated", "sale.cancelled", "sale.refunded")


@dataclass
class Stack(Driven):
    """One ingest and one Depop shop."""

    service: Service
    settings: Settings
    sandbox: Sandbox
    url: str
    shop: Json
    http: httpx.AsyncClient
    tenant: UUID = field(default_factory=uuid4)

    @property
    def name(self) -> str:
        return str(self.shop["account"])

    def headers(self, tenant: UUID | None = None) -> dict[str, str]:
        caller = Caller(tenant or self.tenant, uuid4(), "seller")
        return {"Authorization": f"Bearer {sign(self.settings, caller, audience=AUDIENCE)}"}

    async def code(self) -> str:
        answer = await self.http.post("/v1/pairings", headers=self.headers())
        return str(answer.raise_for_status().json()["code"])

    def browser(self, cookie: str | None = None) -> PairedBrowser:
        return PairedBrowser(
            depop=f"{self.sandbox.url}/depop",
            cookie=cookie or str(self.shop["access_token"]),
            ingest=self.url,
            shop=self.name,
            seller_id=str(self.shop["seller_id"]),
        )

    @asynccontextmanager
    async def paired(self) -> AsyncIterator[PairedBrowser]:
        async with self.browser() as browser:
            await browser.pair(await self.code())
            yield browser

    async def sales(self) -> list[SaleState]:
        return [event.data for event in await self.said(*SALES) if isinstance(event.data, SaleState)]

    async def rows(self, sql: str) -> list[tuple[object, ...]]:
        async with self.service.database.bus([self.tenant]) as uow:
            return [tuple(row) for row in (await uow.conn.execute_sql(sql)).all()]

    async def make_due(self) -> None:
        await self.rows(
            "update due_intents set due_at = now() - interval '1 second', lease_until = null returning 1"
        )

    def requested(self, account: UUID, scope: SyncScope) -> SyncRequested:
        return SyncRequested(
            tenant_id=self.tenant,
            platform=Platform.DEPOP,
            account_id=account,
            run_id=new_id(),
            revision=1,
            scope=scope,
            desired=RunState.RUNNING,
            requested_at=datetime.now(UTC),
        )

    def target(
        self, account: UUID, listing: UUID, quantity: int = 0, version: int = 1, **more: object
    ) -> ListingTarget:
        now = datetime.now(UTC)
        fields: dict[str, object] = {
            "tenant_id": self.tenant,
            "platform": Platform.DEPOP,
            "account_id": account,
            "listing_id": listing,
            "article_id": uuid4(),
            "version": version,
            "quantity": quantity,
            "cause": TargetCause.SALE,
            "requested_at": now,
            "deadline": now + timedelta(minutes=30),
        }
        return ListingTarget.model_validate(fields | more)
