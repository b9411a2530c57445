"""SQL of what the books hold of a consignor: balances and the entries of a period."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from kit.unit_of_work import UnitOfWork
from sqlalchemy import text

from sales_ledger.domain import Booked, owed_to, tidy

_BALANCES = text(
    "select currency, -sum(amount) as amount from balances "
    "where tenant_id = :tenant and account = :account group by currency order by currency"
)
_OPENING = text(
    "select -sum(amount) as amount from entries "
    "where tenant_id = :tenant and account = :account and currency = :currency and posted_at < :since"
)
_ENTRIES = text(
    "select e.posted_at, e.kind, -e.amount as amount, e.subject_id, s.line ->> 'title' as title, "
    "coalesce(s.line ->> 'order_number', s.line ->> 'order_id') as order_number, "
    "not exists (select from entries f where f.subject_id = e.subject_id and f.kind = e.kind "
    "and f.account = e.account and f.currency = e.currency "
    "and (f.posted_at, f.posting_id) < (e.posted_at, e.posting_id)) as is_first "
    "from entries e left join sales s on s.sale_id = e.subject_id "
    "where e.tenant_id = :tenant and e.account = :account and e.currency = :currency "
    "and e.posted_at >= :since and e.posted_at < :until order by e.posted_at, e.subject_id limit :limit"
)


async def consignor_balances(
    uow: UnitOfWork, tenant_id: UUID, consignor_id: UUID
) -> list[tuple[str, Decimal]]:
    """(currency, what the shop owes); negative when the consignor owes."""
    values = {"tenant": tenant_id, "account": owed_to(consignor_id)}
    found = await uow.conn.execute(_BALANCES, values)
    return [(row.currency, tidy(row.amount, row.currency)) for row in found]


async def opening(
    uow: UnitOfWork, tenant_id: UUID, consignor_id: UUID, currency: str, since: datetime
) -> Decimal:
    """What the shop owed before a time."""
    values = {
        "tenant": tenant_id,
        "account": owed_to(consignor_id),
        "currency": currency,
        "since": since,
    }
    owed = (await uow.conn.execute(_OPENING, values)).scalar()
    return tidy(owed or Decimal(0), currency)


async def entries_of(
    uow: UnitOfWork,
    tenant_id: UUID,
    consignor_id: UUID,
    currency: str,
    period: tuple[datetime, datetime],
    limit: int,
) -> list[Booked]:
    """Entries of a period in the order they were booked, at most `limit`."""
    values = {
        "tenant": tenant_id,
        "account": owed_to(consignor_id),
        "currency": currency,
        "since": period[0],
        "until": period[1],
        "limit": limit,
    }
    return [
        Booked(
            at=row.posted_at,
            kind=row.kind,
            amount=tidy(row.amount, currency),
            sale_id=row.subject_id,
            order_number=row.order_number,
            title=row.title,
            is_first=row.is_first,
        )
        for row in await uow.conn.execute(_ENTRIES, values)
    ]
