"""SQL of marketplaces' payouts: their transactions, matched to sales by account and order whichever came first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kit import bulk
from kit.connection import Row
from kit.unit_of_work import UnitOfWork
from sqlalchemy import ColumnElement, and_, case, func, not_, or_, select, text, tuple_

from sales_ledger import tables
from sales_ledger.domain import (
    LineSums,
    MatchedLine,
    MatchedSale,
    Matching,
    Money,
    Payout,
    PayoutHead,
    PayoutLine,
)

_p = tables.payouts.c
_l = tables.payout_lines.c
_s = tables.sales.c
_DROP_LINES = text("delete from payout_lines where payout_key = any(:keys)")
_SALES = text(
    "select order_id, sale_id, status, line ->> 'title' as title, line ->> 'sku' as sku from sales "
    "where tenant_id = :tenant and account_id = :account and order_id = any(:orders) order by order_id, sale_id"
)
_HEAD = select(
    *(
        _p.tenant_id,
        _p.payout_key,
        _p.account_id,
        _p.platform,
        _p.payout_id,
        _p.revision,
        _p.amount,
        _p.currency,
        _p.paid_at,
    ),
    func.jsonb_array_length(_p.lines).label("lines"),
)
_HAS_SALE = (
    select(_s.sale_id)
    .where(_s.tenant_id == _l.tenant_id, _s.account_id == _l.account_id, _s.order_id == _l.order_id)
    .correlate(tables.payout_lines)
    .exists()
)
_IS: dict[Matching, ColumnElement[bool]] = {
    Matching.NO_ORDER: _l.order_id.is_(None),
    Matching.MATCHED: _HAS_SALE,
    Matching.UNKNOWN_ORDER: and_(_l.order_id.is_not(None), not_(_HAS_SALE)),
}


@dataclass(frozen=True, slots=True)
class PayoutFilter:
    """Which payouts a list is narrowed to."""

    account_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


async def replace_lines(uow: UnitOfWork, payouts: Sequence[Payout]) -> None:
    """Keep the transactions of these payouts as they are now; those of an earlier revision go."""
    await uow.conn.execute(_DROP_LINES, {"keys": [payout.payout_key for payout in payouts]})
    lines = [row for payout in payouts for row in _line_rows(payout)]
    await bulk.upsert(uow.conn, tables.payout_lines, lines)


def _line_rows(payout: Payout) -> list[dict[str, object]]:
    return [
        {
            "payout_key": payout.payout_key,
            "position": position,
            "tenant_id": payout.tenant_id,
            "account_id": payout.account_id,
            "transaction_id": line.transaction_id,
            "kind": line.kind,
            "order_id": line.order_id and line.order_id[: tables.ORDER_LENGTH],
            "currency": line.amount.currency,
            "amount": line.amount.amount,
        }
        for position, line in enumerate(payout.lines)
    ]


async def payouts_page(
    uow: UnitOfWork, tenant_id: UUID, wanted: PayoutFilter, after: tuple[datetime, UUID] | None, limit: int
) -> list[PayoutHead]:
    """The last paid first, one more than `limit` when there are more."""
    query = _HEAD.where(_p.tenant_id == tenant_id)
    if wanted.account_id is not None:
        query = query.where(_p.account_id == wanted.account_id)
    if wanted.since is not None:
        query = query.where(_p.paid_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(_p.paid_at < wanted.until)
    if after is not None:
        query = query.where(tuple_(_p.paid_at, _p.payout_key) < tuple_(*after))
    query = query.order_by(_p.paid_at.desc(), _p.payout_key.desc()).limit(limit + 1)
    return [_head(row) for row in await uow.conn.execute(query)]


async def payout_head(uow: UnitOfWork, tenant_id: UUID, payout_key: UUID) -> PayoutHead | None:
    """One payout."""
    query = _HEAD.where(_p.tenant_id == tenant_id, _p.payout_key == payout_key)
    row = (await uow.conn.execute(query)).one_or_none()
    return _head(row) if row else None


def _head(row: Row) -> PayoutHead:
    return PayoutHead(
        tenant_id=row["tenant_id"],
        payout_key=row["payout_key"],
        account_id=row["account_id"],
        platform=row["platform"],
        payout_id=row["payout_id"],
        revision=row["revision"],
        amount=Money(row["amount"], row["currency"]),
        paid_at=row["paid_at"],
        lines=row["lines"],
    )


async def line_sums(uow: UnitOfWork, payout: PayoutHead) -> list[LineSums]:
    """A payout's transactions per currency and whether their order is known."""
    matching = case(*((holds, found.value) for found, holds in _IS.items()))
    query = (
        select(_l.currency, matching.label("matching"), func.count().label("lines"), func.sum(_l.amount))
        .where(_l.payout_key == payout.payout_key)
        .group_by(text("1"), text("2"))
        .order_by(text("1"), text("2"))
    )
    return [
        LineSums(currency, Matching(found), lines, amount)
        for currency, found, lines, amount in await uow.conn.execute(query)
    ]


async def matched_lines(
    uow: UnitOfWork, payout: PayoutHead, wanted: Sequence[Matching], after: int, limit: int
) -> list[MatchedLine]:
    """A payout's transactions from the one behind `after`, in its order, one more than `limit` when there are more."""
    query = select(tables.payout_lines).where(_l.payout_key == payout.payout_key, _l.position > after)
    if wanted:
        query = query.where(or_(*(_IS[matching] for matching in wanted)))
    rows = (await uow.conn.execute(query.order_by(_l.position).limit(limit + 1))).all()
    sales = await _sales_of(uow, payout, {row["order_id"] for row in rows if row["order_id"] is not None})
    return [_line(row, tuple(sales[row["order_id"]])) for row in rows]


async def _sales_of(
    uow: UnitOfWork, payout: PayoutHead, orders: set[str]
) -> dict[str | None, list[MatchedSale]]:
    found: dict[str | None, list[MatchedSale]] = defaultdict(list)
    values = {"tenant": payout.tenant_id, "account": payout.account_id, "orders": sorted(orders)}
    for row in await uow.conn.execute(_SALES, values):
        found[row.order_id].append(MatchedSale(row.sale_id, row.title, row.sku, row.status))
    return found


def _line(row: Row, sales: tuple[MatchedSale, ...]) -> MatchedLine:
    amount = Money(row["amount"], row["currency"])
    line = PayoutLine(row["transaction_id"], row["kind"], row["order_id"], amount)
    return MatchedLine(row["position"], line, sales)
