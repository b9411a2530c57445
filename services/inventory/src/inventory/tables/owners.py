"""Settings, consignors, owner rules and the articles that have yet to be told of them."""

from __future__ import annotations

from kit.columns import moment
from sqlalchemy import Boolean, Column, Index, Integer, Table, Text, Uuid

from inventory.tables.base import metadata

settings = Table(
    "settings",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("create_articles", Boolean, nullable=False, server_default="true"),
    Column("default_owner", Text, nullable=False, server_default="own"),
    Column("create_from", Text, nullable=False, server_default="sku_only"),
)

consignors = Table(
    "consignors",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("code", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("revision", Integer, nullable=False),
    Index("consignors_code", "tenant_id", "code"),
)

owner_rules = Table(
    "owner_rules",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("owner_kind", Text, nullable=False),
    Column("consignor_id", Uuid),
)

owner_sweeps = Table(
    "owner_sweeps",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("after", Uuid),
    moment("asked_at", nullable=False),
    Index("owner_sweeps_oldest", "asked_at"),
)
"""Tenants whose owner rules have changed: articles up to `after` have been told."""
