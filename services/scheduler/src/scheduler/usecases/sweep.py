"""What the clock brings: due plans fire, silent runs are judged. Each returns how much it took."""

from __future__ import annotations

from kit.unit_of_work import UnitOfWork

from scheduler import store
from scheduler.domain import Origin, Run, Verdict, covering, next_due
from scheduler.usecases import starting

_AT_ONCE = 100


async def fire_due_plans(uow: UnitOfWork) -> int:
    """Start a run of every account whose plan is due, and set its next time, in one transaction.

    The due rows stay locked until the commit and other replicas skip them, so a plan fires once. No run is started
    beside one that reads the same already, nor for an account we can't act for. An account in another's hand, who
    may be starting a run of it or changing its plan, stays due.
    """
    taken = await store.take_due_plans(uow, _AT_ONCE)
    await uow.allow({each.tenant_id for each in taken})
    accounts = await store.lock_accounts(uow, {each.account_id for each in taken}, skip_locked=True)
    due = [each for each in taken if each.account_id in accounts]
    plans = await store.load_plans(uow, accounts.keys())
    active = await store.lock_active_runs(uow, accounts.keys())
    fired: list[Run] = []
    for each in due:
        plan, account = plans[each.account_id], accounts[each.account_id]
        await store.schedule(uow, plan, next_due(each.due_at, each.every, uow.now))
        if account.connected and covering(active.get(each.account_id, ()), plan.scope) is None:
            fired.append(starting.new_run(uow, account, plan, plan.scope, Origin.PLAN))
    await starting.ask(uow, fired)
    return len(due)


async def judge_silent_runs(uow: UnitOfWork) -> int:
    """Look at runs of which nothing was heard: ask again at a higher revision, then give up with a reason.

    Runs are locked before their watch, as elsewhere; another replica may have judged them since they were found,
    so each is judged by what it says of itself under the lock.
    """
    silent = await store.find_silent(uow, _AT_ONCE)
    await uow.allow(silent.values())
    runs = await store.lock_runs(uow, silent.keys(), skip_locked=True)
    for run in runs.values():
        await _judge(uow, run)
    return len(runs)


async def _judge(uow: UnitOfWork, run: Run) -> None:
    verdict = run.judge(uow.now)
    if verdict is Verdict.WAIT:
        await starting.save(uow, [run])
    elif verdict is Verdict.ASK_AGAIN:
        await starting.ask(uow, [run.ask_again(uow.now)])
    elif verdict is Verdict.GIVE_UP:
        given_up = run.give_up(uow.now)
        await starting.ask(uow, [given_up])
        starting.end(uow, given_up, None)
    else:
        cancelled = run.end_cancelled(uow.now)
        await starting.save(uow, [cancelled])
        starting.end(uow, cancelled, None)
