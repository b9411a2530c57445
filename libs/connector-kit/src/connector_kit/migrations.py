"""The shared tables in a connector's first migration."""

from __future__ import annotations

from alembic import op
from kit.migrations import create_bus_table, create_tenant_table

from connector_kit.tables import BUS_TABLES, TENANT_TABLES, due_chores


def create_tables() -> None:
    """Create what every connector keeps: tenant tables under row-level security, queues for the bus role alone."""
    for table in TENANT_TABLES:
        create_tenant_table(table)
    for table in BUS_TABLES:
        create_bus_table(table)


def add_readings_and_chores() -> None:
    """What 0006 added to every connector, for databases made before: how far articles are read, and chores."""
    for column in ("articles_up_to", "articles_whole_at"):
        op.execute(f"alter table accounts add column if not exists {column} timestamptz")
    for column in ("articles_since", "phase_began_at"):
        op.execute(f"alter table runs add column if not exists {column} timestamptz")
    if not op.get_bind().dialect.has_table(op.get_bind(), due_chores.name):
        create_bus_table(due_chores)
