"""A scheduler on a database of its own, with a clock the test turns."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from kit import tokens
from kit.database import Database
from kit.http import make_app
from kit.tokens import Caller, Role
from scheduler import handlers, jobs, routes, usecases
from scheduler.config import Settings
from soldwire_contracts import Event, Fact, ids
from soldwire_contracts.sync import AccountStatus, SyncFinished, SyncProgress, SyncRequested, TenantErased
from soldwire_contracts.values import AccountState, Platform, RunState, SyncScope
from testkit.bus import emitted, run_batch
from testkit.plugin import FreshDatabase
from testkit.services import settings_for

START = datetime(2026, 11, 20, 14, 3, tzinfo=UTC)


@dataclass
class Clock:
    """Time as the test says."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class World:
    """One scheduler and the words around it."""

    settings: Settings
    database: Database
    clock: Clock
    tenant: UUID = field(default_factory=uuid4)

    def account(self, platform: Platform = Platform.EBAY, tenant: UUID | None = None) -> UUID:
        return ids.account_id(tenant or self.tenant, platform, "seller")

    async def status(
        self,
        platform: Platform = Platform.EBAY,
        *,
        tenant: UUID | None = None,
        revision: int = 1,
        state: AccountState = AccountState.CONNECTED,
    ) -> UUID:
        fact = AccountStatus(
            tenant_id=tenant or self.tenant,
            account_id=self.account(platform, tenant),
            platform=platform,
            revision=revision,
            name="shop",
            state=state,
            connected_at=START,
            at=self.clock.now,
        )
        await self.hear(fact)
        return fact.account_id

    async def hear(self, *facts: Fact, subscriber: str = "runs") -> None:
        await run_batch(handlers.router, subscriber, facts, self.database)

    async def erase(self, tenant: UUID) -> None:
        await self.hear(TenantErased(tenant_id=tenant, erased_at=self.clock.now), subscriber="tenants")

    def progress(self, run: SyncRequested, sequence: int, **more: object) -> SyncProgress:
        said = {
            "tenant_id": run.tenant_id,
            "run_id": run.run_id,
            "account_id": run.account_id,
            "platform": run.platform,
            "scope": run.scope,
            "sequence": sequence,
            "lease": 1,
            "phase": "sales",
            "done": sequence,
            "total": 10,
            "at": self.clock.now,
        }
        return SyncProgress.model_validate(said | more)

    async def complete(self, run: SyncRequested, up_to: datetime, sequence: int = 9) -> None:
        await self.hear(
            self.progress(
                run, sequence, outcome=RunState.COMPLETE, complete_up_to=up_to, sales=3, new_sales=1
            )
        )

    async def fire(self) -> None:
        await jobs.sweep(self.database, usecases.fire_due_plans)

    async def judge(self) -> None:
        await jobs.sweep(self.database, usecases.judge_silent_runs)

    async def requested(self, scope: SyncScope | None = None) -> Sequence[SyncRequested]:
        said = [event.data for event in await self.said() if isinstance(event.data, SyncRequested)]
        return [each for each in said if scope is None or each.scope is scope]

    async def finished(self) -> Sequence[SyncFinished]:
        return [event.data for event in await self.said() if isinstance(event.data, SyncFinished)]

    async def said(self) -> Sequence[Event[Fact]]:
        return await emitted(self.database)

    def person(self, role: Role = "seller", tenant: UUID | None = None) -> httpx.AsyncClient:
        caller = Caller(tenant or self.tenant, uuid4(), role)
        token = tokens.sign(self.settings, caller, audience="scheduler")
        app = make_app("scheduler", self.settings, [routes.build(self.database)])
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app),
            base_url="http://scheduler",
            headers={"authorization": f"Bearer {token}"},
        )


@pytest.fixture
async def world(database: FreshDatabase) -> AsyncIterator[World]:
    clock = Clock()
    settings = settings_for(Settings, database("scheduler"))
    opened = Database(settings, source="/scheduler", clock=clock)
    yield World(settings, opened, clock)
    await opened.dispose()
