"""SQL of what Shopify asks about buyers' data: the requests, and the webhooks that hold it.

Webhooks are looked through a bounded page at a time, in the order of an index, so that no statement is long and no lock is
held for longer than a page takes, however many there are.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kit.connection import Row
from kit.tables import dead_letters
from kit.unit_of_work import UnitOfWork
from sqlalchemy import select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from connector_shopify.domain import Held, PrivacyRequest
from connector_shopify.tables import privacy_requests

SUBSCRIBER = "webhooks"
FORGOTTEN = "emptied, as Shopify asked to erase a buyer's data"


@dataclass(frozen=True, slots=True)
class Page:
    """Webhooks of a page that may name what is looked for, and where the next page begins; None ends."""

    held: Sequence[Held]
    after: tuple[str, ...] | None


# A body may name an id only if it holds its digits, or writes one of them as an escape; whether it does, is for Python.
# Bodies are joined with nothing (`body || ''`), so that each is unpacked once and not again for every id.
_MAY_NAME = """(cast(:naming as text[]) = '{}' or position(cast('\\\\u003' as bytea) in body) > 0 or exists (
    select from unnest(cast(:naming as text[])) as id where position(convert_to(id, 'UTF8') in body) > 0))"""
_RAW = text(
    f"""
with page as materialized (
  select id, topic, delivery_id from raw_webhooks
  where account_id = :account and (topic, delivery_id) > (:topic, :delivery)
  order by topic, delivery_id limit :most
)
select p.id, p.topic, p.delivery_id, w.accepted_at, w.mapped_at is not null as mapped,
  case when cast(:naming as text[]) = '{{}}' then substr(w.body, 1, 0) else w.body end as body
from page p left join lateral (
  select accepted_at, mapped_at, body || cast('' as bytea) as body from raw_webhooks r where r.id = p.id offset 0
) w on {_MAY_NAME} order by p.topic, p.delivery_id
"""  # noqa: S608 - constants
)
_DEAD = text(
    f"""
with page as materialized (
  select id, source, partition, position from dead_letters
  where subscriber = :subscriber and (source, partition, position) > (:source, :partition, :position)
  order by source, partition, position limit :most
), mine as materialized (
  select d.id, d.payload || cast('' as bytea) as body, d.created_at from page join dead_letters d using (id)
  where d.key = :key and d.payload <> ''
)
select p.id, p.source, p.partition, p.position, m.created_at, m.body from page p
left join mine m on m.id = p.id and {_MAY_NAME} order by p.source, p.partition, p.position
"""  # noqa: S608 - constants
)
_DELETE = text("delete from raw_webhooks where id = any(cast(:ids as uuid[])) and mapped_at is not null")
_COUNTED = text(
    "update privacy_requests set forgotten = forgotten + :more, done_at = coalesce(done_at, :done) "
    "where request_id = :request"
)


async def insert_request(uow: UnitOfWork, request: PrivacyRequest, delivery_id: str) -> bool:
    """Keep a request; False for a delivery that was here before."""
    values = {
        "request_id": request.request_id,
        "tenant_id": request.tenant_id,
        "account_id": request.account_id,
        "topic": request.topic,
        "delivery_id": delivery_id,
        "shopify_id": request.shopify_id,
        "customer_id": request.customer_id,
        "order_ids": list(request.order_ids),
        "received_at": request.received_at,
        "due_by": request.due_by,
    }
    added = insert(privacy_requests).values(values).on_conflict_do_nothing()
    return (await uow.conn.execute(added.returning(privacy_requests.c.request_id))).first() is not None


async def load_request(uow: UnitOfWork, request_id: UUID) -> PrivacyRequest | None:
    """One request of the transaction's tenants."""
    query = select(privacy_requests).where(privacy_requests.c.request_id == request_id)
    row = (await uow.conn.execute(query)).one_or_none()
    return _request(row) if row else None


