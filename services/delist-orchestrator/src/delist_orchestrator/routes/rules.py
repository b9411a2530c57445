"""HTTP of policies and pauses, and of operations' pauses."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from fastapi import APIRouter
from kit.database import Database
from kit.http import CallerDep, OperationsDep, WriterDep

from delist_orchestrator import usecases, wire
from delist_orchestrator.usecases import Conduct


def build(database: Database, conduct: Conduct) -> list[APIRouter]:
    """Policies, pauses, operations' pauses."""
    return [_policies(database), _pauses(database, conduct), _operations(database, conduct)]


def _policies(database: Database) -> APIRouter:
    router = APIRouter(prefix="/v1/policies", tags=["policies"])

    @router.get("")
    async def listed(caller: CallerDep) -> list[wire.PolicyView]:
        """When listings of sold articles are taken down, for each platform: at once unless chosen otherwise."""
        async with database.request(caller.tenant_id) as uow:
            return wire.policy_views(await usecases.policies(uow, caller.tenant_id))

    @router.put("/{platform}")
    async def put(platform: wire.Platform, body: wire.PolicyBody, caller: WriterDep) -> wire.PolicyView:
        """Choose for one platform. What waits already goes on as it was to; it holds for sales from now on."""
        policy = wire.policy(body.mode, timedelta(seconds=body.grace_seconds))
        async with database.request(caller.tenant_id) as uow:
            await usecases.set_policy(uow, caller.tenant_id, platform, policy, str(caller.user_id))
        return wire.PolicyView(platform=platform, mode=body.mode, grace_seconds=body.grace_seconds)

    return router


def _pauses(database: Database, conduct: Conduct) -> APIRouter:
    router = APIRouter(prefix="/v1/pauses", tags=["pauses"])

    @router.get("")
    async def listed(caller: CallerDep) -> list[wire.PauseView]:
        """The 200 latest pauses of yours and of operations, each with those that stand first: who, when, why."""
        async with database.bus((caller.tenant_id,)) as uow:
            return [wire.pause_view(p) for p in await usecases.recorded_pauses(uow, caller.tenant_id)]

    @router.post("", status_code=201)
    async def paused(body: wire.PauseBody, caller: WriterDep) -> wire.PauseView:
        """Hold back everything, a platform or an account until somebody resumes. What was asked goes on.

        Refused (422): a scope that does not fit what is named.
        """
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
        """Lift a pause, the brake's too: what it held goes, unless another holds it. Refused (404): no such pause stands."""
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
        """Pause for one tenant, or a platform for every tenant when none is named. Refused (422): as a seller's."""
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
        """Lift a pause of one tenant, or a platform's for every tenant when none is named. Refused (404): none stands."""
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
