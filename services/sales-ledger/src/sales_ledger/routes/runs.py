"""HTTP: payout runs from draft to paid, and what is due."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from kit.database import Database
from kit.errors import Refused
from kit.http import CallerDep, WriterDep
from pydantic import AwareDatetime

from sales_ledger import usecases, wire
from sales_ledger.routes.consignors import Cursor, Limit
from sales_ledger.routes.people import person
from sales_ledger.usecases import NewRun

States = Annotated[list[wire.RunState] | None, Query(max_length=10)]


def build(database: Database, most: int) -> APIRouter:
    """Runs of at most so many sales; what is due before single runs, whose path takes any word."""
    router = APIRouter(prefix="/v1/payout-runs", tags=["payout runs"])
    _add_lists(router, database)
    _add_reading(router, database)
    _add_drawing(router, database, most)
    _add_paying(router, database)
    return router


def _add_lists(router: APIRouter, database: Database) -> None:
    @router.get("/due")
    async def due(
        caller: CallerDep, until: AwareDatetime | None = None, cursor: Cursor = None, limit: Limit = 50
    ) -> wire.DuePage:
        """What is due by consignor and currency, now or until a time, and when the rest will be."""
        async with database.request(caller.tenant_id) as uow:
            found, named, following = await usecases.due_page(uow, caller.tenant_id, until, cursor, limit)
        return wire.DuePage(items=[wire.due_sum_view(one, named) for one in found], next=following)

    @router.get("")
    async def listed(
        caller: CallerDep, state: States = None, cursor: Cursor = None, limit: Limit = 50
    ) -> wire.RunPage:
        """Payout runs, newest first."""
        async with database.request(caller.tenant_id) as uow:
            found, following = await usecases.runs_page(uow, caller.tenant_id, state or (), cursor, limit)
        return wire.RunPage(items=[wire.run_view(run) for run in found], next=following)


def _add_reading(router: APIRouter, database: Database) -> None:
    @router.get("/{run_id}")
    async def shown(run_id: UUID, caller: CallerDep) -> wire.RunDetail:
        """One run, what it pays whom, who was left out and why. 404 `no_such_run`."""
        async with database.request(caller.tenant_id) as uow:
            return _detail(await usecases.run(uow, caller.tenant_id, run_id))

    @router.get("/{run_id}/lines")
    async def lines(
        run_id: UUID,
        caller: CallerDep,
        consignor_id: UUID | None = None,
        cursor: Cursor = None,
        limit: Limit = 100,
    ) -> wire.RunLinePage:
        """What the run pays of each sale, by consignor. 404 `no_such_run`."""
        async with database.request(caller.tenant_id) as uow:
            page = await usecases.run_lines(uow, caller.tenant_id, run_id, consignor_id, cursor, limit)
        items = [wire.run_line_view(line, sale, page.run.currency) for line, sale in page.lines]
        return wire.RunLinePage(items=items, next=page.following)


def _add_drawing(router: APIRouter, database: Database, most: int) -> None:
    @router.post("", status_code=201)
    async def drawn(body: wire.RunBody, caller: WriterDep) -> wire.RunDetail:
        """Draft a run of what is due. Its sales can't be unconfirmed, removed or given another owner until it is cancelled.

        409 `nothing_due` with the reasons, 409 `too_many_sales`.
        """
        new = NewRun(body.currency, body.due_until, tuple(body.consignor_ids), tuple(body.sale_ids))
        async with database.request(caller.tenant_id) as uow:
            run = await usecases.draw_run(uow, person(caller, body.reason), new, most)
            return _detail(await usecases.run(uow, caller.tenant_id, run.run_id))

    @router.post("/{run_id}/approve")
    async def approved(run_id: UUID, body: wire.WhyBody, caller: WriterDep) -> wire.RunDetail:
        """Approve a draft. Its figures are checked again: changed ones are refused, 409 `figures_changed`, and drawn anew.

        409 `not_as_it_stands` where it is no draft, 409 `not_due_yet`, 409 `nothing_due`, 409 `changed_meanwhile`,
        404 `no_such_run`.
        """
        async with database.request(caller.tenant_id) as uow:
            _, stands = await usecases.approve_run(uow, person(caller, body.reason), run_id, most)
            found = await usecases.run(uow, caller.tenant_id, run_id)
        if not stands:
            raise Refused(
                "figures_changed",
                "The figures changed since this run was drawn. It was drawn again; look at it and approve that.",
                total=str(found.run.total),
            )
        return _detail(found)


def _add_paying(router: APIRouter, database: Database) -> None:
    @router.post("/{run_id}/pay")
    async def paid(run_id: UUID, body: wire.PayBody, caller: WriterDep) -> wire.RunDetail:
        """Record that an approved run was transferred, with how and by which reference; every sale of it is said.

        409 `already_paid` with who and when, 409 `not_as_it_stands`, 404 `no_such_run`.
        """
        async with database.request(caller.tenant_id) as uow:
            who = person(caller, body.reason)
            await usecases.pay_run(uow, who, run_id, body.method, body.reference)
            return _detail(await usecases.run(uow, caller.tenant_id, run_id))

    @router.post("/{run_id}/cancel")
    async def cancelled(run_id: UUID, body: wire.WhyBody, caller: WriterDep) -> wire.RunDetail:
        """Cancel a draft or approved run: its sales are free for another. 409 `already_paid`, 404 `no_such_run`."""
        async with database.request(caller.tenant_id) as uow:
            await usecases.cancel_run(uow, person(caller, body.reason), run_id)
            return _detail(await usecases.run(uow, caller.tenant_id, run_id))

    @router.post("/{run_id}/unpay")
    async def unpaid(run_id: UUID, body: wire.WhyBody, caller: WriterDep) -> wire.RunDetail:
        """The transfer came back: the run is approved again, and can be paid or cancelled.

        409 `in_a_later_run` when a later run has one of its sales, 409 `not_as_it_stands`, 404 `no_such_run`.
        """
        async with database.request(caller.tenant_id) as uow:
            await usecases.unpay_run(uow, person(caller, body.reason), run_id)
            return _detail(await usecases.run(uow, caller.tenant_id, run_id))


def _detail(found: usecases.RunFound) -> wire.RunDetail:
    return wire.run_detail(found.run, found.sums, found.named)
