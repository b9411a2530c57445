"""Stands in for the migration of articles' and listings' fields; replaced by it when the branches meet."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """The columns of it that suggestions compare."""
    for table in ("listings", "articles"):
        op.execute(f"alter table {table} add column if not exists price_amount numeric(20, 6)")
        op.execute(f"alter table {table} add column if not exists price_currency text")
        op.execute(f"alter table {table} add column if not exists brand text")
    op.execute("alter table listings add column if not exists vendor text")
