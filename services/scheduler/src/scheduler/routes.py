"""HTTP in: refresh data, runs and their progress, sync plans."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from kit.database import Database
from kit.http import CallerDep, WriterDep
from kit.paging import cursor_of, place_of

from scheduler import usecases, wire


def build(database: Database) -> APIRouter:
    """`/v1/refresh`, `/v1/runs`, `/v1/plans`.

    Changes run as the process's own role under the caller's tenant alone: the tables of what is due are closed to
    the request role.
    """
    router = APIRouter(prefix="/v1")
    _runs(router, database)
    _plans(router, database)
    return router


def _runs(router: APIRouter, database: Database) -> None:
    @router.post("/refresh", status_code=202)
    async def refresh(body: wire.RefreshBody, caller: WriterDep) -> wire.RunsView:
        """Read every connected account again, visibly."""
        async with database.bus((caller.tenant_id,)) as uow:
            runs = await usecases.refresh(uow, caller.tenant_id, body.scope)
        return wire.runs_view(runs)

    @router.get("/runs")
    async def runs(
        caller: CallerDep,
        visible: bool = False,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        after: str | None = None,
    ) -> wire.RunsView:
        """Runs, newest first, with phase, done and total."""
        async with database.request(caller.tenant_id) as uow:
            found = await usecases.list_runs(uow, visible_only=visible, before=place_of(after), limit=limit)
        last = found[-1] if len(found) == limit else None
        return wire.runs_view(found, cursor_of(last.requested_at, last.run_id) if last else None)

    @router.post("/runs/{run_id}/cancel", status_code=202)
    async def cancel(run_id: UUID, caller: WriterDep) -> wire.RunView:
        """Ask a run to stop at its next checkpoint."""
        async with database.bus((caller.tenant_id,)) as uow:
            run = await usecases.cancel(uow, run_id)
        return wire.run_view(run)


def _plans(router: APIRouter, database: Database) -> None:
    @router.get("/plans")
    async def plans(caller: CallerDep) -> wire.PlansView:
        """Every account's plan."""
        async with database.request(caller.tenant_id) as uow:
            found = await usecases.plans_of_tenant(uow, caller.tenant_id)
        return wire.PlansView(items=[wire.plan_view(account, plan) for account, plan in found])

    @router.get("/plans/{account_id}")
    async def plan(account_id: UUID, caller: CallerDep) -> wire.PlanView:
        """One account's plan."""
        async with database.request(caller.tenant_id) as uow:
            return wire.plan_view(*await usecases.plan_of(uow, account_id))

    @router.put("/plans/{account_id}")
    async def change_plan(account_id: UUID, body: wire.PlanBody, caller: WriterDep) -> wire.PlanView:
        """Set how often an account is read, what, and from when on."""
        async with database.bus((caller.tenant_id,)) as uow:
            changed = await usecases.change_plan(uow, account_id, body.interval, body.scope, body.start_from)
        return wire.plan_view(*changed)
