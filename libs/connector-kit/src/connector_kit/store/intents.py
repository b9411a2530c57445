"""SQL of intents and their work queue. Intents are locked before their queue rows, both in id order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from kit.bulk import among
from kit.connection import Row
from kit.unit_of_work import UnitOfWork
from soldwire_contracts import Event
from soldwire_contracts.listings import ListingTarget
from sqlalchemy import select, text

from connector_kit.domain import DISCONNECTED, Intent, IntentState
from connector_kit.store.codec import as_rows
from connector_kit.store.leases import LEASE
from connector_kit.tables import due_intents, intents

LOWER, RAISE = 0, 1

_TARGET_COLUMNS = (
    "listing_id, tenant_id, account_id, article_id, version, quantity, may_raise, sold_here, sale_id, "
    "requested_at, deadline, traceparent, test"
)
_UPSERT = text(
    f"""
insert into intents ({_TARGET_COLUMNS}, state, changed_at)
select {_TARGET_COLUMNS}, 'due', :now from jsonb_populate_recordset(null\\:\\:intents, cast(:rows as jsonb))
order by listing_id
on conflict (listing_id) do update set
  article_id = excluded.article_id, version = excluded.version, quantity = excluded.quantity,
  may_raise = excluded.may_raise, sold_here = excluded.sold_here, sale_id = excluded.sale_id,
  requested_at = excluded.requested_at, deadline = excluded.deadline, traceparent = excluded.traceparent,
  test = excluded.test, state = 'due', attempts = 0, answered = 0, failures = 0, code = null, reason = null,
  ambiguous = intents.ambiguous or intents.state = 'calling',
  doubt_version = case when intents.state = 'calling' then coalesce(intents.doubt_version, intents.called_version)
    else intents.doubt_version end,
  doubt_until = case when intents.state = 'calling' then greatest(intents.doubt_until, intents.settle_until)
    else intents.doubt_until end,
  changed_at = :now
where excluded.version > intents.version or (excluded.version = intents.version and intents.state = 'parked')
returning listing_id, tenant_id, account_id, may_raise
"""  # noqa: S608 - constant columns
)
_QUEUE = text(
    """
insert into due_intents (listing_id, tenant_id, account_id, priority, due_at, lease_no)
select listing_id, tenant_id, account_id, priority, :now, cast(extract(epoch from clock_timestamp()) * 1000000 as bigint)
from jsonb_populate_recordset(null\\:\\:due_intents, cast(:rows as jsonb)) order by listing_id
on conflict (listing_id) do update set priority = excluded.priority, due_at = :now
"""
)
_LEASE = text(
    """
