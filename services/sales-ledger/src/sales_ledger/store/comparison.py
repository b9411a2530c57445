"""SQL of the comparison: what the books say a marketplace owes of a period's orders, and what its payouts say of them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from kit.connection import Row
from kit.unit_of_work import UnitOfWork
from sqlalchemy import text

from sales_ledger.domain import PAYS_TAX_OUT, Compared, Comparison, Counted, SoldPeriod, Sums, owed_by

# `sold` is the period's sales but for test orders, `ours` what the books moved of them on the marketplace's account, `theirs`
# all that any payout says of their orders; `settled` are the period's payouts, `strangers` their orders that no sale has.
_COMPARED = """
with sold as materialized (
  select sale_id, order_id, currency, sold_at, platform, platform = any(cast(:taxed as text[])) as is_taxed,
    status <> 'removed' as stands,
    status not in ('removed', 'cancelled') and jsonb_array_length(line -> 'fees') = 0
      and fees_given is null as lacks_fees
  from sales
  where tenant_id = :tenant and account_id = :account and sold_at >= :since and sold_at < :until and not test
), orders as materialized (
  select order_id, min(sold_at) as at, min(platform) as platform, array_agg(sale_id order by sale_id) as sale_ids
  from sold group by order_id
), moved as (
  select order_id, currency, cast(stands as int) as sales, cast(lacks_fees as int) as fees_unknown,
    0 as gross, 0 as fees, 0 as refunds, 0 as tax from sold
  union all
  select s.order_id, e.currency, 0, 0,
    case when e.kind in ('price', 'shipping') then e.amount else 0 end,
    case when e.kind like 'fee:%' then -e.amount else 0 end,
    case when e.kind = 'cancelled' or e.kind like 'refund:%' then -e.amount else 0 end,
    case when e.kind = 'tax' and s.is_taxed then e.amount else 0 end
  from sold s join entries e on e.subject_id = s.sale_id and e.account = :owed
), ours as (
  select order_id, currency, sum(sales) as sales, sum(fees_unknown) as fees_unknown, sum(gross) as gross,
    sum(fees) as fees, sum(refunds) as refunds, sum(tax) as tax
  from moved group by order_id, currency
), theirs as (
  select l.order_id, l.currency, sum(l.amount) as paid from payout_lines l join orders o on o.order_id = l.order_id
  where l.tenant_id = :tenant and l.account_id = :account group by l.order_id, l.currency
), settled as materialized (
  select payout_key, platform, paid_at from payouts
  where tenant_id = :tenant and account_id = :account and paid_at >= :since and paid_at < :until
), strangers as (
  select l.order_id, l.currency, min(p.paid_at) as at, min(p.platform) as platform, sum(l.amount) as paid
  from settled p join payout_lines l on l.payout_key = p.payout_key
  where l.order_id is not null and not exists (
      select from sales s
      where s.tenant_id = :tenant and s.account_id = :account and s.order_id = l.order_id)
  group by l.order_id, l.currency
), compared as (
  select order_id, currency, o.at, o.platform, o.sale_ids, true as known,
    coalesce(x.sales, 0) as sales, coalesce(x.fees_unknown, 0) as fees_unknown, coalesce(x.gross, 0) as gross,
    coalesce(x.fees, 0) as fees, coalesce(x.refunds, 0) as refunds, coalesce(x.tax, 0) as tax,
    coalesce(t.paid, 0) as paid, bool_or(t.paid is not null) over (partition by order_id) as paid_out
  from ours x full join theirs t using (order_id, currency) join orders o using (order_id)
  union all
  select order_id, currency, at, platform, cast('{}' as uuid[]), false, 0, 0, 0, 0, 0, 0, paid, true from strangers
), judged as (
  select *, gross - fees - refunds + tax as owed, not known or gross - fees - refunds + tax <> paid as differs
  from compared where cast(:currency as text) is null or currency = :currency
)
"""
_DIFFERING = text(
    _COMPARED  # noqa: S608 - both parts are ours
    + "select * from judged where differs and (cast(:at as timestamptz) is null "
    "or (at, order_id, currency) < (:at, cast(:order as text), cast(:money as text))) "
    "order by at desc, order_id desc, currency desc limit :limit"
)
_TOTALS = text(
    _COMPARED  # noqa: S608 - both parts are ours
    + """, totals as (
  select currency, count(*) filter (where known) as orders, count(*) filter (where differs) as differing,
    sum(sales) as sales, sum(fees_unknown) as fees_unknown, sum(gross) as gross, sum(fees) as fees,
    sum(refunds) as refunds, sum(tax) as tax, coalesce(sum(paid) filter (where known), 0) as paid,
    count(*) filter (where differs and not paid_out) as waiting,
    coalesce(sum(owed) filter (where differs and not paid_out), 0) as waiting_for,
    count(*) filter (where not known) as unknown, coalesce(sum(paid) filter (where not known), 0) as unknown_paid
  from judged group by currency
), loose as (
  select l.currency, count(*) as lines, sum(l.amount) as amount
  from settled p join payout_lines l on l.payout_key = p.payout_key
  where l.order_id is null and (cast(:currency as text) is null or l.currency = :currency)
  group by l.currency
)
select currency, coalesce(orders, 0) as orders, coalesce(differing, 0) as differing, coalesce(sales, 0) as sales,
  coalesce(fees_unknown, 0) as fees_unknown, coalesce(gross, 0) as gross, coalesce(fees, 0) as fees,
  coalesce(refunds, 0) as refunds, coalesce(tax, 0) as tax, coalesce(paid, 0) as paid,
  coalesce(waiting, 0) as waiting, coalesce(waiting_for, 0) as waiting_for, coalesce(unknown, 0) as unknown,
  coalesce(unknown_paid, 0) as unknown_paid, coalesce(lines, 0) as loose, coalesce(amount, 0) as loose_amount
