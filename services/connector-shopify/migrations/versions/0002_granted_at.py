"""When a seller last gave access: news of a revocation that comes after it is old."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Databases made before this column don't know it; their first connection counts until the next one."""
    op.execute("alter table accounts add column if not exists granted_at timestamptz")
