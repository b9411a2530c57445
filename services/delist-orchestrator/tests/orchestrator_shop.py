"""Builders of the facts a delist-orchestrator hears, and the service under test."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from uuid import UUID, uuid4

from delist_orchestrator.app import brake_of, timing_of
from delist_orchestrator.config import Settings
from delist_orchestrator.usecases import Conduct
from fastapi import FastAPI
from kit.database import Database
from kit.service import Service
from soldwire_contracts import Event, Fact
from soldwire_contracts.listings import Evidence, ListingDelisted, ListingFailed, Target
from soldwire_contracts.stock import Drop, ListingSold, Owner, StockChanged
from soldwire_contracts.values import Outcome, OwnerKind, Platform, StockCause
from testkit.bus import emitted, run_batch

SOLD_AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@dataclass
class Shop:
    """One tenant with one article listed on three platforms; builds what inventory and connectors say of it."""

    tenant: UUID = field(default_factory=uuid4)
    article: UUID = field(default_factory=uuid4)
    accounts: dict[Platform, UUID] = field(
        default_factory=lambda: {p: uuid4() for p in (Platform.SHOPIFY, Platform.EBAY, Platform.DEPOP)}
    )
    listings: dict[Platform, UUID] = field(
        default_factory=lambda: {p: uuid4() for p in (Platform.SHOPIFY, Platform.EBAY, Platform.DEPOP)}
    )

    def target(self, platform: Platform, version: int, quantity: int = 0, **more: bool) -> Target:
        return Target(
            listing_id=self.listings[platform],
            account_id=self.accounts[platform],
            platform=platform,
            version=version,
            quantity=quantity,
            may_raise=more.get("may_raise", False),
            sold_here=more.get("sold_here", False),
        )

    def sold(
        self,
        on: Platform = Platform.EBAY,
        version: int = 1,
        quantity: int = 0,
        outcome: Outcome = Outcome.HELD,
        sale: UUID | None = None,
        explains: tuple[Drop, ...] = (),
    ) -> ListingSold:
        return ListingSold(
            tenant_id=self.tenant,
            article_id=self.article,
            sale_id=sale or uuid4(),
            account_id=self.accounts.get(on, uuid4()),
            platform=on,
            listing_id=self.listings.get(on),
            sku="SKU-1",
            title="Red jumper",
            outcome=outcome,
            units_sold=1,
            units_held=1,
            explains=explains,
            remaining=quantity,
            owner=Owner(kind=OwnerKind.OWN),
            targets=tuple(self.target(p, version, quantity, sold_here=p is on) for p in self.listings),
            sold_at=SOLD_AT,
            reserved_at=SOLD_AT + timedelta(seconds=1),
        )

    def changed(
        self,
        targets: tuple[Target, ...],
        cause: StockCause = StockCause.RELEASED,
        sale: UUID | None = None,
        drop: Drop | None = None,
    ) -> StockChanged:
        return StockChanged(
            tenant_id=self.tenant,
            article_id=self.article,
            quantity=max((t.quantity for t in targets), default=0),
            cause=cause,
            drop=drop,
            sale_id=sale,
            targets=targets,
            changed_at=SOLD_AT + timedelta(minutes=1),
        )

    def delisted(self, platform: Platform, version: int = 1, after: float = 2.0) -> ListingDelisted:
        applied = SOLD_AT + timedelta(seconds=after)
        return ListingDelisted(
            tenant_id=self.tenant,
            account_id=self.accounts[platform],
            platform=platform,
            article_id=self.article,
            listing_id=self.listings[platform],
            version=version,
            target_quantity=0,
            attempts=1,
            called_at=applied - timedelta(milliseconds=300),
            applied_at=applied,
            evidence=Evidence(quantity=0, buyable=False, read_at=applied + timedelta(milliseconds=200)),
        )

    def failed(self, platform: Platform, version: int = 1, *, can_retry: bool = True) -> ListingFailed:
        return ListingFailed(
            tenant_id=self.tenant,
            account_id=self.accounts[platform],
            platform=platform,
            article_id=self.article,
            listing_id=self.listings[platform],
            version=version,
            target_quantity=0,
            code="refused",
            reason="eBay refused to end the offer.",
            can_retry=can_retry,
            failed_at=SOLD_AT + timedelta(seconds=3),
        )


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = SOLD_AT + timedelta(seconds=1)

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

    @cached_property
    def app(self) -> FastAPI:
        """Made once: the first request of an application is dear."""
        return self.service.app()

    @property
    def conduct(self) -> Conduct:
        """The settings' times and brake, waking nobody."""
        settings = self.service.settings
        assert isinstance(settings, Settings)
        return Conduct(timing_of(settings), brake_of(settings), lambda: None)

    async def stock(self, *facts: Fact) -> None:
        await run_batch(self.service.routers[0], "stock", facts, self.database)

    async def outcomes(self, *facts: Fact) -> None:
        await run_batch(self.service.routers[0], "outcomes", facts, self.database)

    async def sweep(self) -> None:
        """Every job's turn, the brake's first: what it lifts is due then."""
        for job in reversed(self.service.jobs):
            await job.run()

    async def said(self, *topics: str) -> list[Event[Fact]]:
        return await emitted(self.database, *topics)

    async def targets(self) -> list[Event[Fact]]:
        return await self.said(*(f"listing.target.{p}" for p in ("shopify", "ebay", "depop")))
