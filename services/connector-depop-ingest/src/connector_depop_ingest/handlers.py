"""Kafka in: targets become tasks, requested runs wait for a browser, erased tenants are forgotten."""

from __future__ import annotations

from collections.abc import Sequence

from connector_kit import usecases as shared
from kit.bus import BatchRouter
from kit.jobs import Wake
from kit.unit_of_work import UnitOfWork
from soldwire_contracts import Event
from soldwire_contracts.listings import ListingTarget
from soldwire_contracts.sync import SyncRequested, TenantErased

from connector_depop_ingest import usecases


def build(targets: Wake, runs: Wake) -> BatchRouter:
    """The router; its handlers touch no browser."""
    router = BatchRouter("connector-depop-ingest")

    @router.batch(ListingTarget, platform="depop", subscriber="targets")
    async def on_listing_targets(events: Sequence[Event[ListingTarget]], uow: UnitOfWork) -> None:
        if await usecases.take_targets(uow, events):
            uow.after_commit(targets.wake)

    @router.batch(SyncRequested, platform="depop", subscriber="runs")
    async def on_sync_requested(events: Sequence[Event[SyncRequested]], uow: UnitOfWork) -> None:
        if await shared.take_requests(uow, [event.data for event in events]):
            uow.after_commit(runs.wake)

    @router.batch(TenantErased, subscriber="tenants")
    async def on_tenant_erased(events: Sequence[Event[TenantErased]], uow: UnitOfWork) -> None:
        await usecases.erase_tenants(uow, [event.data.tenant_id for event in events])

    return router
