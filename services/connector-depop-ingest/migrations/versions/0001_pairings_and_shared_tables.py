"""Accounts, uploads, last seen sales and listings, intents, runs; pairings, aliases, questions, shops."""

from connector_depop_ingest.tables import BUS_TABLES, TENANT_TABLES
from kit.migrations import create_bus_table, create_plumbing, create_tenant_table

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create everything Depop's ingest keeps."""
    create_plumbing()
    for table in TENANT_TABLES:
        create_tenant_table(table)
    for table in BUS_TABLES:
        create_bus_table(table)
