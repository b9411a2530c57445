"""Starting, asking for and ending a run: what several use cases share within their transaction."""

from __future__ import annotations

from collections.abc import Sequence

from kit.ids import new_id
from kit.unit_of_work import UnitOfWork

from scheduler import store, wire
from scheduler.domain import Account, Origin, Plan, Run, Scope, State


def new_run(uow: UnitOfWork, account: Account, plan: Plan, scope: Scope, origin: Origin) -> Run:
    """A run of an account, not yet saved; sales are read again from the watermark less the lookback."""
    return Run(
        run_id=new_id(),
        tenant_id=account.tenant_id,
        account_id=account.account_id,
        platform=account.platform,
        scope=scope,
        origin=origin,
        visible=origin is not Origin.PLAN,
        requested_at=uow.now,
        asked_at=uow.now,
        since=account.read_from(plan.start_from) if scope.reads_sales else None,
    )


async def ask(uow: UnitOfWork, runs: Sequence[Run]) -> None:
    """Save runs, say what should become of them, and watch over those on their way."""
    await save(uow, runs)
    for run in runs:
        uow.emit(wire.sync_requested(run, uow.now))


async def save(uow: UnitOfWork, runs: Sequence[Run]) -> None:
    """Save runs and when their silence is to be judged; ended ones are watched no longer."""
    await store.save_runs(uow, runs)
    await store.watch(uow, [run for run in runs if run.is_active])
    await store.unwatch(uow, [run.run_id for run in runs if not run.is_active])


def end(uow: UnitOfWork, run: Run, account: Account | None) -> Account | None:
    """Say that a run has ended; a complete one moves the account's watermark. Returns the account to keep."""
    uow.emit(wire.sync_finished(run))
    if account is None or run.state is not State.COMPLETE or not run.scope.reads_sales:
        return account
    return account.read_up_to(run.complete_up_to)


def first_plan(account: Account) -> Plan:
    """What an account gets when it is first connected."""
    return Plan(account_id=account.account_id, tenant_id=account.tenant_id)
