"""What people see: lists, totals, one sale, its way, the books."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from kit.errors import NotFound
from kit.paging import cursor_of, cut, place_of
from kit.unit_of_work import UnitOfWork

from sales_ledger import store
from sales_ledger.domain import Command, Hop, Removal, Sale, refusal_of, removal_of, timeline
from sales_ledger.store import Filter, Total
from sales_ledger.usecases.zones import zone_of


async def page(
    uow: UnitOfWork, tenant_id: UUID, wanted: Filter, cursor: str | None, limit: int
) -> tuple[list[Sale], str | None]:
    """A page of sales, newest first, and the cursor of the next."""
    found = await store.page(uow, tenant_id, replace(wanted, at=uow.now), place_of(cursor), limit)
    shown_now, last = cut(found, limit)
    return shown_now, cursor_of(last.line.sold_at, last.sale_id) if last and last.line else None


async def shown(uow: UnitOfWork, tenant_id: UUID, sale_id: UUID) -> Sale:
    """One sale. Raises NotFound."""
    sale = await store.get(uow, tenant_id, sale_id)
    if sale is None:
        raise NotFound("no_such_sale", "There is no such sale.")
    return sale


async def way(uow: UnitOfWork, tenant_id: UUID, sale_id: UUID) -> list[Hop]:
    """One sale's timeline. Raises NotFound."""
    return timeline(await shown(uow, tenant_id, sale_id))


async def changes_of(uow: UnitOfWork, tenant_id: UUID, sale_id: UUID) -> list[store.SaleChange]:
    """(what, who, why, when, to what) of every decision on a sale."""
    return await store.changes_of(uow, tenant_id, sale_id)


async def removal(uow: UnitOfWork, tenant_id: UUID, sale_id: UUID) -> tuple[Removal, str | None]:
    """The question a removal would ask, and why it would be refused, if it would. Raises NotFound."""
    sale = await shown(uow, tenant_id, sale_id)
    return removal_of(sale), refusal_of(sale, Command.REMOVE)


async def totals(uow: UnitOfWork, tenant_id: UUID, wanted: Filter) -> list[Total]:
    """Sums per currency."""
    return await store.totals(uow, tenant_id, replace(wanted, at=uow.now))


async def by_day(
    uow: UnitOfWork, tenant_id: UUID, wanted: Filter, zone: str
) -> list[tuple[date, str, str, int, Decimal]]:
    """Sales by day, platform and currency. Raises Invalid for a time zone that is none."""
    zone_of(zone)
    return await store.by_day(uow, tenant_id, replace(wanted, at=uow.now), zone)


async def balances(uow: UnitOfWork, tenant_id: UUID) -> list[tuple[str, str, str, Decimal]]:
    """(account, type, currency, amount) of every account; debits positive."""
    return await store.balances(uow, tenant_id)
