"""How far articles are read, and chores."""

from __future__ import annotations

from connector_kit.migrations import add_readings_and_chores

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Databases made before don't have them."""
    add_readings_and_chores()
