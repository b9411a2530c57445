"""Removals whose undo has passed: only then do others hear of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from kit.unit_of_work import UnitOfWork

from sales_ledger import store, wire
from sales_ledger.domain import Sale, Turn
from sales_ledger.usecases.record import record

Due = tuple[UUID, UUID]


async def claim(uow: UnitOfWork, limit: int) -> list[Due]:
    """Lease what is due to this process, as (tenant, sale)."""
    return await store.claim_removals(uow, limit)


async def say_removed(uow: UnitOfWork, due: Sequence[Due]) -> None:
    """Say these removals, once; one undone meanwhile is not said, nor one that was begun anew and can be undone still."""
    await uow.allow({tenant for tenant, _ in due})
    held = await store.lock(uow, [sale for _, sale in due])
    still = await store.still_due(uow, list(held))
    held = {sale_id: sale for sale_id, sale in held.items() if sale_id in still}
    for turn in await record(uow, [Turn(sale, _said(sale)) for sale in held.values()]):
        uow.emit(wire.sale_removed(turn.after), traceparent=turn.after.traceparent, test=turn.after.test)
    await store.drop_removals(uow, still)


def _said(sale: Sale) -> Sale:
    if sale.decisions.removed_at is None:
        return sale
    return replace(sale, decisions=replace(sale.decisions, removal_said=True))
