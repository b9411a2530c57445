"""Test orders, which explain what their listing shows less; refunds that say for themselves what became of their units.

Databases made before know of no test order: what one took off the stock stays off until its listing is seen with more.
"""

from __future__ import annotations

from alembic import op
from inventory import tables
from kit.migrations import create_tenant_table

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add what is not there; a database made today has it from its tables already."""
    op.execute("alter table listings add column if not exists tried integer not null default 0")
    for table in ("holds", "unmatched"):
        op.execute(f"alter table {table} add column if not exists restocked integer")
    for table in tables.BUSINESS_0007:
        create_tenant_table(table)
