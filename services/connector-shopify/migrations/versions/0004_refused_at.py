"""When a webhook of a shop was last refused for its signature: its health tells of it."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Databases made before this column don't know it."""
    op.execute("alter table account_health add column if not exists refused_at timestamptz")
