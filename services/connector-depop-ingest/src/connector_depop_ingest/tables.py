"""What Depop's ingest keeps beside what every connector keeps: pairings, aliases of the two doors, questions."""

from __future__ import annotations

from connector_kit.tables import BUS_TABLES as SHARED_BUS_TABLES
from connector_kit.tables import TENANT_TABLES as SHARED_TENANT_TABLES
from connector_kit.tables import metadata
from sqlalchemy import Column, DateTime, Index, Integer, Table, Text, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

pairings = Table(
    "pairings",
    metadata,
    Column("pairing_id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("account_id", Uuid),
    Column("device", Text),
    Column("shop", Text),
    Column("created_by", Uuid, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("paired_at", DateTime(timezone=True)),
    Column("last_seen_at", DateTime(timezone=True)),
    Column("revoked_at", DateTime(timezone=True)),
    Index("pairings_tenant", "tenant_id", "created_at"),
)

pairing_keys = Table(
    "pairing_keys",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("pairing_id", Uuid, nullable=False),
    Column("tenant_id", Uuid, nullable=False),
    Column("account_id", Uuid),
    Column("expires_at", DateTime(timezone=True)),
    Index("pairing_keys_pairing", "pairing_id"),
)
"""Which pairing a code or a token opens; only hashes are kept. A directory: it is asked before the tenant is known."""

sale_aliases = Table(
    "sale_aliases",
    metadata,
    Column("account_id", Uuid, primary_key=True),
    Column("door", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("sale_id", Uuid, nullable=False),
    Index("sale_aliases_sale", "sale_id"),
)

questions = Table(
    "questions",
    metadata,
    Column("question_id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("key", Text, nullable=False),
    Column("row", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("shown", JSONB, nullable=False),
    Column("candidates", ARRAY(Uuid), nullable=False),
    Column("state", Text, nullable=False, server_default="open"),
    Column("created_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("account_id", "key", name="questions_once"),
)
"""CSV rows that could be several sales, or none for sure: asked, never guessed."""

shops = Table(
    "shops",
    metadata,
    Column("account_id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("take_down", Text, nullable=False, server_default="mark_as_sold"),
    Column("currency", Text, nullable=False, server_default="GBP"),
    Column("sold_read_at", DateTime(timezone=True)),
    Column("listings_read_at", DateTime(timezone=True)),
)
"""How a shop's listings are taken down, and how far browsers have read it."""

OWN_TENANT_TABLES = (pairings, sale_aliases, questions, shops)
OWN_BUS_TABLES = (pairing_keys,)
TENANT_TABLES = (*SHARED_TENANT_TABLES, *OWN_TENANT_TABLES)
BUS_TABLES = (*SHARED_BUS_TABLES, *OWN_BUS_TABLES)
