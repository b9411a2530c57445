"""What connectors say: accounts come and go, runs move and end."""

from __future__ import annotations

from collections.abc import Sequence

from kit.unit_of_work import UnitOfWork
from soldwire_contracts.sync import AccountStatus, SyncProgress, TenantErased

from scheduler import store, wire
from scheduler.domain import Account, Arrival, Origin, Scope
from scheduler.usecases import starting


async def follow_accounts(uow: UnitOfWork, facts: Sequence[AccountStatus]) -> None:
    """Keep each account; a new one gets a plan and is read whole at once, one that is back is due at once."""
    alive = await store.not_erased(uow, {fact.tenant_id for fact in facts})
    known = await store.lock_accounts(uow, {fact.account_id for fact in facts})
    for fact in facts:
        before = known.get(fact.account_id)
        account = wire.account(fact).after(before)
        if account is None or fact.tenant_id not in alive:
            continue
        known[fact.account_id] = account
        await store.save_account(uow, account)
        await _welcome(uow, account, account.arrival(before))


async def _welcome(uow: UnitOfWork, account: Account, arrival: Arrival) -> None:
    if arrival is Arrival.NONE:
        return
    plan = await store.load_plan(uow, account.account_id) or starting.first_plan(account)
    if arrival is Arrival.BACK:
        await store.schedule(uow, plan, uow.now)
        return
    await store.save_plan(uow, plan)
    every = plan.interval.every
    await store.schedule(uow, plan, uow.now + every if every else None)
    await starting.ask(uow, [starting.new_run(uow, account, plan, Scope.EVERYTHING, Origin.CONNECTED)])


async def follow_runs(uow: UnitOfWork, facts: Sequence[SyncProgress]) -> None:
    """Keep how far each run is; the last word of a run ends it and moves the watermark.

    Words about a run that is not here are of an erased tenant's: every run is saved before it is asked for.
    """
    runs = await store.lock_runs(uow, {fact.run_id for fact in facts})
    heard = dict(runs)
    for fact in facts:
        if fact.run_id in heard:
            heard[fact.run_id] = heard[fact.run_id].hear(wire.progress(fact), uow.now)
    changed = [run for run_id, run in heard.items() if run is not runs[run_id]]
    await starting.save(uow, changed)
    ended = [run for run in changed if not run.is_active]
    accounts = await store.lock_accounts(uow, {run.account_id for run in ended})
    for run in ended:
        account = starting.end(uow, run, accounts.get(run.account_id))
        if account is not None and account is not accounts[run.account_id]:
            accounts[run.account_id] = account
            await store.save_account(uow, account)


async def erase(uow: UnitOfWork, fact: TenantErased) -> None:
    """Forget a tenant, and remember that it was erased."""
    await store.erase(uow, fact.tenant_id, fact.erased_at)
