"""Policies, pauses and resumes, on record with who, when and why."""

from __future__ import annotations

from uuid import UUID

from kit.errors import Invalid, NotFound
from kit.ids import new_id
from kit.unit_of_work import UnitOfWork

from delist_orchestrator import store
from delist_orchestrator.domain import Pause, Platform, Policy, Scope
from delist_orchestrator.usecases.follow import Conduct


async def set_policy(uow: UnitOfWork, tenant_id: UUID, platform: Platform, policy: Policy, by: str) -> None:
    """Choose when listings on a platform are taken down; it holds for steps opened from now on."""
    await store.save_policy(uow, tenant_id, platform, policy, by, uow.now)


async def pause(
    uow: UnitOfWork,
    tenant_id: UUID | None,
    scope: Scope,
    platform: Platform | None,
    account_id: UUID | None,
    by: str,
    reason: str,
) -> Pause:
    """Hold delisting back from now on. Without a tenant it is a platform's pause for everyone. Raises Invalid."""
    named = {
        Scope.TENANT: platform is None and account_id is None and tenant_id is not None,
        Scope.PLATFORM: platform is not None and account_id is None,
        Scope.ACCOUNT: account_id is not None and platform is None and tenant_id is not None,
    }
    if not named[scope]:
        raise Invalid(
            "bad_scope", "Name a platform for a platform's pause, an account for an account's, else neither."
        )
    await store.lock_rules(uow)
    made = Pause(
        id=new_id(),
        scope=scope,
        paused_by=by,
        paused_at=uow.now,
        reason=reason,
        tenant_id=tenant_id,
        platform=platform,
        account_id=account_id,
    )
    await store.save_pause(uow, made)
    return made


async def resume(
    uow: UnitOfWork, pause_id: UUID, by: str, reason: str | None, conduct: Conduct, *, everywhere: bool
) -> Pause:
    """Lift a pause: the sweep sends what it held, the newest version of each listing only. Raises NotFound."""
    await store.lock_rules(uow)
    lifted = await store.end_pause(uow, pause_id, by, reason, everywhere=everywhere)
    if lifted is None:
        raise NotFound("no_such_pause", "There is no such pause, or it was lifted already.")
    if lifted.unbacked_only and lifted.account_id is not None:
        await store.forget_lowerings(uow, lifted.account_id)
    await store.release_held(uow, lifted)
    uow.after_commit(conduct.wake)
    return lifted
