"""What a person does: refresh data, cancel, change a plan, look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from kit.errors import NotFound, Refused
from kit.unit_of_work import UnitOfWork

from scheduler import store
from scheduler.domain import Account, Interval, Origin, Plan, Run, Scope, covering
from scheduler.usecases import starting


async def refresh(uow: UnitOfWork, tenant_id: UUID, scope: Scope) -> Sequence[Run]:
    """Read every connected account again, visibly. A run that does so already is shown instead of a second one.

    Raises Refused when no account is connected.
    """
    known = await store.accounts_of(uow, tenant_id)
    accounts = await store.lock_accounts(uow, {each.account_id for each in known if each.connected})
    if not accounts:
        raise Refused("no_accounts", "No marketplace is connected. Connect one in Settings, then refresh.")
    plans = await store.load_plans(uow, accounts.keys())
    active = await store.lock_active_runs(uow, accounts.keys())
    runs = [
        _again(uow, account, plans[account_id], scope, active.get(account_id, ()))
        for account_id, account in accounts.items()
    ]
    await starting.ask(uow, runs)
    return runs


def _again(uow: UnitOfWork, account: Account, plan: Plan, scope: Scope, active: Sequence[Run]) -> Run:
    already = covering(active, scope)
    if already is not None:
        return already.shown()
    return starting.new_run(uow, account, plan, scope, Origin.PERSON)


async def cancel(uow: UnitOfWork, run_id: UUID) -> Run:
    """Ask a run to stop at its next checkpoint; nothing changes when it has ended or was asked before."""
    run = (await store.lock_runs(uow, {run_id})).get(run_id)
    if run is None:
        raise NotFound("no_run", "There is no such refresh.")
    cancelled = run.cancel(uow.now)
    if cancelled is not run:
        await starting.ask(uow, [cancelled])
    return cancelled


async def list_runs(
    uow: UnitOfWork, *, visible_only: bool, before: tuple[datetime, UUID] | None, limit: int
) -> Sequence[Run]:
    """The newest runs, from after the given one on."""
    return await store.newest_runs(uow, visible_only=visible_only, before=before, limit=limit)


async def plans_of_tenant(uow: UnitOfWork, tenant_id: UUID) -> Sequence[tuple[Account, Plan]]:
    """Every account with its plan."""
    accounts = await store.accounts_of(uow, tenant_id)
    plans = await store.load_plans(uow, {each.account_id for each in accounts})
    return [(each, plans[each.account_id]) for each in accounts if each.account_id in plans]


async def plan_of(uow: UnitOfWork, account_id: UUID) -> tuple[Account, Plan]:
    """One account with its plan. Raises NotFound."""
    account = (await store.load_accounts(uow, {account_id})).get(account_id)
    plan = await store.load_plan(uow, account_id)
    if account is None or plan is None:
        raise NotFound("no_account", "There is no such account, or it was never connected.")
    return account, plan


async def change_plan(
    uow: UnitOfWork, account_id: UUID, interval: Interval, scope: Scope, start_from: datetime | None
) -> tuple[Account, Plan]:
    """Set how often an account is read; the new beat starts now. Raises NotFound.

    An earlier start date is read from by the next run, whatever was read before.
    """
    await store.lock_accounts(uow, {account_id})
    account, before = await plan_of(uow, account_id)
    plan = replace(before, interval=interval, scope=scope, start_from=start_from)
    await store.save_plan(uow, plan)
    if plan.starts_earlier_than(before):
        account = account.unread()
        await store.save_account(uow, account)
    if plan.interval is not before.interval:
        every = plan.interval.every
        await store.schedule(uow, plan, uow.now + every if every else None)
    return account, plan
