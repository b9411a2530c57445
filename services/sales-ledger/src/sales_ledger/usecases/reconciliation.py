"""What people see of marketplaces' payouts: lists, one with its sales, the comparison with our books; restated figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from kit.errors import Invalid, NotFound
from kit.paging import cursor_of, cut, decode_cursor, encode_cursor, moment_of, number_of, place_of
from kit.unit_of_work import UnitOfWork

from sales_ledger import store
from sales_ledger.domain import (
    Compared,
    Comparison,
    LineSums,
    MatchedLine,
    Matching,
    PayoutHead,
    Restatement,
    SoldPeriod,
    restatements,
)
from sales_ledger.store import PayoutFilter
from sales_ledger.usecases.queries import shown

LONGEST = timedelta(days=400)
"""A year and its neighbours; a longer period is compared in parts."""


@dataclass(frozen=True, slots=True)
class PayoutParts:
    """One payout, what its transactions add up to, a page of them and the cursor of the next."""

    head: PayoutHead
    sums: Sequence[LineSums]
    lines: Sequence[MatchedLine]
    following: str | None


@dataclass(frozen=True, slots=True)
class Differences:
    """A period's totals per currency, a page of the orders that differ and the cursor of the next; as of `at`."""

    period: SoldPeriod
    totals: Sequence[Comparison]
    items: Sequence[Compared]
    following: str | None
    at: datetime


async def payouts(
    uow: UnitOfWork, tenant_id: UUID, wanted: PayoutFilter, cursor: str | None, limit: int
) -> tuple[list[PayoutHead], str | None]:
    """A page of payouts, the last paid first, and the cursor of the next."""
    found = await store.payouts_page(uow, tenant_id, wanted, place_of(cursor), limit)
    items, last = cut(found, limit)
    return items, cursor_of(last.paid_at, last.payout_key) if last else None


async def payout(
    uow: UnitOfWork,
    tenant_id: UUID,
    payout_key: UUID,
    wanted: Sequence[Matching],
    cursor: str | None,
    limit: int,
) -> PayoutParts:
    """One payout with its transactions and their sales. Raises NotFound."""
    head = await store.payout_head(uow, tenant_id, payout_key)
    if head is None:
        raise NotFound("no_such_payout", "There is no such payout.")
    (after,) = decode_cursor(cursor, 1) if cursor else (-1,)
    found = await store.matched_lines(uow, head, wanted, number_of(after), limit)
    lines, last = cut(found, limit)
    following = encode_cursor(last.position) if last else None
    return PayoutParts(head, await store.line_sums(uow, head), lines, following)


async def compare(
    uow: UnitOfWork, tenant_id: UUID, period: SoldPeriod, cursor: str | None, limit: int
) -> Differences:
    """A period's orders, ours beside theirs, and those that differ. Raises Invalid for a period that is none."""
    if not timedelta() < period.until - period.since <= LONGEST:
        raise Invalid(
            "bad_period", f"Choose a period that ends after it begins, of {LONGEST.days} days at most."
        )
    totals = await store.comparison(uow, tenant_id, period)
    found = await store.differing(uow, tenant_id, period, _place_of_order(cursor), limit)
    items, last = cut(found, limit)
    following = encode_cursor(last.at.isoformat(), last.order_id, last.currency) if last else None
    return Differences(period, totals, items, following, uow.now)


async def restated(
    uow: UnitOfWork, tenant_id: UUID, sale_id: UUID, cursor: str | None, limit: int
) -> tuple[list[Restatement], str | None]:
    """What a marketplace changed of a sale's figures, and the cursor of the next page. Raises NotFound."""
    sale = await shown(uow, tenant_id, sale_id)
    revision, field = decode_cursor(cursor, 2) if cursor else (0, "")
    place = number_of(revision), str(field)
    found = [one for one in restatements(sale) if (one.revision, one.field) > place]
    items, last = cut(found, limit)
    return items, encode_cursor(last.revision, last.field) if last else None


def _place_of_order(cursor: str | None) -> store.OrderPlace | None:
    """Where a page of orders starts. Raises Invalid for what is no cursor of ours."""
    if cursor is None:
        return None
    moment, order, currency = decode_cursor(cursor, 3)
    return moment_of(moment), str(order), str(currency)
