"""Batches of links between listings and articles."""

from __future__ import annotations

from kit.columns import moment
from sqlalchemy import Boolean, Column, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from inventory.tables.base import metadata

link_batches = Table(
    "link_batches",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("min_score", Integer, nullable=False),
    moment("made_at", nullable=False),
    Column("made_by", Uuid, nullable=False),
    moment("accepted_at"),
    Column("accepted_by", Uuid),
    moment("undone_at"),
    Column("undone_by", Uuid),
)

link_batch_pairs = Table(
    "link_batch_pairs",
    metadata,
    Column("batch_id", Uuid, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("listing_id", Uuid, nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("listing_title", Text, nullable=False),
    Column("article_id", Uuid, nullable=False),
    Column("article_sku", Text),
    Column("article_title", Text, nullable=False),
    Column("score", Integer, nullable=False),
    Column("title", Integer, nullable=False),
    Column("brand", Integer),
    Column("price", Integer),
    Column("result", Text),
    Column("reason", Text),
    Column("opened", Boolean, nullable=False),
    Column("kept_sales", JSONB, nullable=False),
)
