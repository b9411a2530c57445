"""SQL of chores: what is to be done at a time, one row a thing, leased like every work queue."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from kit.unit_of_work import UnitOfWork
from sqlalchemy import text

from connector_kit.store.codec import as_rows
from connector_kit.store.leases import LEASE


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to be done for an account, once for each (account, kind, key); `key` is "" where there is only one."""

    tenant_id: UUID
    account_id: UUID
    kind: str
    key: str = ""

    @property
    def chore_id(self) -> UUID:
        """The same for the same thing."""
        return uuid5(self.account_id, f"{self.kind}:{self.key}")


@dataclass(frozen=True, slots=True)
class LeasedChore:
    """A chore in hand until its lease ends; `failures` in a row before this, `wishes` for it so far."""

    chore: Chore
    lease_no: int
    wishes: int
    failures: int


_WANT = text(
    """
insert into due_chores (chore_id, kind, key, tenant_id, account_id, due_at)
select chore_id, kind, key, tenant_id, account_id, :due_at
from jsonb_populate_recordset(null\\:\\:due_chores, cast(:rows as jsonb)) order by chore_id
on conflict (chore_id) do update set due_at = least(due_chores.due_at, excluded.due_at),
  wishes = due_chores.wishes + 1
"""
)
_PLAN = text(
    """
insert into due_chores (chore_id, kind, key, tenant_id, account_id, due_at)
select chore_id, kind, key, tenant_id, account_id, :due_at
from jsonb_populate_recordset(null\\:\\:due_chores, cast(:rows as jsonb)) order by chore_id
on conflict (chore_id) do nothing
"""
)
_WITHOUT = text(
    """
select distinct d.tenant_id, d.account_id from account_directory d
where d.active and not exists (select from due_chores c where c.account_id = d.account_id and c.kind = :kind)
limit :limit
"""
)
_RETURNING = "returning q.kind, q.key, q.tenant_id, q.account_id, q.lease_no, q.wishes, q.failures"
_LEASE_DUE = text(
    f"""
update due_chores q set lease_until = clock_timestamp() + cast(:lease_for as interval), lease_no = lease_no + 1 from (
  select chore_id from due_chores where kind = :kind and due_at <= :now
    and (lease_until is null or lease_until < clock_timestamp()) and chore_id <> all(cast(:held as uuid[]))
  order by due_at limit :most for update skip locked
) p where q.chore_id = p.chore_id {_RETURNING}
"""  # noqa: S608 - constants
)
_LEASE_ONE = text(
    "update due_chores q set lease_until = clock_timestamp() + cast(:lease_for as interval), lease_no = lease_no + 1 "  # noqa: S608
    f"where q.chore_id = :chore and (lease_until is null or lease_until < clock_timestamp()) {_RETURNING}"
)
_HOLD = text(
    "update due_chores set lease_until = clock_timestamp() + cast(:lease_for as interval) "
    "where chore_id = :chore and lease_no = :lease returning chore_id"
)
_LATER = text(
    "update due_chores set lease_until = null, failures = :failures, "
    "due_at = case when wishes = :wishes then :at else due_at end "
    "where chore_id = :chore and lease_no = :lease"
)
_END = text("delete from due_chores where chore_id = :chore and lease_no = :lease and wishes = :wishes")
_AGAIN = text("update due_chores set lease_until = null where chore_id = :chore and lease_no = :lease")
_NAMED = text(
    "select tenant_id, account_id, kind, key from due_chores where kind = :kind and key = :key order by chore_id"
)
_WITHDRAW = text(
    "delete from due_chores where chore_id = :chore and (lease_until is null or lease_until < clock_timestamp()) "
    "returning chore_id"
)
_DROP = text("delete from due_chores where account_id = :account and kind = any(cast(:kinds as text[]))")


async def want_chores(uow: UnitOfWork, chores: Sequence[Chore], due_at: datetime) -> None:
    """Have them done at `due_at`, or earlier where that was wanted before. Safe to repeat."""
    if rows := _rows(chores):
        await uow.conn.execute(_WANT, {"rows": as_rows(rows), "due_at": due_at})


