"""SQL of terms: only ever added to; the lock that orders new ones against sales in flight; sales that wait for some."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from kit import bulk
from kit.connection import Row
from kit.unit_of_work import UnitOfWork
from pydantic import TypeAdapter
from sqlalchemy import or_, select, text

from sales_ledger import tables
from sales_ledger.domain import Base, Money, Rate, Sale, Terms
from sales_ledger.store.sales import lock

_RATE: TypeAdapter[Rate] = TypeAdapter(Rate)
_t = tables.consignor_terms.c
_TERMS_LOCK = 7_307
_ADD = text("select pg_advisory_xact_lock(:key, hashtext(:tenant))")
_SHARE = text(
    "select pg_advisory_xact_lock_shared(:key, hashtext(tenant)) "
    "from unnest(cast(:tenants as text[])) as tenant order by tenant"
)
_LEASE = timedelta(seconds=30)
_CLAIM = text(
    "update due_terms d set lease_until = :until from (select terms_id from due_terms "
    "where due_at <= :now and (lease_until is null or lease_until < :now) order by due_at limit :limit "
    "for update skip locked) taken where d.terms_id = taken.terms_id "
    "returning d.terms_id, d.tenant_id, d.consignor_id, d.after_sale"
)
_GONE_ON = text("update due_terms set after_sale = :after, lease_until = null where terms_id = :id")
_DONE = text("delete from due_terms where terms_id = :id")
# The literal condition is that of the index.
_UNLOCKED = text(
    "select sale_id from sales where tenant_id = :tenant and owner = 'consigned' and consignor_id is not null "
    "and locked is null and (cast(:consignor as uuid) is null or consignor_id = :consignor) "
    "and (cast(:after as uuid) is null or sale_id > :after) order by sale_id limit :limit"
)


@dataclass(frozen=True, slots=True)
class DueTerms:
    """New terms, and up to which sale they have been looked at."""

    terms_id: UUID
    tenant_id: UUID
    consignor_id: UUID | None
    after_sale: UUID | None


def _terms(row: Row) -> Terms:
    fee, currency = row["minimum_fee"], row["minimum_fee_currency"]
    return Terms(
        terms_id=row["id"],
        tenant_id=row["tenant_id"],
        consignor_id=row["consignor_id"],
        effective_from=row["effective_from"],
        fills_gap=row["fills_gap"],
        rate=_RATE.validate_python(row["rate"]),
        minimum_fee=None if fee is None else Money(fee, currency),
        base=Base(row["base"]),
        return_days=row["return_days"],
        created_at=row["created_at"],
        created_by=row["created_by"],
        reason=row["reason"],
    )


async def lock_terms(uow: UnitOfWork, tenant_id: UUID) -> None:
    """Add terms alone, with no sale on its way to its own: one that found none is seen by what fills the gap."""
    await uow.conn.execute(_ADD, {"key": _TERMS_LOCK, "tenant": str(tenant_id)})


async def terms_for(uow: UnitOfWork, sales: Collection[Sale]) -> dict[UUID, list[Terms]]:
    """By tenant, all terms that may hold for these sales; none are added until the end of the transaction."""
    tenants = sorted({str(sale.tenant_id) for sale in sales})
    await uow.conn.execute(_SHARE, {"key": _TERMS_LOCK, "tenants": tenants})
    consignors = [sale.owned.consignor_id for sale in sales if sale.owned.consignor_id]
    query = select(tables.consignor_terms).where(
        _t.tenant_id == bulk.among(sale.tenant_id for sale in sales),
        or_(_t.consignor_id == bulk.among(consignors), _t.consignor_id.is_(None)),
    )
    found: dict[UUID, list[Terms]] = {}
    for row in await uow.conn.execute(query):
        found.setdefault(row["tenant_id"], []).append(_terms(row))
    return found


async def terms_page(
    uow: UnitOfWork, tenant_id: UUID, consignor_id: UUID | None, after: UUID | None, limit: int
) -> list[Terms]:
    """Of a consignor, or without one of the house; the last said first, one more than `limit` when there are more."""
    whose = _t.consignor_id.is_(None) if consignor_id is None else _t.consignor_id == consignor_id
    query = select(tables.consignor_terms).where(_t.tenant_id == tenant_id, whose)
    if after is not None:
        query = query.where(_t.id < after)
    return [_terms(row) for row in await uow.conn.execute(query.order_by(_t.id.desc()).limit(limit + 1))]


async def add_terms(uow: UnitOfWork, terms: Terms) -> None:
    """Add terms, and have sales recorded before looked at."""
    row: dict[str, object] = {
        "id": terms.terms_id,
        "tenant_id": terms.tenant_id,
        "consignor_id": terms.consignor_id,
        "effective_from": terms.effective_from,
        "fills_gap": terms.fills_gap,
        "rate": _RATE.dump_python(terms.rate, mode="json"),
        "minimum_fee": terms.minimum_fee.amount if terms.minimum_fee else None,
        "minimum_fee_currency": terms.minimum_fee.currency if terms.minimum_fee else None,
        "base": terms.base,
        "return_days": terms.return_days,
        "created_at": terms.created_at,
        "created_by": terms.created_by,
        "reason": terms.reason,
    }
    await bulk.upsert(uow.conn, tables.consignor_terms, [row], replace=False)
    due: dict[str, object] = {
        "terms_id": terms.terms_id,
        "tenant_id": terms.tenant_id,
        "consignor_id": terms.consignor_id,
        "due_at": uow.now,
    }
    await bulk.upsert(uow.conn, tables.due_terms, [due], replace=False)


async def claim_terms(uow: UnitOfWork, limit: int) -> list[DueTerms]:
    """Lease new terms whose sales have not all been looked at."""
    found = await uow.conn.execute(_CLAIM, {"now": uow.now, "until": uow.now + _LEASE, "limit": limit})
    return [DueTerms(row.terms_id, row.tenant_id, row.consignor_id, row.after_sale) for row in found]


async def lock_unlocked(uow: UnitOfWork, due: DueTerms, limit: int) -> list[Sale]:
    """The next sales that have no terms, in id order."""
    values = {
        "tenant": due.tenant_id,
        "consignor": due.consignor_id,
        "after": due.after_sale,
        "limit": limit,
    }
    ids = (await uow.conn.execute(_UNLOCKED, values)).scalars()
    return list((await lock(uow, ids)).values())


async def terms_looked_at(uow: UnitOfWork, due: DueTerms, last: UUID | None) -> None:
    """Go on after this sale; without one all have been looked at."""
    if last is None:
        await uow.conn.execute(_DONE, {"id": due.terms_id})
    else:
        await uow.conn.execute(_GONE_ON, {"id": due.terms_id, "after": last})
