"""Kafka in: inventory's targets, connectors' outcomes, erased tenants."""

from __future__ import annotations

from collections.abc import Sequence

from kit.bus import BatchRouter
from kit.unit_of_work import UnitOfWork
from soldwire_contracts import Event
from soldwire_contracts.listings import ListingAdjusted, ListingDelisted, ListingFailed, ListingRelisted
from soldwire_contracts.stock import ListingSold, StockChanged
from soldwire_contracts.sync import TenantErased

from delist_orchestrator import usecases, wire
from delist_orchestrator.usecases import Conduct

OutcomeEvent = Event[ListingDelisted] | Event[ListingAdjusted] | Event[ListingRelisted] | Event[ListingFailed]


def build(conduct: Conduct) -> BatchRouter:
    """The service's subscribers, acting by these settings."""
    router = BatchRouter("delist-orchestrator")

    @router.batch(ListingSold, StockChanged, subscriber="stock", title="delist-orchestrator opens steps")
    async def on_stock(events: Sequence[Event[ListingSold] | Event[StockChanged]], uow: UnitOfWork) -> None:
        await usecases.follow(uow, [wire.demand(event) for event in events], conduct)

    @router.batch(
        ListingDelisted,
        ListingAdjusted,
        ListingRelisted,
        ListingFailed,
        subscriber="outcomes",
        title="delist-orchestrator notes outcomes",
        pace=0.1,
    )
    async def on_outcomes(events: Sequence[OutcomeEvent], uow: UnitOfWork) -> None:
        await usecases.note(uow, [wire.result(event.data) for event in events], conduct)

    @router.batch(TenantErased, subscriber="tenants", title="delist-orchestrator forgets tenants")
    async def on_tenants(events: Sequence[Event[TenantErased]], uow: UnitOfWork) -> None:
        for event in events:
            await usecases.forget(uow, event.data.tenant_id, event.data.erased_at)

    return router
