"""Articles, listings, holds, the append-only stock journal, and the plumbing."""

from __future__ import annotations

from inventory import tables
from kit.migrations import create_bus_table, create_plumbing, create_tenant_table, make_append_only

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create everything."""
    create_plumbing()
    create_bus_table(tables.erased_tenants)
    for table in tables.BUSINESS:
        create_tenant_table(table)
    make_append_only(tables.stock_journal)
