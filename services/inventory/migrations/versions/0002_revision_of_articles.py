"""How many facts were said of an article; databases made before it counted have none yet."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Count from here on."""
    op.execute("alter table articles add column if not exists revision integer not null default 0")
