"""SQL of raw webhooks: stored as they came, taken round-robin over accounts, mapped once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from kit.connection import Row
from kit.ids import new_id
from kit.unit_of_work import UnitOfWork
from sqlalchemy import text

from connector_kit.marketplace import Webhook
from connector_kit.store.codec import as_rows

FIRST, LAST = UUID(int=0), UUID(int=2**128 - 1)
IN_TURN = 200
"""Accounts that one look takes from."""


@dataclass(frozen=True, slots=True)
class ReceivedWebhook:
    """A notification whose signature was checked, about to be stored. `delivery_id` is constant over resends."""

    tenant_id: UUID
    account_id: UUID
    topic: str
    delivery_id: str
    body: bytes
    headers: Mapping[str, str]
    event_id: str | None = None
    traceparent: str | None = None


_INSERT = text(
    """
insert into raw_webhooks (id, account_id, tenant_id, topic, delivery_id, event_id, headers, body, accepted_at,
  traceparent, due_at)
select r.id, r.account_id, r.tenant_id, r.topic, r.delivery_id, r.event_id, r.headers, decode(r.body, 'hex'), :now,
  r.traceparent, :now
from jsonb_to_recordset(cast(:rows as jsonb)) as r(id uuid, account_id uuid, tenant_id uuid, topic text,
  delivery_id text, event_id text, headers jsonb, body text, traceparent text)
order by r.account_id, r.topic, r.delivery_id
on conflict on constraint raw_webhooks_delivery do nothing returning id
"""
)
_INSERT_OF_ACTIVE = text(
    """
with told as materialized (
  select r.*, exists (select from account_directory d where d.account_id = r.account_id
      and d.tenant_id = r.tenant_id and d.active) as active
  from jsonb_to_recordset(cast(:rows as jsonb)) as r(id uuid, account_id uuid, tenant_id uuid, topic text,
    delivery_id text, event_id text, headers jsonb, body text, traceparent text)
), stored as (
  insert into raw_webhooks (id, account_id, tenant_id, topic, delivery_id, event_id, headers, body, accepted_at,
    traceparent, due_at)
  select id, account_id, tenant_id, topic, delivery_id, event_id, headers, decode(body, 'hex'), :now, traceparent, :now
  from told where active order by account_id, topic, delivery_id
  on conflict on constraint raw_webhooks_delivery do nothing
)
select distinct account_id, tenant_id from told where active
"""
)
_TAKE = text(
    """
