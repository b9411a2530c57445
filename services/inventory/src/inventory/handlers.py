"""Kafka in: sales, removals, observations, outcomes of targets, consignors, erased tenants."""

from __future__ import annotations

from collections.abc import Sequence

from kit.bus import BatchRouter
from kit.unit_of_work import UnitOfWork
from soldwire_contracts import Event
from soldwire_contracts.ledger import ConsignorChanged, SaleRemoved
from soldwire_contracts.listings import (
    ListingAdjusted,
    ListingDelisted,
    ListingFailed,
    ListingObserved,
    ListingOutcome,
    ListingRelisted,
)
from soldwire_contracts.sales import SaleCancelled, SaleDetected, SaleRefunded, SaleState, SaleUpdated
from soldwire_contracts.sync import TenantErased

from inventory import usecases

router = BatchRouter("inventory")


@router.batch(SaleDetected, SaleUpdated, SaleCancelled, SaleRefunded, SaleRemoved, subscriber="sales")
async def on_sales(events: Sequence[Event[SaleState] | Event[SaleRemoved]], uow: UnitOfWork) -> None:
    """Order lines in any state, and a person's word that one was wrong."""
    await usecases.sell(uow, events)


@router.batch(ListingObserved, subscriber="listings", pace=0.1)
async def on_listings_observed(events: Sequence[Event[ListingObserved]], uow: UnitOfWork) -> None:
    """Listings as their marketplaces show them."""
    await usecases.observe(uow, events)


@router.batch(
    ListingDelisted, ListingAdjusted, ListingRelisted, ListingFailed, subscriber="outcomes", pace=0.1
)
async def on_targets_ended(events: Sequence[Event[ListingOutcome]], uow: UnitOfWork) -> None:
    """What became of targets."""
    await usecases.reach(uow, events)


@router.batch(ConsignorChanged, subscriber="consignors", pace=0.1)
async def on_consignors_changed(events: Sequence[Event[ConsignorChanged]], uow: UnitOfWork) -> None:
    """Who gives articles to be sold."""
    await usecases.note_consignors(uow, events)


@router.batch(TenantErased, subscriber="tenants")
async def on_tenants_erased(events: Sequence[Event[TenantErased]], uow: UnitOfWork) -> None:
    """Forget tenants."""
    await usecases.erase(uow, events)
