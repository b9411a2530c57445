"""The first tables: plumbing, steps and delists, rules, the due queue."""

from __future__ import annotations

from delist_orchestrator.tables import BUS_TABLES, TENANT_TABLES
from kit.migrations import create_bus_table, create_plumbing, create_tenant_table

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table of the service."""
    create_plumbing()
    for table in TENANT_TABLES:
        create_tenant_table(table)
    for table in BUS_TABLES:
        create_bus_table(table)
