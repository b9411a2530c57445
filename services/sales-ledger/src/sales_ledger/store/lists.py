"""SQL of the sales list: filters, keyset pages, sales by day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from kit.unit_of_work import UnitOfWork
from sqlalchemy import (
    Column,
    ColumnElement,
    Select,
    and_,
    false,
    func,
    intersect,
    not_,
    or_,
    select,
    text,
    tuple_,
    union,
)
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from sales_ledger import tables
from sales_ledger.domain import Delays, RefundState, Sale
from sales_ledger.store import rows

_s = tables.sales.c
_LAST = "\U0010ffff"
Q = TypeVar("Q", bound=Select[tuple[object, ...]])
Columns = ReadOnlyColumnCollection[str, Column[Any]]


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list is narrowed to; empty means all. Search words must all start some term of the sale."""

    platforms: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    delist_states: tuple[str, ...] = ()
    account_id: UUID | None = None
    contended: bool | None = None
    restated: bool | None = None
    refunded: tuple[str, ...] = ()
    provisional: bool | None = None
    delays: Delays = field(default_factory=dict)
    consignor_id: UUID | None = None
    due: bool | None = None
    """Whether it can be taken into a payout run."""
    waits_for_fees: bool | None = None
    """Whether its share waits for its fees alone."""
    at: datetime | None = None
    """What is provisional or due is so at this time."""
    since: datetime | None = None
    until: datetime | None = None
    search: str = ""


def categories(columns: Columns, wanted: Filter) -> list[ColumnElement[bool]]:
    """Conditions by the columns that sales and their sums by day both have."""
    several = {
        "platform": wanted.platforms,
        "status": wanted.statuses,
        "owner": wanted.owners,
        "delist_state": wanted.delist_states,
        "refund_state": wanted.refunded,
    }
    single = {"contended": wanted.contended, "restated": wanted.restated}
    found: list[ColumnElement[bool]] = [columns[name].in_(of) for name, of in several.items() if of]
    # As they stand, for `is true` takes no partial index.
    found += [columns[n] if value else not_(columns[n]) for n, value in single.items() if value is not None]
    if wanted.account_id is not None:
        found.append(columns["account_id"] == wanted.account_id)
    return found


def narrowed(query: Q, tenant_id: UUID, wanted: Filter) -> Q:
    """A query of sales, narrowed to what the filter finds."""
    query = query.where(_s.tenant_id == tenant_id, _s.sold_at.is_not(None), *categories(_s, wanted))
    if wanted.refunded and RefundState.NONE not in wanted.refunded:
        query = query.where(text("refund_state <> 'none'"))  # so that their own index is taken
    if wanted.provisional is not None:
        young = _is_young(wanted.delays, wanted.at)
        query = query.where(young if wanted.provisional else not_(young))
    if wanted.consignor_id is not None:
        query = query.where(_s.consignor_id == wanted.consignor_id)
    if wanted.due is not None:
        query = query.where(_is_due(wanted.at) if wanted.due else not_(_is_due(wanted.at)))
    if wanted.waits_for_fees is not None:
        query = query.where(_s.waits_for_fees if wanted.waits_for_fees else not_(_s.waits_for_fees))
    if wanted.since is not None:
        query = query.where(_s.sold_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(_s.sold_at < wanted.until)
    return _searched(query, tenant_id, wanted.search.lower().split())


def _is_young(delays: Delays, at: datetime | None) -> ColumnElement[bool]:
    """The longest delay stands by itself, so that the index by time narrows to it."""
    now = func.now() if at is None else at
    longest = max(delays.values(), default=timedelta())
    each = (and_(_s.platform == platform, _s.sold_at > now - delay) for platform, delay in delays.items())
    return and_(_s.sold_at > now - longest, or_(false(), *each))


def _searched(query: Q, tenant_id: UUID, words: list[str]) -> Q:
    """Every word starts some term of the sale; or all together do, of a number that people write with spaces."""
    together = "".join(words)
    if len(words) > 1 and _is_number(together):
        by_words = [_found_by(tenant_id, word[:64]) for word in words[:8]]
        either = union(intersect(*by_words), _found_by(tenant_id, together[:64]))
        return query.where(_s.sale_id.in_(either))
    for word in words[:8]:
        query = query.where(_s.sale_id.in_(_found_by(tenant_id, word[:64])))
    return query


def _is_number(text: str) -> bool:
    """Whether a search is for a number of a parcel rather than for words, of which many sales have the same."""
    digits = sum(c.isdigit() for c in text)
    return digits >= 6 and 2 * digits >= len(text)


def _is_due(at: datetime | None) -> ColumnElement[bool]:
    """What is to be taken back waits for no return window."""
    waited = or_(_s.due_at <= (at or func.now()), _s.payable < 0)
    return and_(_s.is_payable, _s.run_id.is_(None), waited)


def _found_by(tenant_id: UUID, word: str) -> Select[tuple[UUID]]:
    t = tables.sale_terms.c
    return select(t.sale_id).where(t.tenant_id == tenant_id, t.term >= word, t.term < word + _LAST)


async def page(
    uow: UnitOfWork, tenant_id: UUID, wanted: Filter, after: tuple[datetime, UUID] | None, limit: int
) -> list[Sale]:
    """Newest first, one more than `limit` when there are more."""
    query = narrowed(select(tables.sales), tenant_id, wanted)
    if after is not None:
        query = query.where(tuple_(_s.sold_at, _s.sale_id) < tuple_(*after))
    query = query.order_by(_s.sold_at.desc(), _s.sale_id.desc()).limit(limit + 1)
    return [rows.sale(row) for row in await uow.conn.execute(query)]


async def by_day(
    uow: UnitOfWork, tenant_id: UUID, wanted: Filter, zone: str
) -> list[tuple[date, str, str, int, Decimal]]:
    """(day in the time zone, platform, currency, count, price), oldest first."""
    day = func.timezone(zone, _s.sold_at).cast(tables.DATE).label("day")
    columns = (day, _s.platform, _s.currency, func.count().label("count"), func.sum(_s.price).label("price"))
    query = narrowed(select(*columns), tenant_id, wanted)
    query = query.group_by(text("1"), _s.platform, _s.currency).order_by(text("1"), _s.platform, _s.currency)
    return [
        (row["day"], row["platform"], row["currency"], row["count"], row["price"])
        for row in await uow.conn.execute(query)
    ]
