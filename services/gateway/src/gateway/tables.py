"""The gateway's tables: people under their tenant's policy, and the directories that find them."""

from __future__ import annotations

from kit import erasing
from kit.columns import moment
from sqlalchemy import Column, DateTime, Integer, LargeBinary, MetaData, Table, Text, Uuid

metadata = MetaData()


tenants = Table(
    "tenants",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    moment("created_at", nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False, index=True),
    Column("email", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    moment("created_at", nullable=False),
    moment("changed_at", nullable=False),
)

# Directories: which tenant does this e-mail address, cookie or key belong to? Read before a tenant is known.
logins = Table(
    "logins",
    metadata,
    Column("email", Text, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("tenant_id", Uuid, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False, index=True),
    moment("created_at", nullable=False),
    moment("seen_at", nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False, index=True),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("key_hash", LargeBinary, primary_key=True),
    Column("key_id", Uuid, nullable=False, unique=True),
    Column("tenant_id", Uuid, nullable=False, index=True),
    Column("user_id", Uuid, nullable=False),
    Column("role", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("ends_with", Text, nullable=False),
    moment("created_at", nullable=False),
    moment("used_at"),
    moment("revoked_at"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("key", Text, primary_key=True),
    Column("window_started_at", DateTime(timezone=True), nullable=False, index=True),
    Column("tries", Integer, nullable=False),
)

erased_tenants = erasing.erased_tenants(metadata)

TENANT_TABLES = (tenants, users)
BUS_TABLES = (logins, sessions, api_keys, attempts)
