"""Accounts, raw notifications, last seen orders and listings, intents, runs, budgets."""

from connector_kit.migrations import create_tables
from kit.migrations import create_plumbing

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create everything the eBay connector keeps."""
    create_plumbing()
    create_tables()