async def plan_chores(uow: UnitOfWork, chores: Sequence[Chore], due_at: datetime) -> None:
    """Have those done at `due_at` that are not there yet; the others stay as they are."""
    if rows := _rows(chores):
        await uow.conn.execute(_PLAN, {"rows": as_rows(rows), "due_at": due_at})


def _rows(chores: Sequence[Chore]) -> list[dict[str, object]]:
    return [
        {
            "chore_id": chore.chore_id,
            "kind": chore.kind,
            "key": chore.key,
            "tenant_id": chore.tenant_id,
            "account_id": chore.account_id,
        }
        for chore in {chore.chore_id: chore for chore in chores}.values()
    ]


async def accounts_without(uow: UnitOfWork, kind: str, limit: int) -> list[Chore]:
    """The chore of this kind, with key "", of connected accounts that have none; of all tenants, the bus role's alone."""
    rows = await uow.conn.execute(_WITHOUT, {"kind": kind, "limit": limit})
    return [Chore(row.tenant_id, row.account_id, kind) for row in rows]


async def lease_chores(
    uow: UnitOfWork, kind: str, *, most: int, held: Sequence[UUID] = ()
) -> list[LeasedChore]:
    """Lease due chores of a kind, the longest due first, none of those `held` here."""
    values = {"kind": kind, "now": uow.now, "lease_for": LEASE, "most": most, "held": list(held)}
    return [
        LeasedChore(Chore(r.tenant_id, r.account_id, r.kind, r.key), r.lease_no, r.wishes, r.failures)
        for r in await uow.conn.execute(_LEASE_DUE, values)
    ]


async def lease_chore(uow: UnitOfWork, chore: Chore) -> LeasedChore | None:
    """Lease one chore now, whenever it is due; None while somebody else has it, or there is no such chore."""
    row = (await uow.conn.execute(_LEASE_ONE, {"chore": chore.chore_id, "lease_for": LEASE})).one_or_none()
    return LeasedChore(chore, row.lease_no, row.wishes, row.failures) if row else None


async def hold_chore(uow: UnitOfWork, leased: LeasedChore) -> bool:
    """Lock the chore and extend its lease; False when the lease was taken over: change nothing, stop without a word."""
    values = {"chore": leased.chore.chore_id, "lease": leased.lease_no, "lease_for": LEASE}
    return (await uow.conn.execute(_HOLD, values)).one_or_none() is not None


async def postpone_chore(uow: UnitOfWork, leased: LeasedChore, at: datetime, *, failed: bool = False) -> None:
    """Give the lease back; due again `at`, or at once when wished for meanwhile. A failure counts, anything else ends their row."""
    values = {
        "chore": leased.chore.chore_id,
        "lease": leased.lease_no,
        "at": at,
        "wishes": leased.wishes,
        "failures": leased.failures + 1 if failed else 0,
    }
    await uow.conn.execute(_LATER, values)


async def end_chore(uow: UnitOfWork, leased: LeasedChore) -> None:
    """It is done for good; one wished for again meanwhile is due at once."""
    values = {"chore": leased.chore.chore_id, "lease": leased.lease_no}
    await uow.conn.execute(_END, {**values, "wishes": leased.wishes})
    await uow.conn.execute(_AGAIN, values)


async def chores_named(uow: UnitOfWork, kind: str, key: str) -> list[Chore]:
    """Those of all accounts and tenants with this key; for kinds of which few are there. The bus role's alone."""
    rows = await uow.conn.execute(_NAMED, {"kind": kind, "key": key})
    return [Chore(row.tenant_id, row.account_id, row.kind, row.key) for row in rows]


async def withdraw_chore(uow: UnitOfWork, chore: Chore) -> bool:
    """It is not to be done after all; False, and it stays, when somebody has it in hand."""
    return (await uow.conn.execute(_WITHDRAW, {"chore": chore.chore_id})).one_or_none() is not None


async def drop_chores(uow: UnitOfWork, account_id: UUID, kinds: Collection[str]) -> None:
    """These kinds have no object any more for an account."""
    await uow.conn.execute(_DROP, {"account": account_id, "kinds": sorted(kinds)})
