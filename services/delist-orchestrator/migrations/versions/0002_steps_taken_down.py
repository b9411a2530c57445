"""An index for the median time to delist: what came down lately, without reading every step there ever was."""

from __future__ import annotations

from alembic import op
from delist_orchestrator.tables import steps

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """A database made today has it from its table already."""
    index = next(index for index in steps.indexes if index.name == "steps_taken_down")
    index.create(op.get_bind(), checkfirst=True)
