"""What accounts add up to, kept by the database with every entry: balances read no entry. Entries know their posting's time,
so that a statement reads those of its period alone; words and payouts are found by an index alone.

Entries are only ever deleted with their tenant, and its balances with them: no trigger copies millions of rows for that.
"""

from __future__ import annotations

from alembic import op
from kit.migrations import create_tenant_table
from sales_ledger.tables import balances, entries, payout_lines, sale_terms

revision = "0005"
down_revision = "0004"

_TAKEN_OVER = ("sale_terms_by_sale", "payout_lines_by_order", "entries_by_account")
"""Others do what these did."""
_ENTRIES = "select tenant_id, account, currency, {sign}amount as amount from {rows}"
_ADDED, _TAKEN = _ENTRIES.format(sign="", rows="added"), _ENTRIES.format(sign="-", rows="taken")
# One statement in the order of the key, so that two can't deadlock.
_ADD = """
insert into balances (tenant_id, account, currency, shard, amount)
select tenant_id, account, currency, pg_backend_pid() % 4, sum(amount) from ({moved}) moved
group by tenant_id, account, currency order by tenant_id, account, currency
on conflict (tenant_id, account, currency, shard) do update set amount = balances.amount + excluded.amount
"""
_POSTED = """
update entries set posted_at = p.posted_at from postings p
where p.id = posting_id and entries.posted_at <> p.posted_at
"""
_FOLLOW = f"""
create or replace function balances_follow() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then {_ADD.format(moved=_ADDED)};
  else {_ADD.format(moved=f"{_ADDED} union all {_TAKEN}")};
  end if;
  return null;
end $$
"""
_ON_INSERT = """
create or replace trigger balances_insert after insert on entries referencing new table as added
for each statement execute function balances_follow()
"""
_ON_UPDATE = """
create or replace trigger balances_update after update on entries referencing old table as taken new table as added
for each statement execute function balances_follow()
"""


def upgrade() -> None:
    """Add what is not there, add up what is, and follow it from now on. Replicas of the version before need the default."""
    op.execute("alter table entries add column if not exists posted_at timestamptz not null default now()")
    create_tenant_table(balances)
    _fill()
    for index in (*entries.indexes, *sale_terms.indexes, *payout_lines.indexes):
        index.create(op.get_bind(), checkfirst=True)
    for name in _TAKEN_OVER:
        op.execute(f"drop index if exists {name}")
    for statement in (_FOLLOW, _ON_INSERT, _ON_UPDATE):
        op.execute(statement)


def _fill() -> None:
    """Every tenant's at once: the role that migrates sees none of them while their policies hold for it too."""
    touched = ("postings", "entries", "balances")
    for table in touched:
        op.execute(f"alter table {table} no force row level security")
    op.execute("alter table entries disable trigger entries_balance")  # no amount changes
    op.execute(_POSTED)
    op.execute("alter table entries enable trigger entries_balance")
    op.execute(_ADD.format(moved=_ENTRIES.format(sign="", rows="entries")))
    for table in touched:
        op.execute(f"alter table {table} force row level security")
