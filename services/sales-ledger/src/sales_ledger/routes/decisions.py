"""HTTP: people's decisions on sales, with a result for each."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter
from kit.database import Database
from kit.http import WriterDep

from sales_ledger import usecases, wire
from sales_ledger.routes.params import DelaysDep
from sales_ledger.routes.people import person
from sales_ledger.routes.sales import filter_of
from sales_ledger.usecases import Answer


def build(database: Database, undo_for: timedelta) -> APIRouter:
    """Confirm some or all, remove, say whose it was and what was kept of it."""
    router = APIRouter(prefix="/v1/sales", tags=["decisions"])
    _add_confirming(router, database)
    _add_correcting(router, database, undo_for)
    _add_fees(router, database)
    return router


def _add_confirming(router: APIRouter, database: Database) -> None:
    @router.post("/confirm")
    async def confirmed(body: wire.DecisionBody, caller: WriterDep) -> list[wire.AnswerView]:
        """Confirm sales of either kind, or with `undo` take that back, which is refused once a payout run has the sale."""
        async with database.request(caller.tenant_id) as uow:
            answers = await usecases.confirm(uow, person(caller, body.reason), body.sale_ids, undo=body.undo)
        return _views(answers)

    @router.post("/confirm-all")
    async def confirmed_all(
        body: wire.ConfirmAllBody, caller: WriterDep, delays: DelaysDep
    ) -> wire.AnswerPage:
        """Confirm every sale a filter finds, `limit` a call: go on with `next` as `cursor` until there is none."""
        wanted = filter_of(delays, **body.filter.model_dump())
        async with database.request(caller.tenant_id) as uow:
            answers, following = await usecases.confirm_all(
                uow, person(caller, body.reason), wanted, body.cursor, body.limit, undo=body.undo
            )
        return wire.AnswerPage(items=_views(answers), next=following)


def _add_correcting(router: APIRouter, database: Database, undo_for: timedelta) -> None:
    @router.post("/remove")
    async def removed(body: wire.RemoveBody, caller: WriterDep) -> list[wire.AnswerView]:
        """Remove wrong sales, or with `undo` take that back; refused once a payout run has the sale.

        `still_have_it` left out is answered by default: no while the marketplace's order stands.
        """
        async with database.bus((caller.tenant_id,)) as uow:
            answers = await usecases.remove(
                uow,
                person(caller, body.reason),
                body.sale_ids,
                undo_for,
                still_have_it=body.still_have_it,
                undo=body.undo,
            )
        return _views(answers)

    @router.post("/owner")
    async def corrected(body: wire.OwnerBody, caller: WriterDep) -> list[wire.AnswerView]:
        """Say whose articles these sales were, or with `undo` go back to inventory's word; the books follow.

        Refused for a sale that was removed, is paid or in a payout run. 422 `no_such_consignor`.
        """
        async with database.request(caller.tenant_id) as uow:
            answers = await usecases.correct_owner(
                uow, person(caller, body.reason), body.sale_ids, body.owned()
            )
        return _views(answers)


def _add_fees(router: APIRouter, database: Database) -> None:
    @router.post("/fees")
    async def given(body: wire.FeesBody, caller: WriterDep) -> list[wire.AnswerView]:
        """Give the fees of sales whose marketplace has told none, 0 for none, or with `undo` wait for it again; shares and
        books follow. What the marketplace tells later counts instead.

        Refused where it has told them, for a till's sale, and for one that was removed, is paid or in a payout run.
        """
        async with database.request(caller.tenant_id) as uow:
            answers = await usecases.give_fees(uow, person(caller, body.reason), body.sale_ids, body.fees)
        return _views(answers)


def _views(answers: list[Answer]) -> list[wire.AnswerView]:
    return [wire.AnswerView.model_validate(answer) for answer in answers]
