"""HTTP: the sales list and its export, one sale and its way, decisions, the books.

Removals run under the bus role bound to the caller's tenant alone, because they wait in the work queue; everything
else runs under the request role.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from kit.database import Database
from kit.http import CallerDep, WriterDep
from kit.tokens import Caller
from pydantic import AwareDatetime

from sales_ledger import usecases, wire
from sales_ledger.routes.params import Cursor, DelaysDep, Limit
from sales_ledger.usecases import Filter, Person


def _filter(
    delays: DelaysDep,
    platform: Annotated[list[str] | None, Query()] = None,
    status: Annotated[list[wire.Status] | None, Query()] = None,
    owner: Annotated[list[wire.OwnerKind] | None, Query()] = None,
    delist: Annotated[list[str] | None, Query()] = None,
    account_id: UUID | None = None,
    contended: bool | None = None,
    restated: bool | None = None,
    provisional: bool | None = None,
    refunded: Annotated[list[wire.RefundState] | None, Query()] = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    search: Annotated[str, Query(max_length=200)] = "",
) -> Filter:
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
        since=since,
        until=until,
        search=search,
    )


FilterDep = Annotated[Filter, Depends(_filter)]


def _person(caller: Caller, reason: str | None) -> Person:
    return Person(caller.tenant_id, str(caller.user_id), reason)


def build(database: Database, undo_for: timedelta, export_page: int) -> list[APIRouter]:
    """Every router of the service; lists before single sales, whose path takes any word."""
    return [
        _lists(database),
        _export(database, export_page),
        _decisions(database, undo_for),
        _single(database),
        _books(database),
    ]


def _lists(database: Database) -> APIRouter:
    router = APIRouter(prefix="/v1/sales", tags=["sales"])

    @router.get("")
    async def listed(
        caller: CallerDep,
        wanted: FilterDep,
        cursor: str | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> wire.SalePage:
        async with database.request(caller.tenant_id) as uow:
            sales, following = await usecases.page(uow, caller.tenant_id, wanted, cursor, limit)
        shown = [wire.sale_view(sale, uow.now, wanted.delays) for sale in sales]
        return wire.SalePage(items=shown, next=following)

    @router.get("/totals")
    async def totals(caller: CallerDep, wanted: FilterDep) -> list[wire.TotalView]:
        async with database.request(caller.tenant_id) as uow:
            found = await usecases.totals(uow, caller.tenant_id, wanted)
        return [wire.TotalView.model_validate(total) for total in found]

    @router.get("/by-day")
    async def by_day(caller: CallerDep, wanted: FilterDep, time_zone: str = "UTC") -> list[wire.DayView]:
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


def _decisions(database: Database, undo_for: timedelta) -> APIRouter:
    router = APIRouter(prefix="/v1/sales", tags=["decisions"])

    @router.post("/confirm")
    async def confirmed(body: wire.DecisionBody, caller: WriterDep) -> list[wire.AnswerView]:
        async with database.request(caller.tenant_id) as uow:
            answers = await usecases.confirm(uow, _person(caller, body.reason), body.sale_ids, undo=body.undo)
        return [wire.AnswerView.model_validate(answer) for answer in answers]

    @router.post("/remove")
    async def removed(body: wire.RemoveBody, caller: WriterDep) -> list[wire.AnswerView]:
        async with database.bus((caller.tenant_id,)) as uow:
            answers = await usecases.remove(
                uow,
                _person(caller, body.reason),
                body.sale_ids,
                undo_for,
                still_have_it=body.still_have_it,
                undo=body.undo,
            )
        return [wire.AnswerView.model_validate(answer) for answer in answers]

    @router.post("/pay")
    async def paid(body: wire.PayBody, caller: WriterDep) -> list[wire.AnswerView]:
        amounts = {payment.sale_id: payment.amount for payment in body.payments}
        async with database.request(caller.tenant_id) as uow:
            answers = await usecases.pay(uow, _person(caller, body.reason), amounts, undo=body.undo)
        return [wire.AnswerView.model_validate(answer) for answer in answers]

    return router


def _books(database: Database) -> APIRouter:
    router = APIRouter(prefix="/v1/books", tags=["books"])

    @router.get("/balances")
    async def balances(caller: CallerDep) -> list[wire.BalanceView]:
        async with database.request(caller.tenant_id) as uow:
            return [wire.balance_view(row) for row in await usecases.balances(uow, caller.tenant_id)]

    return router
