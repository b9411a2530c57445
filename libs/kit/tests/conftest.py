"""A mini service on real PostgreSQL: it writes down what it receives and says one fact for each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from kit import migrations
from kit.bus import BatchRouter
from kit.database import Database
from kit.settings import ServiceSettings
from kit.unit_of_work import UnitOfWork
from soldwire_contracts import Event
from soldwire_contracts.sync import AccountStatus, SyncFinished, SyncRequested
from soldwire_contracts.values import AccountState, Platform, RunState, SyncScope
from soldwire_local import provision
from sqlalchemy import text
from testkit.services import settings_for

SECRET = b"0123456789abcdef0123456789abcdef"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@dataclass
class Mini:
    """The mini service with its knobs: `poison` names raise, `outages` transient errors come first."""

    settings: ServiceSettings
    database: Database
    tenant: UUID
    poison: set[str] = field(default_factory=set)
    outages: int = 0
    calls: int = 0
    router: BatchRouter = field(default_factory=lambda: BatchRouter("mini"))

    def __post_init__(self) -> None:
        self.router.batch(AccountStatus, subscriber="accounts")(self.on_accounts)

    async def on_accounts(self, events: Sequence[Event[AccountStatus]], uow: UnitOfWork) -> None:
        self.calls += 1
        if self.outages > 0:
            self.outages -= 1
            raise ConnectionResetError("PostgreSQL went away")
        for event in events:
            if event.data.name in self.poison:
                raise ValueError(f"poisoned: {event.data.name}")
            await uow.conn.execute(
                text("insert into effects (event_id, tenant_id, account_id, name) values (:i, :t, :a, :n)"),
                {"i": event.id, "t": event.data.tenant_id, "a": event.data.account_id, "n": event.data.name},
            )
            uow.emit(finished(event.data), cause=event)

    def status(self, name: str, account: UUID | None = None, tenant: UUID | None = None) -> AccountStatus:
        return AccountStatus(
            tenant_id=tenant or self.tenant,
            account_id=account or uuid4(),
            platform=Platform.EBAY,
            revision=1,
            name=name,
            state=AccountState.CONNECTED,
            connected_at=NOW,
            at=NOW,
        )

    def run_of(self, platform: str) -> SyncRequested:
        return SyncRequested(
            tenant_id=self.tenant,
            platform=Platform(platform),
            account_id=uuid4(),
            run_id=uuid4(),
            revision=1,
            scope=SyncScope.SALES,
            desired=RunState.RUNNING,
            requested_at=NOW,
        )

    async def effects(self, *tenants: UUID) -> list[str]:
        async with self.database.bus(tenants or (self.tenant,)) as uow:
            return list((await uow.conn.execute(text("select name from effects order by n"))).scalars())

    async def scalar(self, query: str) -> object:
        async with self.database.bus((self.tenant,)) as uow:
            return (await uow.conn.execute(text(query))).scalar_one()


def finished(status: AccountStatus) -> SyncFinished:
    return SyncFinished(
        tenant_id=status.tenant_id,
        run_id=status.account_id,
        account_id=status.account_id,
        platform=status.platform,
        scope=SyncScope.SALES,
        outcome=RunState.COMPLETE,
        reason=status.name,
        requested_at=NOW,
        finished_at=NOW,
    )


@pytest.fixture
async def mini(postgres: str, request: pytest.FixtureRequest) -> AsyncIterator[Mini]:
    """A mini service in a database of its own."""
    name = f"mini-{uuid4().hex[:8]}"
    await provision.provision(postgres, SECRET, [name])
    dsns = provision.service_database(postgres, SECRET, name)
    await asyncio.to_thread(migrations.upgrade, Path(__file__).parent / "mini" / "migrations", dsns.owner)
    kafka = (
        request.getfixturevalue("topics_ready") if "topics_ready" in request.fixturenames else "127.0.0.1:1"
    )
    settings = settings_for(ServiceSettings, dsns, kafka=kafka)
    database = Database(settings, "/mini")
    yield Mini(settings, database, uuid4())
    await database.dispose()
