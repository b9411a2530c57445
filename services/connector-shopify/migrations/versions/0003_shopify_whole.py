"""Sign-ins, health, privacy requests, payouts, take-downs; how far articles are read, and chores."""

from __future__ import annotations

from connector_kit.migrations import add_readings_and_chores
from connector_shopify.tables import OWN_TENANT_TABLES, oauth_states
from kit.migrations import create_bus_table, create_tenant_table

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create what only Shopify has; databases made before don't have the shared ones either."""
    add_readings_and_chores()
    create_bus_table(oauth_states)
    for table in OWN_TENANT_TABLES:
        create_tenant_table(table)
