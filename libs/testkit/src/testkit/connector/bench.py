"""One connector under test: its jobs turn when told to, its marketplace is a sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from kit.ids import new_id
from kit.service import Service
from kit.settings import ServiceSettings
from kit.tokens import Caller, sign
from soldwire_contracts import Fact
from soldwire_contracts.listings import ListingObserved, ListingTarget
from soldwire_contracts.sales import SaleState
from soldwire_contracts.sync import SyncRequested
from soldwire_contracts.values import Platform, RunState, SyncScope

from testkit.driven import Driven
from testkit.http import http_to
from testkit.sandbox import Json, Sandbox
from testkit.targets import listing_target

_OUTCOMES = ("listing.delisted", "listing.adjusted", "listing.relisted", "listing.failed")


@dataclass
class Bench(Driven):
    """One connector, its HTTP on a real port, one seller of a sandbox. Jobs turn when told to."""

    platform: Platform
    service: Service
    settings: ServiceSettings
    sandbox: Sandbox
    url: str
    seller: str
    connect_body: Json
    subscribe: Callable[[str], Awaitable[object]]
    """Make the marketplace send its notifications to this connector's address."""
    webhook_path: str
    new_order_topic: str | None
    writes: Callable[[int], str]
    """The sandbox's operation that sets a listing to a quantity."""
    reads: str
    """The sandbox's operation that reads a listing back."""
    pages: str
    """The operation that a sync of articles reads stock with."""
    republishes: str | None = None
    """The operation that puts up again what was taken down, where it is another one than `writes`."""
    refused_status: int = 401
    tenant: UUID = field(default_factory=uuid4)
    account: UUID = field(default_factory=uuid4)
    article: UUID = field(default_factory=uuid4)

    @property
    def caller(self) -> dict[str, str]:
        caller = Caller(self.tenant, uuid4(), "seller")
        return {"Authorization": f"Bearer {sign(self.settings, caller, audience=self.service.name)}"}

    async def connect(self) -> None:
        """Connect the seller through the connector's own door."""
        async with http_to(self.url) as http:
            answer = await http.post("/v1/accounts", json=self.connect_body, headers=self.caller)
            if answer.status_code == 503:  # a machine that stood still for a moment; a person presses again
                answer = await http.post("/v1/accounts", json=self.connect_body, headers=self.caller)
        assert answer.status_code in (200, 201), answer.text
        self.account = UUID(answer.json()["account_id"])

    async def disconnect(self) -> None:
        """The seller disconnects in Soldwire."""
        async with http_to(self.url) as http:
            answer = await http.delete(f"/v1/accounts/{self.account}", headers=self.caller)
        assert answer.status_code == 204, answer.text

    async def count(self, table: str) -> int:
        async with self.service.database.bus([self.tenant]) as uow:
            rows = await uow.conn.execute_sql(f"select count(*) from {table}")
            return int(rows.scalar_one())

    async def execute(self, statement: str) -> None:
        async with self.service.database.bus([self.tenant]) as uow:
            await uow.conn.execute_sql(statement)

    async def sync(self, scope: SyncScope = SyncScope.EVERYTHING) -> UUID:
        """A run, asked for and carried out."""
        run = new_id()
        asked = SyncRequested(
            tenant_id=self.tenant,
            platform=self.platform,
            account_id=self.account,
            run_id=run,
            revision=1,
            scope=scope,
            desired=RunState.RUNNING,
            requested_at=datetime.now(UTC),
        )
        await self.take("runs", asked)
        await self.turn("runs")
        return run

    async def stocked(self, sku: str, quantity: int) -> tuple[UUID, str]:
        """An article for sale and seen: our listing id and the marketplace's."""
        made = await self.sandbox.listing(self.platform, self.seller, sku, quantity=quantity)
        await self.sync(SyncScope.ARTICLES)
        seen = [e.data for e in await self.said("listing.observed") if isinstance(e.data, ListingObserved)]
        found = [fact.listing_id for fact in seen if fact.sku == sku]
        assert found, f"{sku} was not seen by the run: {[e.data for e in await self.said('sync.progress')]}"
        return found[0], str(made["listing"])

    def target(self, listing: UUID, version: int, quantity: int, **more: object) -> ListingTarget:
        values: dict[str, object] = {
            "article_id": self.article,
            "version": version,
            "quantity": quantity,
            "deadline": datetime.now(UTC) + timedelta(minutes=1),
        }
        return listing_target(self.platform, self.tenant, self.account, listing, **(values | more))

    async def outcomes(self) -> list[Fact]:
        return [event.data for event in await self.said(*_OUTCOMES)]

    async def settled(self, count: int = 1, within: float = 15.0) -> list[Fact]:
        """Turn the executor until so many outcomes were said."""
        deadline = asyncio.get_running_loop().time() + within
        while asyncio.get_running_loop().time() < deadline:
            await self.turn("intents")
            found = await self.outcomes()
            if len(found) >= count:
                return found
            await asyncio.sleep(0.05)
        raise AssertionError(f"{count} outcomes expected, {await self.outcomes()} said")

    async def changes(self, listing: str, least: int = 1, within: float = 8.0) -> list[Json]:
        """The calls that changed this listing; waits for `least`, for a call is on record when it has ended."""
        deadline = asyncio.get_running_loop().time() + within
        while True:
            calls = await self.sandbox.calls(platform=self.platform, account=self.seller, changed="true")
            found = [call for call in calls if any(e["listing"] == listing for e in call["effects"])]
            if len(found) >= least or asyncio.get_running_loop().time() > deadline:
                return found
            await asyncio.sleep(0.1)

    async def sales(self) -> list[SaleState]:
        said = await self.said("sale.detected", "sale.updated", "sale.cancelled", "sale.refunded")
        return [event.data for event in said if isinstance(event.data, SaleState)]

    async def webhooks_in(self, least: int, within: float = 10.0) -> None:
        """Wait until so many notifications are stored, and a moment for one too many; then map them."""
        deadline = asyncio.get_running_loop().time() + within
        while (stored := await self.count("raw_webhooks")) < least:
            assert asyncio.get_running_loop().time() < deadline, f"{stored} of {least} are stored"
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.1)
        await self.turn("webhooks")

    async def delivered(self, count: int, within: float = 10.0) -> None:
        """Wait until the marketplace has had so many notifications accepted, then map what is stored of them."""
        deadline = asyncio.get_running_loop().time() + within
        while len(accepted := await self._accepted()) < count:
            assert asyncio.get_running_loop().time() < deadline, f"{len(accepted)} of {count} were accepted"
            await asyncio.sleep(0.02)
        await self.turn("webhooks")

    async def _accepted(self) -> list[Json]:
        sent = (await self.sandbox.get("truth/webhooks", platform=self.platform, account=self.seller))[
            "webhooks"
        ]
        return [one for one in sent if one["status"] is not None and 200 <= one["status"] < 300]
