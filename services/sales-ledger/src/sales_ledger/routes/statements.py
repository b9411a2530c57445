"""HTTP: a consignor's statement, as JSON, CSV and PDF."""

from __future__ import annotations

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from kit.database import Database
from kit.http import CallerDep
from pydantic import AwareDatetime

from sales_ledger import usecases, wire
from sales_ledger.usecases import Period

Currency = Annotated[str, Query(pattern="^[A-Z]{3}$")]


TimeZone = Annotated[str, Query(max_length=64)]


def _period(since: AwareDatetime, until: AwareDatetime) -> Period:
    return since, until


PeriodDep = Annotated[Period, Depends(_period)]


def build(database: Database) -> APIRouter:
    """Statements come from the books alone; each line names its sale."""
    router = APIRouter(prefix="/v1/consignors/{consignor_id}", tags=["statements"])
    _add_data(router, database)
    _add_print(router, database)
    return router


def _add_data(router: APIRouter, database: Database) -> None:
    @router.get("/statement")
    async def statement(
        consignor_id: UUID, caller: CallerDep, period: PeriodDep, currency: Currency
    ) -> wire.StatementView:
        """Opening balance, every entry booked from `since` to before `until`, closing balance.

        404 `no_such_consignor`; 422 `bad_period`, 422 `period_too_long`.
        """
        async with database.request(caller.tenant_id) as uow:
            found = await usecases.statement_of(uow, caller.tenant_id, consignor_id, currency, period)
        return wire.statement_view(found)

    @router.get("/statement.csv")
    async def as_csv(
        consignor_id: UUID,
        caller: CallerDep,
        period: PeriodDep,
        currency: Currency,
        time_zone: TimeZone = "UTC",
    ) -> Response:
        """The same as CSV, safe against formulas, its times in a zone. 422 `bad_time_zone`."""
        zone = usecases.zone_of(time_zone)
        async with database.request(caller.tenant_id) as uow:
            found = await usecases.statement_of(uow, caller.tenant_id, consignor_id, currency, period)
        return _file(wire.statement_csv(found.in_zone(zone)).encode(), "text/csv; charset=utf-8", "csv")


def _add_print(router: APIRouter, database: Database) -> None:
    @router.get("/statement.pdf")
    async def as_pdf(
        consignor_id: UUID,
        caller: CallerDep,
        period: PeriodDep,
        currency: Currency,
        title: Annotated[str, Query(min_length=1, max_length=100)] = "Statement",
        time_zone: TimeZone = "UTC",
    ) -> Response:
        """The same as a PDF to print, under the shop's own title, its days those of a zone. 422 `bad_time_zone`."""
        zone = usecases.zone_of(time_zone)
        async with database.request(caller.tenant_id) as uow:
            found = await usecases.statement_of(uow, caller.tenant_id, consignor_id, currency, period)
        made = await asyncio.to_thread(wire.statement_pdf, found.in_zone(zone), title, uow.now)
        return _file(made, "application/pdf", "pdf")


def _file(content: bytes, media_type: str, ending: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="statement.{ending}"'}
    return Response(content, media_type=media_type, headers=headers)
