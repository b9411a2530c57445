"""Articles, listings, holds, the append-only stock journal, and the plumbing."""

from __future__ import annotations

from alembic import op
from inventory import tables
from kit.migrations import create_bus_table, create_plumbing, create_tenant_table

revision = "0001"
down_revision = None

# Nothing changes or leaves the journal, except with its whole tenant (tenant.erased). Requests can't read
# erased_tenants, so theirs fail here as well.
_APPEND_ONLY = """
create function stock_journal_is_append_only() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    if exists (select 1 from erased_tenants where tenant_id = old.tenant_id) then
      return old;
    end if;
  end if;
  raise exception 'the stock journal is append-only';
end $$
"""
_GUARD = """
create trigger append_only before update or delete on stock_journal
for each row execute function stock_journal_is_append_only()
"""


def upgrade() -> None:
    """Create everything."""
    create_plumbing()
    create_bus_table(tables.erased_tenants)
    for table in tables.BUSINESS:
        create_tenant_table(table)
    op.execute(_APPEND_ONLY)
    op.execute(_GUARD)
