"""Merged articles, listings to disconnect, refunds that ask, batches of links, and the log that explains listings.

Databases made before know of none of them: the log begins here, and refunds are asked about from here on.
"""

from __future__ import annotations

from alembic import op
from inventory import tables
from kit.migrations import create_tenant_table, make_append_only

revision = "0006"
down_revision = "0005"

_COUNTS = (
    ("holds", "given_back"),
    ("holds", "settled_back"),
    ("unmatched", "given_back"),
    ("removals", "said_revision"),
    ("listings", "disconnecting_version"),
)
_INDEXES = (
    (tables.articles, "articles_merged"),
    (tables.listings, "listings_without_article"),
)


def upgrade() -> None:
    """A database made today has the columns and their indexes from its tables already."""
    for table, name in _COUNTS:
        op.execute(f"alter table {table} add column if not exists {name} integer not null default 0")
    for table in ("holds", "unmatched"):
        op.execute(f"alter table {table} add column if not exists given_back_at timestamptz")
        op.execute(f"alter table {table} add column if not exists paid_at timestamptz")
    op.execute("alter table articles add column if not exists merged_into uuid")
    for table, name in _INDEXES:
        index = next(index for index in table.indexes if index.name == name)
        index.create(op.get_bind(), checkfirst=True)
    for table in tables.BUSINESS_0006:
        create_tenant_table(table)
    make_append_only(tables.listing_log)
