"""Lists by article, account, platform, state and code; shares in time; a failure's link; what was read back.

Databases made before know of no step whether it waited, and of none what was read back: that begins here.
"""

from __future__ import annotations

from alembic import op
from delist_orchestrator.tables import delists, steps

revision = "0004"
down_revision = "0003"

_COLUMNS = {
    "steps": (
        "link text",
        "waited boolean not null default false",
        "read_quantity integer",
        "read_buyable boolean",
    ),
    "early_results": ("link text", "read_quantity integer", "read_buyable boolean"),
    "delists": ("stock_revision integer not null default 0",),
}
_TAKEN_OVER = ("steps_by_tenant", "delists_by_article")
"""Others do what these did."""


def upgrade() -> None:
    """Add what a database made today has from its tables already."""
    for table, columns in _COLUMNS.items():
        for column in columns:
            op.execute(f"alter table {table} add column if not exists {column}")
    for index in sorted(steps.indexes | delists.indexes, key=lambda index: str(index.name)):
        index.create(op.get_bind(), checkfirst=True)
    for name in _TAKEN_OVER:
        op.execute(f"drop index if exists {name}")
