"""Drops whose orders may still come, and which accounts the brake has paused.

Databases made before know of none: what was lowered there stays counted, and its pauses wait for a person.
"""

from __future__ import annotations

from delist_orchestrator.tables import LATER_BUS_TABLES, LATER_TENANT_TABLES
from kit.migrations import create_bus_table, create_tenant_table

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Count from here on."""
    for table in LATER_TENANT_TABLES:
        create_tenant_table(table)
    for table in LATER_BUS_TABLES:
        create_bus_table(table)
