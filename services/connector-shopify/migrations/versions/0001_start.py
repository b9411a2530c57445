"""Plumbing and the tables every connector has."""

from connector_kit.migrations import create_tables
from kit.migrations import create_plumbing

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create them."""
    create_plumbing()
    create_tables()
