"""Each drop that no order explains, with its time.

The column that held the sum of the last ones is left to replicas of the version before. Orders on their way while they are
exchanged are held once too often at worst, which the master's next observation puts right.
"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Count from here on."""
    op.execute("alter table listings add column if not exists drops jsonb not null default '[]'")
    op.execute("alter table listings add column if not exists forgotten_until timestamptz")
