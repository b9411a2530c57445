"""Files of articles as they were checked."""

from __future__ import annotations

from kit.columns import moment
from sqlalchemy import Column, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from inventory.tables.base import metadata

imports = Table(
    "imports",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("creates", Integer, nullable=False),
    Column("changes", Integer, nullable=False),
    Column("same", Integer, nullable=False),
    Column("errors", Integer, nullable=False),
    Column("faults", JSONB, nullable=False),
    Column("made_by", Uuid, nullable=False),
    moment("made_at", nullable=False),
    Column("applied_by", Uuid),
    moment("applied_at"),
    Index("imports_waiting", "tenant_id", "made_at", postgresql_where=text("applied_at is null")),
)

import_lines = Table(
    "import_lines",
    metadata,
    Column("tenant_id", Uuid, nullable=False),
    Column("import_id", Uuid, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("action", Text, nullable=False),
    Column("sku", Text),
    Column("article_id", Uuid),
    Column("changes", JSONB, nullable=False),
)
