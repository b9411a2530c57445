"""HTTP: terms of consignors and of the house, only ever added to."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from kit.database import Database
from kit.http import CallerDep, WriterDep

from sales_ledger import usecases, wire
from sales_ledger.routes.consignors import Cursor, Limit
from sales_ledger.routes.people import person


def build(database: Database) -> APIRouter:
    """The house's default terms, and each consignor's own."""
    router = APIRouter(prefix="/v1", tags=["terms"])
    _add_reading(router, database)
    _add_writing(router, database)
    return router


def _add_reading(router: APIRouter, database: Database) -> None:
    async def page(
        caller: CallerDep, consignor_id: UUID | None, cursor: str | None, limit: int
    ) -> wire.TermsPage:
        async with database.request(caller.tenant_id) as uow:
            found, following = await usecases.terms_page(uow, caller.tenant_id, consignor_id, cursor, limit)
        return wire.TermsPage(items=[wire.TermsView.model_validate(terms) for terms in found], next=following)

    @router.get("/terms")
    async def of_the_house(caller: CallerDep, cursor: Cursor = None, limit: Limit = 50) -> wire.TermsPage:
        """What holds for consignors without terms of their own, the last said first."""
        return await page(caller, None, cursor, limit)

    @router.get("/consignors/{consignor_id}/terms")
    async def of_a_consignor(
        consignor_id: UUID, caller: CallerDep, cursor: Cursor = None, limit: Limit = 50
    ) -> wire.TermsPage:
        """A consignor's own terms, the last said first. 404 `no_such_consignor`."""
        return await page(caller, consignor_id, cursor, limit)


def _add_writing(router: APIRouter, database: Database) -> None:
    async def add(caller: WriterDep, consignor_id: UUID | None, body: wire.TermsBody) -> wire.TermsView:
        new = usecases.NewTerms(
            rate=body.of_rate(),
            minimum_fee=body.of_minimum(),
            base=body.base,
            return_days=body.return_days,
            effective_from=body.effective_from,
            from_the_beginning=body.from_the_beginning,
        )
        async with database.bus((caller.tenant_id,)) as uow:
            terms = await usecases.add_terms(uow, person(caller, body.reason), consignor_id, new)
        return wire.TermsView.model_validate(terms)

    @router.post("/terms", status_code=201)
    async def added_to_the_house(body: wire.TermsBody, caller: WriterDep) -> wire.TermsView:
        """Agree on what holds for consignors without terms of their own, from now or a later time on.

        Sales keep the terms of their time. The first ones may hold `from_the_beginning`, for sales that had none.
        409 `not_the_first`, 422 `in_the_past`, 422 `bad_rate`.
        """
        return await add(caller, None, body)

    @router.post("/consignors/{consignor_id}/terms", status_code=201)
    async def added_to_a_consignor(
        consignor_id: UUID, body: wire.TermsBody, caller: WriterDep
    ) -> wire.TermsView:
        """Agree on a consignor's own terms, from now or a later time on; refusals as of the house's. 404 `no_such_consignor`."""
        return await add(caller, consignor_id, body)