from totals full join loose using (currency) order by currency
"""
)

OrderPlace = tuple[datetime, str, str]
"""The time, order and currency a page starts behind."""


def _values(tenant_id: UUID, period: SoldPeriod) -> dict[str, object]:
    return {
        "tenant": tenant_id,
        "account": period.account_id,
        "owed": owed_by(period.account_id),
        "since": period.since,
        "until": period.until,
        "currency": period.currency,
        "taxed": sorted(PAYS_TAX_OUT),
    }


async def comparison(uow: UnitOfWork, tenant_id: UUID, period: SoldPeriod) -> list[Comparison]:
    """Ours beside theirs per currency, over all orders of the period."""
    return [
        Comparison(
            currency=row["currency"],
            orders=row["orders"],
            differing=row["differing"],
            ours=_sums(row),
            paid=row["paid"],
            not_paid_out_yet=Counted(row["waiting"], row["waiting_for"]),
            unknown_here=Counted(row["unknown"], row["unknown_paid"]),
            without_order=Counted(row["loose"], row["loose_amount"]),
        )
        for row in await uow.conn.execute(_TOTALS, _values(tenant_id, period))
    ]


async def differing(
    uow: UnitOfWork, tenant_id: UUID, period: SoldPeriod, after: OrderPlace | None, limit: int
) -> list[Compared]:
    """Orders whose figures differ, the last sold first, one more than `limit` when there are more."""
    at, order, currency = after or (None, None, None)
    values = {"at": at, "order": order, "money": currency, "limit": limit + 1}
    found = await uow.conn.execute(_DIFFERING, {**_values(tenant_id, period), **values})
    return [
        Compared(
            order_id=row["order_id"],
            currency=row["currency"],
            at=row["at"],
            platform=row["platform"],
            sale_ids=tuple(row["sale_ids"]),
            ours=_sums(row),
            paid=row["paid"],
            known=row["known"],
            paid_out=row["paid_out"],
        )
        for row in found
    ]


def _sums(row: Row) -> Sums:
    return Sums(
        sales=int(row["sales"]),
        fees_unknown=int(row["fees_unknown"]),
        gross=row["gross"],
        fees=row["fees"],
        refunds=row["refunds"],
        tax=row["tax"],
    )
