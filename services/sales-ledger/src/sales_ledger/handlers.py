"""Kafka in: the marketplaces', inventory's and the orchestrator's words on sales; payouts; erased tenants."""

from __future__ import annotations

from collections.abc import Sequence

from kit.bus import BatchRouter
from kit.unit_of_work import UnitOfWork
from soldwire_contracts import Event
from soldwire_contracts.delist import DelistCompleted, DelistProgress
from soldwire_contracts.ledger import PayoutSettled
from soldwire_contracts.sales import SaleCancelled, SaleDetected, SaleRefunded, SaleState, SaleUpdated
from soldwire_contracts.stock import ListingSold, StockOversold
from soldwire_contracts.sync import TenantErased

from sales_ledger import usecases, wire

router = BatchRouter("sales-ledger")

PACE = 0.1
"""Each sale comes up in half a dozen events here, and no take-down waits for any."""


@router.batch(
    SaleDetected,
    SaleUpdated,
    SaleCancelled,
    SaleRefunded,
    subscriber="sales",
    title="sales-ledger records sales",
    pace=PACE,
)
async def on_sales(events: Sequence[Event[SaleState]], uow: UnitOfWork) -> None:
    """What marketplaces say."""
    await usecases.listen(uow, [wire.word_of_sale(event) for event in events])


@router.batch(
    ListingSold, StockOversold, subscriber="stock", title="sales-ledger learns owner and outcome", pace=PACE
)
async def on_stock(events: Sequence[Event[ListingSold] | Event[StockOversold]], uow: UnitOfWork) -> None:
    """What inventory says."""
    await usecases.listen(uow, [word for event in events for word in wire.words_of_stock(event)])


@router.batch(
    DelistProgress, DelistCompleted, subscriber="delists", title="sales-ledger follows delists", pace=PACE
)
async def on_delists(
    events: Sequence[Event[DelistProgress] | Event[DelistCompleted]], uow: UnitOfWork
) -> None:
    """What the orchestrator says."""
    await usecases.listen(uow, [wire.word_of_delist(event) for event in events])


@router.batch(PayoutSettled, subscriber="payouts", title="sales-ledger books payouts")
async def on_payouts(events: Sequence[Event[PayoutSettled]], uow: UnitOfWork) -> None:
    """What marketplaces paid out."""
    await usecases.settle(uow, wire.payouts(events))


@router.batch(TenantErased, subscriber="tenants", title="sales-ledger forgets tenants")
async def on_tenants(events: Sequence[Event[TenantErased]], uow: UnitOfWork) -> None:
    """Who is forgotten."""
    for event in events:
        await usecases.forget(uow, event.data.tenant_id, event.data.erased_at)
