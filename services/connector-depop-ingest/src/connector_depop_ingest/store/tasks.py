"""SQL of tasks: intents to take a listing down, in the work queue until a browser of that shop takes them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from connector_kit.store import Leased
from kit.unit_of_work import UnitOfWork
from sqlalchemy import text

# Candidates are looked up without a lock: intents are locked before their queue rows, everywhere in id order.
_CANDIDATES = text(
    "select q.listing_id from due_intents q join intents i using (listing_id) where q.account_id = :account "
    "and i.quantity = 0 and q.due_at <= :now and (q.lease_until is null or q.lease_until < :now) "
    "order by q.due_at limit :most"
)
_LOCK = text(
    "select listing_id from intents where listing_id = any(cast(:ids as uuid[])) and quantity = 0 "
    "order by listing_id for update"
)
_LEASE = text(
    """
update due_intents q set lease_until = :until, lease_no = lease_no + 1 from (
  select listing_id from due_intents where listing_id = any(cast(:ids as uuid[])) and due_at <= :now
    and (lease_until is null or lease_until < :now) order by listing_id for update skip locked
) p where q.listing_id = p.listing_id returning q.listing_id, q.tenant_id, q.account_id, q.lease_no
"""
)
_EXTEND = text(
    "update due_intents set lease_until = :until where listing_id = :id and account_id = :account "
    "and lease_no = :lease and lease_until > :now returning listing_id"
)
# The queue has no tenant's eyes: whether a listing may stay for sale is written into its row by who sees the intent.
_SORT = text(
    "update due_intents q set priority = case when i.quantity = 0 then cast(:browser as smallint) else cast(:kept as smallint) end from "
    "(select listing_id, quantity from intents where listing_id = any(cast(:ids as uuid[])) order by listing_id) i "
    "where q.listing_id = i.listing_id"
)
_KEPT_DUE = text(
    """
update due_intents q set lease_until = :until, lease_no = lease_no + 1 from (
  select listing_id from due_intents where priority = :kept and due_at <= :now
    and (lease_until is null or lease_until < :now) order by listing_id limit :most for update skip locked
) p where q.listing_id = p.listing_id returning q.listing_id, q.tenant_id, q.account_id, q.lease_no
"""
)
FOR_A_BROWSER, KEPT = 0, 1
_LIST = text(
    """
select q.listing_id, q.account_id, i.requested_at, q.due_at, q.lease_until, i.failures, i.code, i.reason, l.title, l.sku
from due_intents q join intents i using (listing_id) left join listings l using (listing_id)
where i.quantity = 0 order by i.requested_at limit 500
"""
)


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One listing that waits to be taken down, as a person sees it."""

    listing_id: UUID
    account_id: UUID
    requested_at: datetime
    due_at: datetime
    lease_until: datetime | None
    failures: int
    code: str | None
    reason: str | None
    title: str | None
    sku: str | None


async def lease_tasks(uow: UnitOfWork, account_id: UUID, *, most: int, lease: timedelta) -> list[Leased]:
    """Lease due tasks of one shop, the longest waiting first; a lease that ran out may be taken over."""
    found = await uow.conn.execute(_CANDIDATES, {"account": account_id, "now": uow.now, "most": most})
    locked = await uow.conn.execute(_LOCK, {"ids": list(found.scalars())})
    values = {"ids": list(locked.scalars()), "now": uow.now, "until": uow.now + lease}
    rows = await uow.conn.execute(_LEASE, values)
    return [Leased(r.listing_id, r.tenant_id, r.account_id, r.lease_no) for r in rows]


async def extend_lease(
    uow: UnitOfWork, account_id: UUID, listing_id: UUID, lease_no: int, lease: timedelta
) -> bool:
    """Keep a lease that is still ours."""
    values = {
        "id": listing_id,
        "account": account_id,
        "lease": lease_no,
        "now": uow.now,
        "until": uow.now + lease,
    }
    return (await uow.conn.execute(_EXTEND, values)).one_or_none() is not None


async def sort_tasks(uow: UnitOfWork, listing_ids: Iterable[UUID]) -> None:
    """Say of queued intents whether they wait for a browser or need none."""
    values = {"ids": sorted(set(listing_ids)), "browser": FOR_A_BROWSER, "kept": KEPT}
    await uow.conn.execute(_SORT, values)


async def kept_due(uow: UnitOfWork, *, most: int, lease: timedelta) -> list[Leased]:
    """Lease due intents that need no browser: their listing may stay for sale."""
    values = {"now": uow.now, "until": uow.now + lease, "most": most, "kept": KEPT}
    rows = await uow.conn.execute(_KEPT_DUE, values)
    return [Leased(r.listing_id, r.tenant_id, r.account_id, r.lease_no) for r in rows]


async def list_tasks(uow: UnitOfWork) -> list[TaskRow]:
    """Listings of the transaction's tenants that wait for a browser; bus role, for the queue has no policy."""
    return [TaskRow(**row) for row in await uow.conn.execute(_LIST)]
