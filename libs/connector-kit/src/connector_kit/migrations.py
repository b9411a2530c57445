"""The shared tables in a connector's first migration."""

from __future__ import annotations

from kit.migrations import create_bus_table, create_tenant_table

from connector_kit.tables import BUS_TABLES, TENANT_TABLES


def create_tables() -> None:
    """Create what every connector keeps: tenant tables under row-level security, queues for the bus role alone."""
    for table in TENANT_TABLES:
        create_tenant_table(table)
    for table in BUS_TABLES:
        create_bus_table(table)
