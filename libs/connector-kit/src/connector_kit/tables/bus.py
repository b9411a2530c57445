"""Queues, directories, raw webhooks and budgets: the bus role's alone."""

from __future__ import annotations

from kit import erasing
from kit.columns import count, moment
from sqlalchemy import (
    Column,
    Double,
    Index,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from connector_kit.tables.base import account, flag, lease, metadata, tenant

account_directory = Table(
    "account_directory",
    metadata,
    Column("key", Text, primary_key=True),
    account(),
    tenant(),
    flag("active"),
    Index("account_directory_account", "account_id"),
)
"""Which account a marketplace's own name for a seller belongs to (`shop:demo.myshopify.com`, `user:abc`)."""

erased_tenants = erasing.erased_tenants(metadata)

raw_webhooks = Table(
    "raw_webhooks",
    metadata,
    Column("id", Uuid, primary_key=True),
    account(),
    tenant(),
    Column("topic", Text, nullable=False),
    Column("delivery_id", Text, nullable=False),
    Column("event_id", Text),
    Column("headers", JSONB, nullable=False),
    Column("body", LargeBinary, nullable=False),
    moment("accepted_at", nullable=False),
    Column("traceparent", Text),
    moment("due_at", nullable=False),
    count("attempts"),
    moment("mapped_at"),
    Column("outcome", Text),
    UniqueConstraint("account_id", "topic", "delivery_id", name="raw_webhooks_delivery"),
    Index("raw_webhooks_unmapped", "account_id", "due_at", postgresql_where=text("mapped_at is null")),
    Index("raw_webhooks_accepted", "accepted_at"),
)

due_intents = Table(
    "due_intents",
    metadata,
    Column("listing_id", Uuid, primary_key=True),
    tenant(),
    account(),
    Column("priority", SmallInteger, nullable=False),
    *lease(),
    Index("due_intents_turn", "priority", "account_id", "due_at"),
)
"""priority 0 lowers, 1 raises."""

due_polls = Table(
    "due_polls",
    metadata,
    Column("account_id", Uuid, primary_key=True),
    tenant(),
    moment("wanted_at"),
    *lease(),
    Index("due_polls_due", "due_at"),
)

due_runs = Table(
    "due_runs",
    metadata,
    Column("run_id", Uuid, primary_key=True),
    tenant(),
    account(),
    *lease(),
    Index("due_runs_due", "due_at"),
)

due_chores = Table(
    "due_chores",
    metadata,
    Column("chore_id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    tenant(),
    account(),
    *lease(),
    count("wishes"),
    count("failures"),
    Index("due_chores_due", "kind", "due_at"),
    Index("due_chores_account", "account_id"),
)
"""What a marketplace's connector has to do at a time beside intents, polls and runs: its kinds and keys are its own.

`wishes` rises with each wish for it: one that came while it was being done is not lost at its end."""

budgets = Table(
    "budgets",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("capacity", Double, nullable=False),
    Column("per_second", Double, nullable=False),
    Column("tokens", Double, nullable=False),
    moment("refilled_at", nullable=False),
    moment("blocked_until"),
)
"""Token buckets; `tokens` as of `refilled_at`. A 429's Retry-After blocks the scope."""
