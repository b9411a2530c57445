"""Units a stock master showed less, and which no order has explained; databases made before know of none."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Count from here on."""
    op.execute("alter table listings add column if not exists unexplained integer not null default 0")
