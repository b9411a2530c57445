"""What connectors say: accounts come and go, runs move and end."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from kit.unit_of_work import UnitOfWork
from soldwire_contracts.sync import AccountStatus, SyncProgress, TenantErased

from scheduler import store, wire
from scheduler.domain import Account, Origin, Progress, Run, Scope
from scheduler.usecases import starting


async def follow(
    uow: UnitOfWork, statuses: Sequence[AccountStatus], progresses: Sequence[SyncProgress]
) -> None:
    """Keep accounts and runs by a batch of words; every account that may change is locked before any run."""
    words = [wire.progress(fact) for fact in progresses]
    named = {fact.account_id for fact in statuses}
    ending = {word.run_id for word in words if word.outcome}
    accounts = await store.lock_accounts(uow, named, of_runs=ending)
    await _follow_accounts(uow, statuses, accounts)
    await _follow_runs(uow, words, accounts)


async def _follow_accounts(
    uow: UnitOfWork, facts: Sequence[AccountStatus], known: dict[UUID, Account]
) -> None:
    """Keep each account; a new one gets a plan and is read whole at once, one that is back is due at once."""
    for fact in facts:
        before = known.get(fact.account_id)
        account = wire.account(fact).after(before)
        if account is None:
            continue
        known[fact.account_id] = account
        await store.save_account(uow, account)
        if account.arrives(before):
            await _welcome(uow, account)


async def _welcome(uow: UnitOfWork, account: Account) -> None:
    plan = await store.load_plan(uow, account.account_id)
    if plan is not None:
        await store.schedule(uow, plan, uow.now)
        return
    plan = starting.first_plan(account)
    await store.save_plan(uow, plan)
    every = plan.interval.every
    await store.schedule(uow, plan, uow.now + every if every else None)
    await starting.ask(uow, [starting.new_run(uow, account, plan, Scope.EVERYTHING, Origin.CONNECTED)])


async def _follow_runs(uow: UnitOfWork, words: Sequence[Progress], accounts: dict[UUID, Account]) -> None:
    """Keep how far each run is; the last word of a run ends it and moves the watermark.

    Words about a run that is not here are of an erased tenant's: every run is saved before it is asked for.
    """
    runs = await store.lock_runs(uow, {word.run_id for word in words})
    heard = dict(runs)
    for word in words:
        if word.run_id in heard:
            heard[word.run_id] = heard[word.run_id].hear(word, uow.now)
    changed = [run for run_id, run in heard.items() if run is not runs[run_id]]
    await starting.save(uow, changed)
    for run in changed:
        if not run.is_active:
            await _end(uow, run, accounts)


async def _end(uow: UnitOfWork, run: Run, accounts: dict[UUID, Account]) -> None:
    before = accounts.get(run.account_id)
    account = starting.end(uow, run, before)
    if account is not None and account is not before:
        accounts[run.account_id] = account
        await store.save_account(uow, account)


async def erase(uow: UnitOfWork, fact: TenantErased) -> None:
    """Forget a tenant, and remember that it was erased."""
    await store.erase(uow, fact.tenant_id, fact.erased_at)
