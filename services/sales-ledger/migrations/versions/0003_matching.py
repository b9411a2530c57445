"""Payouts' transactions beside the sales of their orders, restated figures, refunds as lists filter by them.

Databases made before know of no restatement. Their payouts are taken apart here, their sales get their order's id by
themselves (a computed column), and their tracking numbers can be found without spaces.
"""

from __future__ import annotations

from alembic import op
from kit.migrations import create_tenant_table
from sales_ledger.tables import MATCHING_TABLES, payouts, sales

revision = "0003"
down_revision = "0002"

_COLUMNS = (
    "order_id text generated always as (left(line ->> 'order_id', 200)) stored",
    "refund_state text not null default 'none'",
    "restated boolean not null default false",
)
_INDEXES = (
    *("sales_by_account", "sales_by_order", "sales_restated", "sales_refunded"),
    *("payouts_listed", "payouts_by_account"),
)
_REFUNDED = """
update sales set refund_state = case
  when line ->> 'payment' = 'refunded' or total >= (line -> 'price' ->> 'amount')::numeric
    and (line -> 'price' ->> 'amount')::numeric > 0 then 'wholly' else 'partly' end
from (
  select sale_id as refunded, (
    select coalesce(sum((refund -> 'amount' ->> 'amount')::numeric), 0) from jsonb_array_elements(line -> 'refunds') refund
  ) as total
  from sales where line is not null
) sums
where sale_id = refunded and refund_state = 'none'
  and (total > 0 or line ->> 'payment' in ('refunded', 'partly_refunded'))
"""
_LINES = """
insert into payout_lines
  (payout_key, position, tenant_id, account_id, transaction_id, kind, order_id, currency, amount)
select p.payout_key, l.place - 1, p.tenant_id, p.account_id, l.line ->> 'transaction_id', l.line ->> 'kind',
  left(l.line ->> 'order_id', 200), l.line -> 'amount' ->> 'currency', (l.line -> 'amount' ->> 'amount')::numeric
from payouts p, jsonb_array_elements(p.lines) with ordinality l (line, place)
"""
_NUMBERS = r"""
insert into sale_terms (tenant_id, term, sale_id)
select tenant_id, left(lower(regexp_replace(parcel ->> 'tracking_number', '\s', '', 'g')), 64), sale_id
from sales, jsonb_array_elements(line -> 'shipments') parcel
where line is not null and parcel ->> 'tracking_number' ~ '\s'
on conflict do nothing
"""


def upgrade() -> None:
    """Add what is not there; a database made today has it from its tables already."""
    for column in _COLUMNS:
        op.execute(f"alter table sales add column if not exists {column}")
    for table in MATCHING_TABLES:
        create_tenant_table(table)
    _fill()
    for index in (*sales.indexes, *payouts.indexes):
        if index.name in _INDEXES:
            index.create(op.get_bind(), checkfirst=True)


def _fill() -> None:
    """Every tenant's at once: the role that migrates sees none of them while their policies hold for it too."""
    touched = ("sales", "sale_terms", "payouts", "payout_lines")
    for table in touched:
        op.execute(f"alter table {table} no force row level security")
    for statement in (_REFUNDED, _LINES, _NUMBERS):
        op.execute(statement)
    for table in touched:
        op.execute(f"alter table {table} force row level security")
