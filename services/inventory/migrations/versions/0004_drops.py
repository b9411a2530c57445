"""Each drop that no order explains, with its time; the column that held their sum is left to replicas of the version before."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Count from here on."""
    op.execute("alter table listings add column if not exists drops jsonb not null default '[]'")
