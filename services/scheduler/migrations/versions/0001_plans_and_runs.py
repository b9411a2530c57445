"""Accounts, their plans and runs, and the times at which these are due."""

from kit.migrations import create_bus_table, create_plumbing, create_tenant_table
from scheduler.tables import BUS_TABLES, TENANT_TABLES

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create everything the scheduler keeps."""
    create_plumbing()
    for table in TENANT_TABLES:
        create_tenant_table(table)
    for table in BUS_TABLES:
        create_bus_table(table)
