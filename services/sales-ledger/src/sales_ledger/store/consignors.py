"""SQL of consignors: locked in id order, found by code and words, with who changed them."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from kit import bulk
from kit.connection import Row
from kit.ids import new_id
from kit.unit_of_work import UnitOfWork
from sqlalchemy import select, text

from sales_ledger import tables
from sales_ledger.domain import Change, Consignor, Profile

_c = tables.consignors.c
_w = tables.consignor_words.c
_LAST = "\U0010ffff"
_CODES_LOCK = 7_308
_LOCK_CODES = text("select pg_advisory_xact_lock(:key, hashtext(:tenant))")
_DROP_WORDS = text("delete from consignor_words where consignor_id = :id")
_CHANGES = text(
    "select what, changed_by, reason, changed_at from consignor_changes "
    "where tenant_id = :tenant and consignor_id = :id order by id desc limit :limit"
)


def _consignor(row: Row) -> Consignor:
    return Consignor(
        consignor_id=row["id"],
        tenant_id=row["tenant_id"],
        profile=Profile(row["code"], row["name"], row["email"], row["note"]),
        created_at=row["created_at"],
        changed_at=row["changed_at"],
        active=row["active"],
        revision=row["revision"],
    )


async def lock_codes(uow: UnitOfWork, tenant_id: UUID) -> None:
    """Whoever gives a code holds this first, so that no two consignors of a shop get the same."""
    await uow.conn.execute(_LOCK_CODES, {"key": _CODES_LOCK, "tenant": str(tenant_id)})


async def consignor_by_code(uow: UnitOfWork, tenant_id: UUID, code: str) -> Consignor | None:
    """The consignor who has a code."""
    query = select(tables.consignors).where(_c.tenant_id == tenant_id, _c.code == code)
    row = (await uow.conn.execute(query)).one_or_none()
    return _consignor(row) if row else None


async def consignors_of(
    uow: UnitOfWork, tenant_id: UUID, ids: Collection[UUID], *, lock: bool = False
) -> dict[UUID, Consignor]:
    """Those of these consignors that the shop has."""
    query = select(tables.consignors).where(_c.tenant_id == tenant_id, _c.id == bulk.among(ids))
    if lock:
        query = query.order_by(_c.id).with_for_update()
    return {row["id"]: _consignor(row) for row in await uow.conn.execute(query)}


async def consignors_page(
    uow: UnitOfWork, tenant_id: UUID, *, search: str, active: bool | None, after: str | None, limit: int
) -> list[Consignor]:
    """By code, one more than `limit` when there are more. Search words must all start some word of the consignor."""
    query = select(tables.consignors).where(_c.tenant_id == tenant_id)
    if active is not None:
        query = query.where(_c.active.is_(active))
    if after is not None:
        query = query.where(_c.code > after)
    for word in search.lower().split()[:8]:
        found = select(_w.consignor_id).where(
            _w.tenant_id == tenant_id, _w.word >= word[:64], _w.word < word[:64] + _LAST
        )
        query = query.where(_c.id.in_(found))
    return [_consignor(row) for row in await uow.conn.execute(query.order_by(_c.code).limit(limit + 1))]


async def save_consignor(uow: UnitOfWork, consignor: Consignor) -> None:
    """Write a consignor as it is now, with the words it is found by."""
    row: dict[str, object] = {
        "id": consignor.consignor_id,
        "tenant_id": consignor.tenant_id,
        "code": consignor.profile.code,
        "name": consignor.profile.name,
        "email": consignor.profile.email,
        "note": consignor.profile.note,
        "active": consignor.active,
        "revision": consignor.revision,
        "created_at": consignor.created_at,
        "changed_at": consignor.changed_at,
    }
    await bulk.upsert(uow.conn, tables.consignors, [row])
    await uow.conn.execute(_DROP_WORDS, {"id": consignor.consignor_id})
    whose = {"tenant_id": consignor.tenant_id, "consignor_id": consignor.consignor_id}
    await bulk.upsert(uow.conn, tables.consignor_words, [{"word": word, **whose} for word in consignor.words])


async def save_consignor_change(
    uow: UnitOfWork, consignor: Consignor, what: str, by: str, reason: str | None
) -> None:
    """Keep who did what, when and why."""
    row: dict[str, object] = {
        "id": new_id(),
        "tenant_id": consignor.tenant_id,
        "consignor_id": consignor.consignor_id,
        "what": what,
        "changed_by": by,
        "reason": reason,
        "changed_at": uow.now,
    }
    await bulk.upsert(uow.conn, tables.consignor_changes, [row])


async def consignor_changes(uow: UnitOfWork, tenant_id: UUID, consignor_id: UUID, limit: int) -> list[Change]:
    """The newest first."""
    found = await uow.conn.execute(_CHANGES, {"tenant": tenant_id, "id": consignor_id, "limit": limit})
    return [Change(row.what, row.changed_by, row.reason, row.changed_at) for row in found]
