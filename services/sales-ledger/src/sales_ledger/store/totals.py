"""SQL of totals: whole days from the sums the database keeps, the rest of a period and odd filters from the sales themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from kit.unit_of_work import UnitOfWork
from sqlalchemy import Select, func, select, union_all

from sales_ledger import tables
from sales_ledger.store.lists import Filter, categories, narrowed

_s = tables.sales.c
_d = tables.sale_sums.c
_DAY = timedelta(days=1)
_FIRST, _LAST = datetime(2, 1, 1, tzinfo=UTC), datetime(9998, 1, 1, tzinfo=UTC)
"""Between these any zone's time has a day in UTC, and one after it."""
_NAMES = ("count", "price", "fees", "net", "unknown")
Sums = Select[tuple[Any, ...]]
"""Of each currency the sums of these names."""


@dataclass(frozen=True, slots=True)
class Total:
    """Sums of one currency; fees and net of those sales whose fees are known."""

    currency: str
    count: int
    price: Decimal
    fees: Decimal
    net: Decimal
    fees_unknown: int

    def less(self, part: Total) -> Total:
        """What is left of it without a part of it."""
        return Total(
            self.currency,
            self.count - part.count,
            self.price - part.price,
            self.fees - part.fees,
            self.net - part.net,
            self.fees_unknown - part.fees_unknown,
        )


async def totals(uow: UnitOfWork, tenant_id: UUID, wanted: Filter) -> list[Total]:
    """Sums per currency of all sales the filter finds.

    What is not young, not due or waits for no fees is nearly everything: it is all without what is, or does.
    """
    if not _is_summed(replace(wanted, provisional=None, due=None, waits_for_fees=None)):
        return await _added(uow, _of_sales(tenant_id, wanted))
    if wanted.provisional is False:
        whole = await totals(uow, tenant_id, replace(wanted, provisional=None))
        return _less(whole, await totals(uow, tenant_id, replace(wanted, provisional=True)))
    if wanted.due is False:
        whole = await totals(uow, tenant_id, replace(wanted, due=None))
        return _less(whole, await totals(uow, tenant_id, replace(wanted, due=True)))
    if wanted.waits_for_fees is False:
        whole = await totals(uow, tenant_id, replace(wanted, waits_for_fees=None))
        return _less(whole, await totals(uow, tenant_id, replace(wanted, waits_for_fees=True)))
    if not _is_summed(wanted):
        return await _added(uow, _of_sales(tenant_id, wanted))
    return await _added(uow, *_of_period(tenant_id, wanted))


def _is_summed(wanted: Filter) -> bool:
    """Whether the sums know all that it is narrowed by, but for its time."""
    others = (wanted.provisional, wanted.due, wanted.waits_for_fees, wanted.consignor_id)
    return not wanted.search.split() and all(other is None for other in others)


def _less(whole: list[Total], part: list[Total]) -> list[Total]:
    parts = {total.currency: total for total in part}
    left = [total.less(parts[total.currency]) if total.currency in parts else total for total in whole]
    return [total for total in left if total.count]


def _of_period(tenant_id: UUID, wanted: Filter) -> list[Sums]:
    """The whole days of a period from their sums, in UTC; what is left of it at its ends from the sales."""
    since, until = wanted.since, wanted.until
    if any(moment is not None and not _FIRST < moment < _LAST for moment in (since, until)):
        return [_of_sales(tenant_id, wanted)]
    first = None if since is None else (since.astimezone(UTC) + _DAY - timedelta.resolution).date()
    last = None if until is None else until.astimezone(UTC).date()
    if first is not None and last is not None and first >= last:
        return [_of_sales(tenant_id, wanted)]
    parts = [_of_days(tenant_id, wanted, first, last)]
    if since is not None and first is not None and since < _midnight(first):
        parts.append(_of_sales(tenant_id, replace(wanted, until=_midnight(first))))
    if until is not None and last is not None and until > _midnight(last):
        parts.append(_of_sales(tenant_id, replace(wanted, since=_midnight(last))))
    return parts


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _of_days(tenant_id: UUID, wanted: Filter, first: date | None, last: date | None) -> Sums:
    query = select(
        _d.currency,
        func.sum(_d.sales).label("count"),
        func.sum(_d.price).label("price"),
        func.sum(_d.fees).label("fees"),
        func.sum(_d.net).label("net"),
        func.sum(_d.unknown).label("unknown"),
    ).where(_d.tenant_id == tenant_id, *categories(_d, wanted))
    if first is not None:
        query = query.where(_d.day >= first)
    if last is not None:
        query = query.where(_d.day < last)
    return query.group_by(_d.currency)


def _of_sales(tenant_id: UUID, wanted: Filter) -> Sums:
    query = select(
        _s.currency,
        func.count().label("count"),
        func.sum(_s.price).label("price"),
        func.coalesce(func.sum(_s.fees), 0).label("fees"),
        func.coalesce(func.sum(_s.net), 0).label("net"),
        func.count().filter(_s.net.is_(None)).label("unknown"),
    )
    return narrowed(query, tenant_id, wanted).group_by(_s.currency)


async def _added(uow: UnitOfWork, *parts: Sums) -> list[Total]:
    part = union_all(*parts).subquery()
    sums = (func.sum(part.c[name]).label(name) for name in _NAMES)
    query = select(part.c.currency, *sums).group_by(part.c.currency).order_by(part.c.currency)
    query = query.having(func.sum(part.c.count) > 0)
    return [
        Total(row["currency"], int(row["count"]), row["price"], row["fees"], row["net"], int(row["unknown"]))
        for row in await uow.conn.execute(query)
    ]
