"""HTTP: the Delist tab, policies, pauses; operations' pauses.

Commands run under the bus role bound to the caller's tenant alone, because they move steps whose due times are in
the work queue; everything that only reads runs under the request role.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from kit.database import Database
from kit.http import CallerDep, OperationsDep, WriterDep
from pydantic import AwareDatetime

from delist_orchestrator import usecases, wire
from delist_orchestrator.usecases import Conduct


def build(database: Database, conduct: Conduct) -> list[APIRouter]:
    """Every router of the service."""
    return [
        _delists(database),
        _commands(database, conduct),
        _policies(database),
        _pauses(database, conduct),
        _operations(database, conduct),
    ]


def _delists(database: Database) -> APIRouter:
    router = APIRouter(prefix="/v1/delists", tags=["delists"])

    @router.get("")
    async def listed(
        caller: CallerDep,
        group: wire.Group | None = None,
        since: AwareDatetime | None = None,
        article_id: UUID | None = None,
        cursor: str | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> wire.DelistPage:
        async with database.request(caller.tenant_id) as uow:
            chapters, following = await usecases.page(
                uow, caller.tenant_id, group, since, article_id, cursor, limit
            )
        return wire.DelistPage(items=[wire.delist_view(chapter) for chapter in chapters], next=following)

    @router.get("/groups")
    async def groups(caller: CallerDep, since: AwareDatetime | None = None) -> wire.GroupCounts:
        async with database.request(caller.tenant_id) as uow:
            return wire.group_counts(await usecases.groups(uow, caller.tenant_id, since))

    @router.get("/exposure")
    async def exposure(caller: CallerDep, since: AwareDatetime | None = None) -> wire.Exposure:
        async with database.request(caller.tenant_id) as uow:
            return wire.exposure(*await usecases.exposure(uow, caller.tenant_id, since))

    @router.get("/{sale_id}")
    async def shown(sale_id: UUID, caller: CallerDep) -> wire.DelistView:
        async with database.request(caller.tenant_id) as uow:
            return wire.delist_view(await usecases.shown(uow, caller.tenant_id, sale_id))

    return router


def _commands(database: Database, conduct: Conduct) -> APIRouter:
    router = APIRouter(prefix="/v1/delists", tags=["delists"])

    @router.post("/{command}")
    async def acted(command: wire.Command, body: wire.CommandBody, caller: WriterDep) -> wire.CommandAnswer:
        async with database.bus((caller.tenant_id,)) as uow:
            answers = await usecases.command(
                uow,
                caller.tenant_id,
                str(caller.user_id),
                command,
                [(step.listing_id, step.version) for step in body.steps],
                body.sale_ids,
                body.reason,
                conduct,
            )
        return wire.command_answer(answers)

    return router


def _policies(database: Database) -> APIRouter:
    router = APIRouter(prefix="/v1/policies", tags=["policies"])

    @router.get("")
    async def listed(caller: CallerDep) -> list[wire.PolicyView]:
        async with database.request(caller.tenant_id) as uow:
            return wire.policy_views(await usecases.policies(uow, caller.tenant_id))

    @router.put("/{platform}")
    async def put(platform: wire.Platform, body: wire.PolicyBody, caller: WriterDep) -> wire.PolicyView:
        policy = wire.policy(body.mode, timedelta(seconds=body.grace_seconds))
        async with database.request(caller.tenant_id) as uow:
            await usecases.set_policy(uow, caller.tenant_id, platform, policy, str(caller.user_id))
        return wire.PolicyView(platform=platform, mode=body.mode, grace_seconds=body.grace_seconds)

    return router


def _pauses(database: Database, conduct: Conduct) -> APIRouter:
    router = APIRouter(prefix="/v1/pauses", tags=["pauses"])

    @router.get("")
    async def listed(caller: CallerDep) -> list[wire.PauseView]:
        async with database.bus((caller.tenant_id,)) as uow:
            return [wire.pause_view(p) for p in await usecases.recorded_pauses(uow, caller.tenant_id)]

    @router.post("", status_code=201)
    async def paused(body: wire.PauseBody, caller: WriterDep) -> wire.PauseView:
        async with database.bus((caller.tenant_id,)) as uow:
            made = await usecases.pause(
                uow,
                caller.tenant_id,
                body.scope,
                body.platform,
                body.account_id,
                str(caller.user_id),
                body.reason,
            )
        return wire.pause_view(made)

    @router.post("/{pause_id}/resume")
    async def resumed(pause_id: UUID, body: wire.ResumeBody, caller: WriterDep) -> wire.PauseView:
        async with database.bus((caller.tenant_id,)) as uow:
            lifted = await usecases.resume(
                uow, pause_id, str(caller.user_id), body.reason, conduct, everywhere=False
            )
        return wire.pause_view(lifted)

    return router


def _operations(database: Database, conduct: Conduct) -> APIRouter:
    router = APIRouter(prefix="/v1/operations/pauses", tags=["operations"])

    @router.post("", status_code=201)
    async def paused(body: wire.OperationsPauseBody, caller: OperationsDep) -> wire.PauseView:
        """Pause for one tenant, or a platform for every tenant when none is named."""
        async with database.bus((body.tenant_id,) if body.tenant_id else ()) as uow:
            made = await usecases.pause(
                uow,
                body.tenant_id,
                body.scope,
                body.platform,
                body.account_id,
                f"operations:{caller.user_id}",
                body.reason,
            )
        return wire.pause_view(made)

    @router.post("/{pause_id}/resume")
    async def resumed(
        pause_id: UUID, body: wire.ResumeBody, caller: OperationsDep, tenant_id: UUID | None = None
    ) -> wire.PauseView:
        """Lift a pause of one tenant, or a platform's for every tenant when none is named."""
        async with database.bus((tenant_id,) if tenant_id else ()) as uow:
            lifted = await usecases.resume(
                uow,
                pause_id,
                f"operations:{caller.user_id}",
                body.reason,
                conduct,
                everywhere=tenant_id is None,
            )
        return wire.pause_view(lifted)

    return router
