"""Kafka in, the same for every connector: targets, requested runs, erased tenants."""

from __future__ import annotations

from collections.abc import Sequence

from kit.bus import BatchRouter
from kit.jobs import Wake
from kit.unit_of_work import UnitOfWork
from soldwire_contracts import Event
from soldwire_contracts.listings import ListingTarget
from soldwire_contracts.sync import SyncRequested, TenantErased
from sqlalchemy import Table

from connector_kit import usecases


def build(
    service: str, platform: str, *, targets: Wake, runs: Wake, own_tables: Sequence[Table] = ()
) -> BatchRouter:
    """The router of a connector: subscribers `targets`, `runs` and `tenants`. Handlers call no marketplace.

    `own_tables`: what it keeps of tenants beside the shared tables, to be forgotten with them.
    """
    router = BatchRouter(service)

    @router.batch(ListingTarget, platform=platform, subscriber="targets")
    async def on_listing_targets(events: Sequence[Event[ListingTarget]], uow: UnitOfWork) -> None:
        if await usecases.take_targets(uow, events):
            uow.after_commit(targets.wake)

    @router.batch(SyncRequested, platform=platform, subscriber="runs")
    async def on_sync_requested(events: Sequence[Event[SyncRequested]], uow: UnitOfWork) -> None:
        if await usecases.take_requests(uow, [event.data for event in events]):
            uow.after_commit(runs.wake)

    @router.batch(TenantErased, subscriber="tenants")
    async def on_tenant_erased(events: Sequence[Event[TenantErased]], uow: UnitOfWork) -> None:
        await usecases.erase_tenants(uow, [event.data.tenant_id for event in events], own_tables)

    return router
