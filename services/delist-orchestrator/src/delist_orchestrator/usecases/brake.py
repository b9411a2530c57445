"""The brake: too many lowerings that no order backs pause their account and ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from kit.ids import new_id
from kit.logs import logger
from kit.unit_of_work import UnitOfWork
from prometheus_client import Counter

from delist_orchestrator import store
from delist_orchestrator.domain import Board, Brake, Demand, Lowerings, Pause, Rules, Scope

log = logger(__name__)

BY_BRAKE = "brake"
ORDERS_CAME = "The orders behind what was lowered have been read since."
brake_alerts = Counter("soldwire_brake", "Accounts above the limit of lowerings.", ["kind"])


async def braked(
    uow: UnitOfWork, demands: Sequence[Demand], board: Board, rules: Rules, brake: Brake
) -> Rules:
    """The rules with a pause for each account whose unbacked lowerings are too many; order-backed ones only alert.

    The board is as it was before the batch.
    """
    found = Lowerings.of(board, demands, await store.load_drops(uow, demands))
    await store.count_lowerings(uow, found.new, found.explained)
    await store.save_drops(uow, found.left)
    tenants = {wanted.account_id: demand.tenant_id for demand, wanted in found.new}
    above = await store.counts_above(uow, sorted(tenants), brake.since(uow.now), brake.floor)
    stopped = {pause.account_id for pause in rules.pauses if pause.unbacked_only}
    over = {}
    for account, count in sorted(above.items()):
        limit = brake.limit(count.live)
        if count.backed > limit:
            brake_alerts.labels("order_backed").inc()
            log.warning("many order-backed lowerings", account=str(account), count=count.backed, limit=limit)
        if count.unbacked > limit and account not in stopped:
            over[account] = brake.says(count.unbacked)
    # A batch that has not heard of a pause yet leaves that one's window whole.
    await store.prune_lowerings(uow, sorted(above.keys() - stopped), brake.since(brake.since(uow.now)))
    return rules.with_pauses(await _stop(uow, over, tenants)) if over else rules


async def _stop(uow: UnitOfWork, over: Mapping[UUID, str], tenants: Mapping[UUID, UUID]) -> list[Pause]:
    """The brake's standing pauses of these accounts, made where there is none."""
    await store.take_turns(uow, over)
    standing = await store.standing_brakes(uow, over)
    stopped = {pause.account_id for pause in standing}
    made = [
        _pause(uow, account, tenants[account], reason)
        for account, reason in over.items()
        if account not in stopped
    ]
    for pause in made:
        brake_alerts.labels("paused").inc()
        log.error("brake paused an account", account=str(pause.account_id), reason=pause.reason)
        await store.save_pause(uow, pause)
    await store.watch_brakes(uow, made)
    return [*standing, *made]


def _pause(uow: UnitOfWork, account: UUID, tenant: UUID, reason: str) -> Pause:
    return Pause(
        id=new_id(),
        scope=Scope.ACCOUNT,
        paused_by=BY_BRAKE,
        paused_at=uow.now,
        reason=reason,
        tenant_id=tenant,
        account_id=account,
        unbacked_only=True,
    )


async def brakes_to_lift(uow: UnitOfWork, brake: Brake) -> dict[UUID, list[Pause]]:
    """Accounts whose pauses orders have left no reason for, with those; with none where somebody has lifted them.

    No more than the smallest limit is without an order then: that of a large account moves with what it has for sale.
    What counts are the lowerings since the window in which the pause was made, however long ago that is.
    """
    watched = await store.watched_accounts(uow)
    if not watched:
        return {}
    await uow.allow(watched.values())
    pauses: dict[UUID, list[Pause]] = {account: [] for account in watched}
    for pause in await store.standing_brakes(uow, watched):
        if pause.account_id is not None:
            pauses[pause.account_id].append(pause)
    since = {account: brake.since(own[0].paused_at) for account, own in pauses.items() if own}
    unbacked = await store.unbacked_since(uow, since)
    return {account: own for account, own in pauses.items() if unbacked.get(account, 0) <= brake.floor}


async def lift_brakes(uow: UnitOfWork, brake: Brake, wake: Callable[[], None]) -> None:
    """Let accounts go on whose pauses have lost their reason. What is still without an order stays counted."""
    await store.lock_rules(uow)
    found = await brakes_to_lift(uow, brake)
    for account, pauses in found.items():
        for pause in pauses:
            lifted = await store.end_pause(uow, pause.id, BY_BRAKE, ORDERS_CAME, everywhere=False)
            if lifted is not None:
                await store.release_held(uow, lifted)
                brake_alerts.labels("lifted").inc()
                log.warning("brake let an account go on", account=str(account))
    await store.forget_brakes(uow, found)
    uow.after_commit(wake)
