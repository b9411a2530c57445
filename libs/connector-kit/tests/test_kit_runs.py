"""Runs on real PostgreSQL: one that was put off goes on at once when what it waits for has come, also while it is in hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from connector_kit import store
from kit.database import Database
from kit.ids import new_id
from kit.settings import ServiceSettings
from soldwire_contracts.sync import SyncRequested
from soldwire_contracts.values import Platform, RunState, SyncScope
from testkit.services import settings_for


def _asked() -> SyncRequested:
    return SyncRequested(
        tenant_id=uuid4(),
        platform=Platform.EBAY,
        account_id=uuid4(),
        run_id=new_id(),
        revision=1,
        scope=SyncScope.ARTICLES,
        desired=RunState.RUNNING,
        requested_at=datetime.now(UTC),
    )


@pytest.mark.parametrize("in_hand", [False, True])
async def test_a_run_that_is_hurried_is_due_and_no_other(database, in_hand: bool) -> None:
    here = Database(settings_for(ServiceSettings, database("connector-ebay")), "/connector-ebay")
    asked, other = _asked(), _asked()
    async with here.bus([asked.tenant_id, other.tenant_id]) as uow:
        await store.upsert_runs(uow, [asked, other])
    async with here.bus() as uow:
        leased = await store.lease_runs(uow, most=2)

    async def hurry() -> None:
        async with here.bus() as uow:
            await store.hurry_runs(uow, {asked.account_id})

    if in_hand:
        await hurry()
    async with here.bus() as uow:
        for run in leased:
            await store.postpone_run(uow, run, uow.now + timedelta(minutes=5))
    if not in_hand:
        await hurry()
    async with here.bus() as uow:
        assert [run.run_id for run in await store.lease_runs(uow, most=2)] == [asked.run_id]
    await here.dispose()
