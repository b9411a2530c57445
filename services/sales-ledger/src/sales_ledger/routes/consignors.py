"""HTTP: consignors, what the shop owes them and what is due."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from kit.database import Database
from kit.http import CallerDep, WriterDep

from sales_ledger import usecases, wire
from sales_ledger.routes.people import person

Cursor = Annotated[str | None, Query(max_length=500)]
Limit = Annotated[int, Query(ge=1, le=200)]


def build(database: Database) -> APIRouter:
    """Consignors: read, and written."""
    router = APIRouter(prefix="/v1/consignors", tags=["consignors"])
    _add_reading(router, database)
    _add_writing(router, database)
    return router


def _add_reading(router: APIRouter, database: Database) -> None:
    @router.get("")
    async def listed(
        caller: CallerDep,
        search: Annotated[str, Query(max_length=200)] = "",
        active: bool | None = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> wire.ConsignorPage:
        """Consignors by code, optionally by the beginnings of words of code, name and address."""
        async with database.request(caller.tenant_id) as uow:
            found, following = await usecases.consignors_page(
                uow, caller.tenant_id, search=search, active=active, cursor=cursor, limit=limit
            )
        return wire.ConsignorPage(items=[wire.consignor_view(one) for one in found], next=following)

    @router.get("/{consignor_id}")
    async def shown(consignor_id: UUID, caller: CallerDep) -> wire.ConsignorDetail:
        """One consignor, what the shop owes by the books, what is due, and the latest changes. 404 `no_such_consignor`."""
        async with database.request(caller.tenant_id) as uow:
            found = await usecases.consignor(uow, caller.tenant_id, consignor_id)
        named = {consignor_id: found.consignor}
        due = [wire.due_sum_view(one, named) for one in found.due]
        return wire.consignor_detail(found.consignor, found.balances, due, found.changes)


def _add_writing(router: APIRouter, database: Database) -> None:
    @router.post("", status_code=201)
    async def created(body: wire.ConsignorBody, caller: WriterDep) -> wire.ConsignorView:
        """Add a consignor. 409 `code_taken` when another has the code."""
        async with database.request(caller.tenant_id) as uow:
            who = person(caller, body.reason)
            return wire.consignor_view(await usecases.create_consignor(uow, who, body.profile()))

    @router.put("/{consignor_id}")
    async def edited(consignor_id: UUID, body: wire.ConsignorEdit, caller: WriterDep) -> wire.ConsignorView:
        """Change what is kept of a consignor. 409 `code_taken`, 409 `changed_meanwhile`, 404 `no_such_consignor`."""
        async with database.request(caller.tenant_id) as uow:
            found = await usecases.edit_consignor(
                uow, person(caller, body.reason), consignor_id, body.profile(), body.expected_revision
            )
            return wire.consignor_view(found)

    @router.post("/{consignor_id}/deactivate")
    async def deactivated(consignor_id: UUID, body: wire.WhyBody, caller: WriterDep) -> wire.ConsignorView:
        """No new articles for this consignor; what was given stays and is paid. 404 `no_such_consignor`."""
        async with database.request(caller.tenant_id) as uow:
            who = person(caller, body.reason)
            return wire.consignor_view(await usecases.set_active(uow, who, consignor_id, active=False))

    @router.post("/{consignor_id}/reactivate")
    async def reactivated(consignor_id: UUID, body: wire.WhyBody, caller: WriterDep) -> wire.ConsignorView:
        """The consignor may be given articles again. 404 `no_such_consignor`."""
        async with database.request(caller.tenant_id) as uow:
            who = person(caller, body.reason)
            return wire.consignor_view(await usecases.set_active(uow, who, consignor_id, active=True))
