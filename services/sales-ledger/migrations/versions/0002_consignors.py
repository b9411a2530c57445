"""Stands in for the consignors' migration until that is merged."""

from __future__ import annotations

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Change nothing."""
