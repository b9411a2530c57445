"""Kafka in: what connectors say of accounts and runs."""

from __future__ import annotations

from collections.abc import Sequence

from kit.bus import BatchRouter
from kit.unit_of_work import UnitOfWork
from soldwire_contracts import Event
from soldwire_contracts.sync import AccountStatus, SyncProgress, TenantErased

from scheduler import usecases

router = BatchRouter("scheduler")


@router.batch(AccountStatus, SyncProgress, subscriber="runs", title="scheduler follows accounts and runs")
async def on_words_of_connectors(
    events: Sequence[Event[AccountStatus] | Event[SyncProgress]], uow: UnitOfWork
) -> None:
    """Keep plans by what accounts are, runs by what their connectors say."""
    statuses = [e.data for e in events if isinstance(e.data, AccountStatus)]
    progresses = [e.data for e in events if isinstance(e.data, SyncProgress)]
    await usecases.follow(uow, statuses, progresses)


@router.batch(TenantErased, subscriber="tenants", title="scheduler forgets erased tenants")
async def on_tenants_erased(events: Sequence[Event[TenantErased]], uow: UnitOfWork) -> None:
    """Forget, and remember to."""
    for event in events:
        await usecases.erase(uow, event.data)
