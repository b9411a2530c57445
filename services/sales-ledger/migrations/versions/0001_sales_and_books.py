"""The first tables: plumbing, sales, the books with their balance check, what is due."""

from __future__ import annotations

from alembic import op
from kit.migrations import create_bus_table, create_plumbing, create_tenant_table
from sales_ledger.tables import BUS_TABLES, TENANT_TABLES

revision = "0001"
down_revision = None

# Checked at commit, so that the entries of one posting may come one after the other.
_BALANCE = """
create function entries_balance() returns trigger language plpgsql as $$
declare touched uuid := coalesce(new.posting_id, old.posting_id);
begin
  if exists (select from entries where posting_id = touched group by currency having sum(amount) <> 0) then
    raise exception 'posting % does not balance', touched using errcode = 'check_violation';
  end if;
  return null;
end $$
"""
_TRIGGER = """
create constraint trigger entries_balance after insert or update or delete on entries
deferrable initially deferred for each row execute function entries_balance()
"""


def upgrade() -> None:
    """Create every table of the service."""
    create_plumbing()
    for table in TENANT_TABLES:
        create_tenant_table(table)
    for table in BUS_TABLES:
        create_bus_table(table)
    op.execute(_BALANCE)
    op.execute(_TRIGGER)