async def list_requests(
    uow: UnitOfWork,
    tenant_id: UUID,
    after: tuple[datetime, UUID] | None,
    limit: int,
    topic: str | None = None,
) -> list[PrivacyRequest]:
    """A tenant's requests, of one topic or all, the newest first, after a place in that order."""
    row = privacy_requests.c
    query = select(privacy_requests).where(row.tenant_id == tenant_id)
    if topic is not None:
        query = query.where(row.topic == topic)
    if after is not None:
        query = query.where(tuple_(row.received_at, row.request_id) < tuple_(*after))
    query = query.order_by(row.received_at.desc(), row.request_id.desc()).limit(limit)
    return [_request(found) for found in await uow.conn.execute(query)]


async def count_forgotten(uow: UnitOfWork, request_id: UUID, more: int, *, done: bool = False) -> None:
    """Add to what a request made us forget; `done` ends it, the first time counts."""
    values = {"request": request_id, "more": more, "done": uow.now if done else None}
    await uow.conn.execute(_COUNTED, values)


async def raw_page(
    uow: UnitOfWork, account_id: UUID, naming: Collection[str], after: tuple[str, ...] | None, most: int
) -> Page:
    """A page of an account's raw webhooks: those whose body may name one of the ids; without any, all, their bodies left out."""
    topic, delivery = after or ("", "")
    values = {
        "account": account_id,
        "naming": sorted(naming),
        "topic": topic,
        "delivery": delivery,
        "most": most,
    }
    rows = (await uow.conn.execute(_RAW, values)).all()
    held = [
        Held(r.id, r.topic, r.accepted_at, bytes(r.body), mapped=r.mapped) for r in rows if r.body is not None
    ]
    return Page(held, (rows[-1].topic, rows[-1].delivery_id) if len(rows) == most else None)


async def dead_page(
    uow: UnitOfWork, account_id: UUID, naming: Collection[str], after: tuple[str, ...] | None, most: int
) -> Page:
    """The same of the account's dead webhooks, of which the page looks through those of all accounts."""
    source, partition, position = after or ("", "-2", "0")
    values = {
        "subscriber": SUBSCRIBER,
        "key": account_id.bytes,
        "naming": sorted(naming),
        "source": source,
        "partition": int(partition),
        "position": int(position),
        "most": most,
    }
    rows = (await uow.conn.execute(_DEAD, values)).all()
    held = [
        Held(r.id, r.source.removeprefix("webhook:"), r.created_at, bytes(r.body), mapped=True)
        for r in rows
        if r.body is not None
    ]
    end = (rows[-1].source, str(rows[-1].partition), str(rows[-1].position)) if len(rows) == most else None
    return Page(held, end)


async def delete_raw(uow: UnitOfWork, ids: Collection[UUID]) -> int:
    """Delete webhooks that are mapped: nothing reads them again. Returns how many."""
    return (await uow.conn.execute(_DELETE, {"ids": sorted(ids)})).rowcount if ids else 0


async def empty_dead(uow: UnitOfWork, ids: Collection[UUID]) -> int:
    """Empty dead webhooks; they can't be redriven then. The rows stay, to explain what became of them. Returns how many."""
    if not ids:
        return 0
    emptied = (
        update(dead_letters)
        .where(dead_letters.c.id.in_(sorted(ids)))
        .values(payload=b"", error=FORGOTTEN, state="discarded", changed_at=uow.now)
    )
    return (await uow.conn.execute(emptied)).rowcount


def _request(row: Row) -> PrivacyRequest:
    return PrivacyRequest(
        request_id=row.request_id,
        tenant_id=row.tenant_id,
        account_id=row.account_id,
        topic=row.topic,
        received_at=row.received_at,
        due_by=row.due_by,
        shopify_id=row.shopify_id,
        customer_id=row.customer_id,
        order_ids=tuple(row.order_ids),
        forgotten=row.forgotten,
        done_at=row.done_at,
    )
