"""The inbox: an event counts once per subscriber, however often Kafka brings it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from soldwire_contracts import Event, Fact
from soldwire_contracts.sync import TenantErased
from sqlalchemy import text

from kit.unit_of_work import UnitOfWork

_CLAIM = text(
    "with fresh as (insert into inbox (subscriber, event_id) "
    "select :subscriber, e from unnest(cast(:ids as uuid[])) as e order by e "
    "on conflict do nothing returning event_id) "
    "select event_id, null as tenant_id from fresh union all "
    "select null, tenant_id from erased_tenants where tenant_id = any(cast(:tenants as uuid[]))"
)
_PRUNE = text(
    "delete from inbox where (subscriber, event_id) in "
    "(select subscriber, event_id from inbox where received_at < :before limit 10000)"
)
KEPT = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Claimed:
    """Events never seen before, and which of the asked tenants were erased: nothing of theirs may come back."""

    fresh: set[UUID]
    erased: set[UUID]

    def tells(self, event: Event[Fact]) -> bool:
        """Whether the handler is told: an erased tenant's events, replays included, are not, but that it was erased."""
        living = event.data.tenant_id not in self.erased or isinstance(event.data, TenantErased)
        return living and event.id in self.fresh


async def claim(
    uow: UnitOfWork, subscriber: str, event_ids: Sequence[UUID], tenants: Collection[UUID]
) -> Claimed:
    """Record the events as received in this transaction.

    Rows go in in id order so that two owners of a partition, for a moment during a rebalance, can't deadlock.
    """
    if not event_ids:
        return Claimed(set(), set())
    values = {"subscriber": subscriber, "ids": list(event_ids), "tenants": list(tenants)}
    rows = (await uow.conn.execute(_CLAIM, values)).all()
    fresh = {row.event_id for row in rows if row.tenant_id is None}
    return Claimed(fresh, {row.tenant_id for row in rows if row.tenant_id is not None})


async def prune(uow: UnitOfWork) -> int:
    """Forget events older than any that Kafka or an outbox could still bring; returns how many."""
    result = await uow.conn.execute(_PRUNE, {"before": uow.now - KEPT})
    return result.rowcount
