"""The brake: too many lowerings that no order backs pause their account and ask."""

from __future__ import annotations

from collections import Counter as Times
from collections.abc import Sequence
from uuid import UUID

from kit.ids import new_id
from kit.logs import logger
from kit.unit_of_work import UnitOfWork
from prometheus_client import Counter

from delist_orchestrator import store
from delist_orchestrator.domain import Board, Brake, Demand, Pause, Rules, Scope, lowerings

log = logger(__name__)

BY_BRAKE = "brake"
brake_alerts = Counter("soldwire_brake", "Accounts above the limit of lowerings.", ["kind"])


async def braked(
    uow: UnitOfWork, demands: Sequence[Demand], board: Board, rules: Rules, brake: Brake
) -> Rules:
    """The rules with a pause for each account whose unbacked lowerings are too many; order-backed ones only alert.

    A marketplace that counts the stock may tell that a quantity fell before it tells of the order: that order takes
    the lowering back out of the count.
    """
    new: dict[UUID, tuple[UUID, int, int]] = {}
    lowered, explained = lowerings(board, demands)
    for demand, wanted in lowered:
        tenant, backed, unbacked = new.get(wanted.account_id, (demand.tenant_id, 0, 0))
        new[wanted.account_id] = (tenant, backed + demand.order_backed, unbacked + (not demand.order_backed))
    late = Times((step.account_id, step.created_at) for step in explained)
    counts = await store.count_lowerings(uow, new, late, brake.window, brake.floor)
    pauses = []
    for account, count in sorted(counts.items()):
        limit = brake.limit(count.live)
        if count.backed > limit:
            brake_alerts.labels("order_backed").inc()
            log.warning("many order-backed lowerings", account=str(account), count=count.backed, limit=limit)
        if count.unbacked > limit and not _stands(rules, account):
            pauses.append(_pause(uow, account, count.tenant_id, brake.says(count.unbacked)))
            brake_alerts.labels("paused").inc()
            log.error("brake paused an account", account=str(account), count=count.unbacked, limit=limit)
    for pause in pauses:
        await store.save_pause(uow, pause)
    return rules.with_pauses(pauses)


def _stands(rules: Rules, account: UUID) -> bool:
    return any(pause.unbacked_only and pause.account_id == account for pause in rules.pauses)


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
