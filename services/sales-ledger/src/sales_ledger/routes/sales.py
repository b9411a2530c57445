"""HTTP: the sales list and its export, one sale and its way, the books."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from kit.database import Database
from kit.http import CallerDep
from pydantic import AwareDatetime

from sales_ledger import usecases, wire
from sales_ledger.routes.params import Cursor, DelaysDep, Limit
from sales_ledger.usecases import Filter


def filter_of(
    delays: DelaysDep,
    platform: Annotated[list[wire.Word] | None, Query(max_length=20)] = None,
    status: Annotated[list[wire.Status] | None, Query(max_length=20)] = None,
    owner: Annotated[list[wire.OwnerKind] | None, Query(max_length=20)] = None,
    delist: Annotated[list[wire.Word] | None, Query(max_length=20)] = None,
    account_id: UUID | None = None,
    contended: bool | None = None,
    restated: bool | None = None,
    provisional: bool | None = None,
    refunded: Annotated[list[wire.RefundState] | None, Query(max_length=3)] = None,
    consignor_id: UUID | None = None,
    due: bool | None = None,
    waits_for_fees: bool | None = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    search: Annotated[str, Query(max_length=200)] = "",
) -> Filter:
    """What a list is narrowed to, by the names people have for it. `due` is what a payout run could take now."""
    return Filter(
        platforms=tuple(platform or ()),
        statuses=tuple(status or ()),
        owners=tuple(owner or ()),
        delist_states=tuple(delist or ()),
        account_id=account_id,
        contended=contended,
        restated=restated,
        refunded=tuple(refunded or ()),
        provisional=provisional,
        delays=delays,
        consignor_id=consignor_id,
        due=due,
        waits_for_fees=waits_for_fees,
        since=since,
        until=until,
        search=search,
    )


FilterDep = Annotated[Filter, Depends(filter_of)]


def build(database: Database, export_page: int) -> list[APIRouter]:
    """Lists before single sales, whose path takes any word."""
    return [_lists(database), _export(database, export_page), _single(database), _books(database)]


def _lists(database: Database) -> APIRouter:
    router = APIRouter(prefix="/v1/sales", tags=["sales"])

    @router.get("")
    async def listed(
        caller: CallerDep,
        wanted: FilterDep,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> wire.SalePage:
        async with database.request(caller.tenant_id) as uow:
            sales, following = await usecases.page(uow, caller.tenant_id, wanted, cursor, limit)
            items = [wire.sale_view(sale, uow.now, wanted.delays) for sale in sales]
        return wire.SalePage(items=items, next=following)

    @router.get("/totals")
    async def totals(caller: CallerDep, wanted: FilterDep) -> list[wire.TotalView]:
        async with database.request(caller.tenant_id) as uow:
            found = await usecases.totals(uow, caller.tenant_id, wanted)
        return [wire.TotalView.model_validate(total) for total in found]

    @router.get("/by-day")
    async def by_day(
        caller: CallerDep, wanted: FilterDep, time_zone: Annotated[str, Query(max_length=64)] = "UTC"
    ) -> list[wire.DayView]:
        async with database.request(caller.tenant_id) as uow:
            found = await usecases.by_day(uow, caller.tenant_id, wanted, time_zone)
        return [wire.day_view(row) for row in found]

    return router


def _export(database: Database, export_page: int) -> APIRouter:
    router = APIRouter(prefix="/v1/sales", tags=["sales"])

    @router.get("/export.csv")
    async def exported(caller: CallerDep, wanted: FilterDep) -> StreamingResponse:
        """Every sale the filter finds, a page per transaction, so that an export holds nothing open.

        The first is read before the answer begins: what can't be asked for is refused, not broken off.
        """

        async def page(cursor: str | None) -> tuple[str, str | None]:
            async with database.request(caller.tenant_id) as uow:
                sales, following = await usecases.page(uow, caller.tenant_id, wanted, cursor, export_page)
            return wire.csv_lines(sales), following

        async def lines(text: str, following: str | None) -> AsyncIterator[str]:
            yield wire.csv_head() + text
            while following is not None:
                text, following = await page(following)
                yield text

        headers = {"Content-Disposition": 'attachment; filename="sales.csv"'}
        return StreamingResponse(
            lines(*await page(None)), media_type="text/csv; charset=utf-8", headers=headers
        )

    return router


def _single(database: Database) -> APIRouter:
    router = APIRouter(prefix="/v1/sales", tags=["sales"])

    @router.get("/{sale_id}")
    async def shown(sale_id: UUID, caller: CallerDep, delays: DelaysDep) -> wire.SaleView:
        async with database.request(caller.tenant_id) as uow:
            return wire.sale_view(await usecases.shown(uow, caller.tenant_id, sale_id), uow.now, delays)

    @router.get("/{sale_id}/removal")
    async def removal(sale_id: UUID, caller: CallerDep) -> wire.RemovalView:
        """What removing this sale asks, "do you still have it?": the answer by default and why, or why it is refused."""
        async with database.request(caller.tenant_id) as uow:
            asked, refusal = await usecases.removal(uow, caller.tenant_id, sale_id)
        return wire.removal_view(sale_id, asked, refusal)

    @router.get("/{sale_id}/timeline")
    async def timeline(sale_id: UUID, caller: CallerDep) -> wire.TimelineView:
        async with database.request(caller.tenant_id) as uow:
            hops = await usecases.way(uow, caller.tenant_id, sale_id)
            changes = await usecases.changes_of(uow, caller.tenant_id, sale_id)
            restated, _ = await usecases.restated(uow, caller.tenant_id, sale_id, None, 200)
        return wire.timeline_view(sale_id, hops, changes, restated)

    @router.get("/{sale_id}/restatements")
    async def restatements(
        sale_id: UUID, caller: CallerDep, cursor: Cursor = None, limit: Limit = 50
    ) -> wire.RestatementPage:
        """Figures its marketplace changed after it had told them. 404 for a sale that is not here."""
        async with database.request(caller.tenant_id) as uow:
            found, following = await usecases.restated(uow, caller.tenant_id, sale_id, cursor, limit)
        return wire.RestatementPage(items=wire.restatement_views(found), next=following)

    return router


def _books(database: Database) -> APIRouter:
    router = APIRouter(prefix="/v1/books", tags=["books"])

    @router.get("/balances")
    async def balances(caller: CallerDep) -> list[wire.BalanceView]:
        async with database.request(caller.tenant_id) as uow:
            return [wire.balance_view(row) for row in await usecases.balances(uow, caller.tenant_id)]

    return router