with recursive turn as (
  (select account_id from due_intents where priority = :priority and account_id > :after and due_at <= :now
     and (lease_until is null or lease_until < clock_timestamp()) order by account_id limit 1)
  union all
  select (select d.account_id from due_intents d where d.priority = :priority and d.account_id > turn.account_id
            and d.due_at <= :now and (d.lease_until is null or d.lease_until < clock_timestamp()) order by d.account_id limit 1)
  from turn where turn.account_id is not null
), accounts_due as (
  select turn.account_id, :each - coalesce(l.load, 0) as room from turn
  left join unnest(cast(:accounts as uuid[]), cast(:loads as bigint[])) as l(account_id, load) using (account_id)
  where turn.account_id is not null and coalesce(l.load, 0) < :each limit :in_turn
), picked as (
  select d.listing_id from accounts_due a cross join lateral (
    select listing_id from due_intents where priority = :priority and account_id = a.account_id and due_at <= :now
      and (lease_until is null or lease_until < clock_timestamp()) and listing_id <> all(cast(:held as uuid[]))
    order by due_at limit a.room for update skip locked
  ) d limit :most
)
update due_intents q set lease_until = clock_timestamp() + cast(:lease_for as interval), lease_no = lease_no + 1 from picked
where q.listing_id = picked.listing_id
returning q.listing_id, q.tenant_id, q.account_id, q.lease_no
"""
)
_STATE_COLUMNS = (
    "state",
    "attempts",
    "answered",
    "called_at",
    "called_version",
    "expected",
    "ambiguous",
    "settle_until",
    "doubt_version",
    "doubt_until",
    "applied_version",
    "applied_quantity",
    "applied_at",
    "ended_by_us",
    "failures",
    "code",
    "reason",
)
_SAVE = text(
    f"update intents i set {', '.join(f'{c} = r.{c}' for c in _STATE_COLUMNS)}, changed_at = :now "  # noqa: S608
    "from jsonb_populate_recordset(null\\:\\:intents, cast(:rows as jsonb)) r where i.listing_id = r.listing_id"
)
_RELEASE = text(
    "update due_intents q set lease_until = null, due_at = r.due_at from "
    "jsonb_populate_recordset(null\\:\\:due_intents, cast(:rows as jsonb)) r "
    "where q.listing_id = r.listing_id and q.lease_no = r.lease_no"
)
_DELETE = text("delete from due_intents where listing_id = any(cast(:ids as uuid[]))")
_REVIVE = text(
    "update intents set state = 'due', failures = 0, code = null, reason = null, changed_at = :now "
    "where account_id = :account and state = 'parked' and code = :code "
    "returning listing_id, tenant_id, account_id, may_raise"
)
_ACCOUNT_DUE = text("update due_intents set due_at = :now where account_id = :account and due_at > :now")


@dataclass(frozen=True, slots=True)
class Leased:
    """A due intent in hand until its lease ends; `lease_no` fences off whoever held it before."""

    listing_id: UUID
    tenant_id: UUID
    account_id: UUID
    lease_no: int


async def upsert_targets(uow: UnitOfWork, targets: Sequence[Event[ListingTarget]]) -> int:
    """Take targets over as intents, the highest version of each listing, and queue them now. Returns how many.

    A version that is held or older changes nothing, except that the same version wakes a parked intent (a retry).
    A call in flight under an older version is kept in doubt.
    """
    newest: dict[UUID, Event[ListingTarget]] = {}
    for event in targets:
        held = newest.get(event.data.listing_id)
        if held is None or event.data.version >= held.data.version:
            newest[event.data.listing_id] = event
    rows = [
        {
            **{name: getattr(e.data, name) for name in _OF_TARGET},
            "traceparent": e.traceparent,
            "test": e.test,
        }
        for e in newest.values()
    ]
    return await _queue(uow, (await uow.conn.execute(_UPSERT, {"rows": as_rows(rows), "now": uow.now})).all())


async def _queue(uow: UnitOfWork, intents: Sequence[Row]) -> int:
    queue = [
        {
            "listing_id": r.listing_id,
            "tenant_id": r.tenant_id,
            "account_id": r.account_id,
            "priority": RAISE if r.may_raise else LOWER,
        }
        for r in intents
    ]
    if queue:
        await uow.conn.execute(_QUEUE, {"rows": as_rows(queue), "now": uow.now})
    return len(queue)


_OF_TARGET = tuple(_TARGET_COLUMNS.replace("\n", " ").split(", "))[:-2]


async def lease_intents(
    uow: UnitOfWork,
    *,
    priority: int,
    after: UUID,
    load: Mapping[UUID, int],
    most: int,
    each: int,
    in_turn: int = 200,
    held: Sequence[UUID] = (),
) -> list[Leased]:
    """Lease due intents but those `held` here: accounts in turn after `after`, of one at most `each` with its `load`
    under way.
    """
    values = {
        "priority": priority,
        "after": after,
        "accounts": list(load),
        "loads": list(load.values()),
        "most": most,
        "each": each,
        "in_turn": in_turn,
        "held": list(held),
        "now": uow.now,
        "lease_for": LEASE,
    }
    rows = await uow.conn.execute(_LEASE, values)
    return [Leased(r.listing_id, r.tenant_id, r.account_id, r.lease_no) for r in rows]


async def load_intents(
    uow: UnitOfWork, listing_ids: Iterable[UUID], *, lock: bool = False
) -> dict[UUID, Intent]:
    """Intents by listing, locked in id order when asked."""
    ids = set(listing_ids)
    if not ids:
        return {}
    wanted = intents.c.listing_id == among(ids)
    query = select(intents).where(wanted).order_by(intents.c.listing_id)
    rows = await uow.conn.execute(query.with_for_update() if lock else query)
    return {row.listing_id: _intent(row) for row in rows}


_INTENT_FIELDS = tuple(f.name for f in fields(Intent))


def _intent(row: Row) -> Intent:
    values: dict[str, object] = {name: row[name] for name in _INTENT_FIELDS}
    values["state"] = IntentState(str(values["state"]))
    return Intent(**values)  # type: ignore[arg-type]


async def leases_held(uow: UnitOfWork, leases: Mapping[UUID, int]) -> set[UUID]:
    """Lock the queue rows in id order; returns those whose lease is still the given one."""
    wanted = due_intents.c.listing_id == among(leases)
    query = select(due_intents.c.listing_id, due_intents.c.lease_no).where(wanted)
    rows = await uow.conn.execute(query.order_by(due_intents.c.listing_id).with_for_update())
    return {row.listing_id for row in rows if leases[row.listing_id] == row.lease_no}


@dataclass(frozen=True, slots=True)
class IntentRow:
    """An intent's new state, with the code and reason a parked one shows."""

    intent: Intent
    code: str | None = None
    reason: str | None = None


async def save_intents(uow: UnitOfWork, rows: Sequence[IntentRow]) -> None:
    """Write the progress of locked intents; what their target says is left alone."""
    named = [name for name in _STATE_COLUMNS if name not in ("code", "reason")]
    values = [
        {
            "listing_id": row.intent.listing_id,
            **{name: getattr(row.intent, name) for name in named},
            "code": row.code,
            "reason": row.reason,
        }
        for row in rows
    ]
    if values:
        await uow.conn.execute(_SAVE, {"rows": as_rows(values), "now": uow.now})


async def requeue(uow: UnitOfWork, due: Sequence[tuple[UUID, int, datetime]]) -> None:
    """Give leases back, (listing, lease number, when due again)."""
    rows = [{"listing_id": i, "lease_no": n, "due_at": at} for i, n, at in due]
    if rows:
        await uow.conn.execute(_RELEASE, {"rows": as_rows(rows)})


async def dequeue(uow: UnitOfWork, listing_ids: Sequence[UUID]) -> None:
    """Take ended intents off the queue."""
    if listing_ids:
        await uow.conn.execute(_DELETE, {"ids": sorted(listing_ids)})


async def make_account_due(uow: UnitOfWork, account_id: UUID) -> None:
    """An account works again: its waiting intents are tried now, and those given up while it was disconnected."""
    await uow.conn.execute(_ACCOUNT_DUE, {"account": account_id, "now": uow.now})
    missed = {"account": account_id, "code": DISCONNECTED, "now": uow.now}
    await _queue(uow, (await uow.conn.execute(_REVIVE, missed)).all())