with recursive turn as (
  (select account_id from raw_webhooks where mapped_at is null and account_id > :after and account_id <= :upto
     and due_at <= :now order by account_id limit 1)
  union all
  select (select w.account_id from raw_webhooks w where w.mapped_at is null and w.account_id > turn.account_id
            and w.account_id <= :upto and w.due_at <= :now order by w.account_id limit 1)
  from turn where turn.account_id is not null
), accounts_due as (
  select turn.account_id, :each - coalesce(l.load, 0) as room from turn
  left join unnest(cast(:loaded as uuid[]), cast(:loads as bigint[])) as l(account_id, load) using (account_id)
  where turn.account_id is not null and coalesce(l.load, 0) < :each limit :accounts
)
select w.* from accounts_due a cross join lateral (
  select id, tenant_id, account_id, topic, body, headers, accepted_at, traceparent, attempts from raw_webhooks
  where mapped_at is null and account_id = a.account_id and due_at <= :now
    and id <> all(cast(:held as uuid[]))
  order by due_at limit a.room for update skip locked
) w limit :most
"""
)
_ONE = text(
    "select id, tenant_id, account_id, topic, body, headers, accepted_at, traceparent, attempts from raw_webhooks "
    "where id = :id and mapped_at is null for update skip locked"
)
_DONE = text(
    "update raw_webhooks w set mapped_at = :now, outcome = r.outcome from "
    "jsonb_to_recordset(cast(:rows as jsonb)) as r(id uuid, outcome text) where w.id = r.id"
)
_LATER = text(
    "update raw_webhooks set due_at = :until, attempts = attempts + 1 where id = any(cast(:ids as uuid[]))"
)
_PRUNE = text(
    "delete from raw_webhooks where id in (select id from raw_webhooks "
    "where accepted_at < :before and mapped_at is not null limit 5000)"
)


async def insert_webhooks(uow: UnitOfWork, received: Sequence[ReceivedWebhook]) -> int:
    """Store notifications; one with a delivery id seen before is dropped. Returns how many were new."""
    stored = await uow.conn.execute(_INSERT, {"rows": as_rows(_rows(received)), "now": uow.now})
    return len(stored.all())


async def insert_of_active(uow: UnitOfWork, received: Sequence[ReceivedWebhook]) -> set[tuple[UUID, UUID]]:
    """The same for those whose account is in the directory, active and the tenant's, in one statement.

    Returns (account, tenant) of these; nothing is kept of any other, whatever was known of it a moment ago.
    """
    found = await uow.conn.execute(_INSERT_OF_ACTIVE, {"rows": as_rows(_rows(received)), "now": uow.now})
    return {(row.account_id, row.tenant_id) for row in found}


def _rows(received: Sequence[ReceivedWebhook]) -> list[dict[str, object]]:
    unique = {(w.account_id, w.topic, w.delivery_id): w for w in reversed(received)}
    return [
        {
            "id": new_id(),
            "account_id": w.account_id,
            "tenant_id": w.tenant_id,
            "topic": w.topic,
            "delivery_id": w.delivery_id,
            "event_id": w.event_id,
            "headers": dict(w.headers),
            "body": w.body.hex(),
            "traceparent": w.traceparent,
        }
        for w in unique.values()
    ]


async def take_webhooks(
    uow: UnitOfWork,
    *,
    after: UUID,
    most: int,
    each: int,
    load: Mapping[UUID, int],
    held: Sequence[UUID] = (),
) -> list[Webhook]:
    """Lock unmapped notifications: accounts in turn after `after`, then those up to it; oldest first within each.

    At most `each` of one account, with its `load` under way, and `most` in all; none of those `held` here.
    """
    values = {
        "now": uow.now,
        "each": each,
        "accounts": IN_TURN,
        "loaded": list(load),
        "loads": list(load.values()),
        "held": list(held),
    }
    taken: list[Webhook] = []
    for start, end in ((after, LAST), (FIRST, after)):
        if start != end and len(taken) < most:
            span = {"after": start, "upto": end, "most": most - len(taken)}
            taken += [_webhook(row) for row in await uow.conn.execute(_TAKE, {**values, **span})]
    return taken


async def take_webhook(uow: UnitOfWork, webhook_id: UUID) -> Webhook | None:
    """Lock one notification if it is still unmapped and nobody has it in hand."""
    row = (await uow.conn.execute(_ONE, {"id": webhook_id})).one_or_none()
    return _webhook(row) if row else None


def _webhook(r: Row) -> Webhook:
    return Webhook(
        id=r["id"],
        tenant_id=r["tenant_id"],
        account_id=r["account_id"],
        topic=r["topic"],
        body=bytes(r["body"]),
        headers=r["headers"],
        accepted_at=r["accepted_at"],
        traceparent=r["traceparent"],
        attempts=r["attempts"],
    )


async def finish_webhooks(uow: UnitOfWork, outcomes: Mapping[UUID, str]) -> None:
    """Mark notifications as mapped, each with a word on what became of it."""
    if outcomes:
        rows = [{"id": i, "outcome": outcome} for i, outcome in sorted(outcomes.items())]
        await uow.conn.execute(_DONE, {"rows": as_rows(rows), "now": uow.now})


async def postpone_webhooks(uow: UnitOfWork, ids: Sequence[UUID], until: datetime) -> None:
    """Leave notifications for later: what they speak of is being fetched, or could not be."""
    if ids:
        await uow.conn.execute(_LATER, {"ids": sorted(ids), "until": until})


async def prune_webhooks(uow: UnitOfWork, keep: timedelta) -> int:
    """Delete mapped notifications older than `keep`: they hold personal data."""
    return (await uow.conn.execute(_PRUNE, {"before": uow.now - keep})).rowcount
