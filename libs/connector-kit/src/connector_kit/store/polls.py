"""SQL of the poll queue: when each account's orders are read next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kit.unit_of_work import UnitOfWork
from sqlalchemy import text

from connector_kit.store.leases import LEASE

_QUEUE = text(
    "insert into due_polls (account_id, tenant_id, due_at, lease_no) "
    "values (:account, :tenant, :at, cast(extract(epoch from clock_timestamp()) * 1000000 as bigint)) "
    "on conflict (account_id) do update set due_at = least(due_polls.due_at, excluded.due_at)"
)
_LEASE = text(
    """
update due_polls q set lease_until = clock_timestamp() + cast(:lease_for as interval), lease_no = lease_no + 1 from (
  select account_id from due_polls where due_at <= :now and (lease_until is null or lease_until < clock_timestamp())
  order by due_at limit :most for update skip locked
) p where q.account_id = p.account_id returning q.account_id, q.tenant_id, q.lease_no
"""
)
_RELEASE = text(
    "update due_polls set lease_until = null, due_at = case when wanted_at >= :leased then cast(:now as timestamptz) else cast(:next as timestamptz) end "
    "where account_id = :account and lease_no = :lease returning account_id"
)
_HOLD = text(
    "update due_polls set lease_until = clock_timestamp() + cast(:lease_for as interval) where account_id = :account and lease_no = :lease returning account_id"
)
_STOP = text("delete from due_polls where account_id = :account")
_WANTED = text(
    "update due_polls q set wanted_at = :now, due_at = least(due_at, :now) from (select account_id from due_polls "
    "where account_id = any(cast(:accounts as uuid[])) order by account_id for update) p "
    "where q.account_id = p.account_id"
)


@dataclass(frozen=True, slots=True)
class LeasedPoll:
    """An account whose orders are read now."""

    account_id: UUID
    tenant_id: UUID
    lease_no: int
    leased_at: datetime


async def start_polling(uow: UnitOfWork, account_id: UUID, tenant_id: UUID) -> None:
    """Read the account's orders from now on."""
    await uow.conn.execute(_QUEUE, {"account": account_id, "tenant": tenant_id, "at": uow.now})


async def stop_polling(uow: UnitOfWork, account_id: UUID) -> None:
    """Read the account's orders no more."""
    await uow.conn.execute(_STOP, {"account": account_id})


async def want_orders(uow: UnitOfWork, account_ids: Iterable[UUID]) -> None:
    """Read these accounts' orders at once, and once more if they are being read right now."""
    ids = sorted(set(account_ids))
    if ids:
        await uow.conn.execute(_WANTED, {"accounts": ids, "now": uow.now})


async def lease_polls(uow: UnitOfWork, *, most: int) -> list[LeasedPoll]:
    """Lease accounts whose orders are due, the longest waiting first."""
    rows = await uow.conn.execute(_LEASE, {"now": uow.now, "lease_for": LEASE, "most": most})
    return [LeasedPoll(r.account_id, r.tenant_id, r.lease_no, uow.now) for r in rows]


async def hold_poll(uow: UnitOfWork, poll: LeasedPoll) -> bool:
    """Extend a lease that is still ours; False when it was taken over meanwhile."""
    values = {"account": poll.account_id, "lease": poll.lease_no, "lease_for": LEASE}
    return (await uow.conn.execute(_HOLD, values)).one_or_none() is not None


async def release_poll(uow: UnitOfWork, poll: LeasedPoll, next_at: datetime) -> bool:
    """Give a lease back; False when it was taken over meanwhile."""
    values = {
        "account": poll.account_id,
        "lease": poll.lease_no,
        "leased": poll.leased_at,
        "now": uow.now,
        "next": next_at,
    }
    return (await uow.conn.execute(_RELEASE, values)).one_or_none() is not None
