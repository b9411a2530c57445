"""Sums of sales by day, kept by the database with every change; what marketplaces told, revision by revision; an index that
charts are read from alone.

Sales are only ever deleted with their tenant, and its sums with them: no trigger copies a million rows for that. Of sales
recorded before, the last figures told are known and none before. An entry moved to another posting leaves both balanced.
"""

from __future__ import annotations

from alembic import op
from kit.migrations import create_tenant_table
from sales_ledger.tables import sale_sums, sales

revision = "0004"
down_revision = "0003"

_KEY = ", ".join(column.name for column in sale_sums.primary_key.columns)
_SUMS = ("sales", "price", "fees", "net", "unknown")
_ROW = """
select tenant_id, (sold_at at time zone 'UTC')::date as day, platform, account_id, currency, status, owner, delist_state,
  contended, restated, refund_state, pg_backend_pid() % 4 as shard, {sign} as sales, {sign} * price as price,
  {sign} * coalesce(fees, 0) as fees, {sign} * coalesce(net, 0) as net,
  case when net is null then {sign} else 0 end as unknown
from {rows} where sold_at is not null"""
_ADDED, _TAKEN = _ROW.format(sign=1, rows="added"), _ROW.format(sign=-1, rows="taken")
# One statement in the order of the key, so that two can't deadlock; what did not move is left alone.
_ADD = f"""
insert into sale_sums ({_KEY}, {", ".join(_SUMS)})
select {_KEY}, {", ".join(f"sum({name})" for name in _SUMS)} from ({{moved}}) moved group by {_KEY}
having {" or ".join(f"sum({name}) <> 0" for name in _SUMS)} order by {_KEY}
on conflict ({_KEY}) do update set {", ".join(f"{name} = sale_sums.{name} + excluded.{name}" for name in _SUMS)}
"""  # noqa: S608 - names of our own table
_FOLLOW = f"""
create function sale_sums_follow() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then {_ADD.format(moved=_ADDED)};
  else {_ADD.format(moved=f"{_ADDED} union all {_TAKEN}")};
  end if;
  return null;
end $$
"""
_ON_INSERT = """
create trigger sale_sums_insert after insert on sales referencing new table as added
for each statement execute function sale_sums_follow()
"""
_ON_UPDATE = """
create trigger sale_sums_update after update on sales referencing old table as taken new table as added
for each statement execute function sale_sums_follow()
"""
_BALANCE = """
create or replace function entries_balance() returns trigger language plpgsql as $$
declare touched uuid;
begin
  foreach touched in array array_remove(array[new.posting_id, old.posting_id], null) loop
    if exists (select from entries where posting_id = touched group by currency having sum(amount) <> 0) then
      raise exception 'posting % does not balance', touched using errcode = 'check_violation';
    end if;
  end loop;
  return null;
end $$
"""


def upgrade() -> None:
    """Add what is not there; a database made today has it from its tables already."""
    op.execute("alter table sales add column if not exists told jsonb")
    for index in sales.indexes:
        if index.name == "sales_by_day":
            index.create(op.get_bind(), checkfirst=True)
    create_tenant_table(sale_sums)
    _fill()
    for statement in (_FOLLOW, _ON_INSERT, _ON_UPDATE, _BALANCE):
        op.execute(statement)


def _fill() -> None:
    """Every tenant's at once: the role that migrates sees none of them while their policies hold for it too."""
    for table in ("sales", "sale_sums"):
        op.execute(f"alter table {table} no force row level security")
    op.execute(_ADD.format(moved=_ROW.format(sign=1, rows="sales")))
    for table in ("sales", "sale_sums"):
        op.execute(f"alter table {table} force row level security")
