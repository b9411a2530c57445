"""PostgreSQL tables of the delist-orchestrator."""

from __future__ import annotations

from kit import erasing
from kit.columns import count, moment
from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
    text,
)

metadata = MetaData()


delists = Table(
    "delists",
    metadata,
    Column("sale_id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("article_id", Uuid, nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("platform", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("sku", Text),
    Column("outcome", Text, nullable=False),
    count("stock_revision"),
    Column("revision", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("traceparent", Text),
    Column("test", Boolean, nullable=False),
    moment("sold_at", nullable=False),
    moment("reserved_at", nullable=False),
    moment("created_at", nullable=False),
    moment("changed_at"),
    moment("completed_at"),
    Index("delists_by_state", "tenant_id", "state", "sold_at", "sale_id"),
    Index("delists_completed", "tenant_id", "completed_at"),
    Index("delists_by_sale_time", "tenant_id", "sold_at", "sale_id"),
    Index("delists_open", "tenant_id", "sold_at", postgresql_where=text("state <> 'done'")),
    Index("delists_of_article", "article_id", "sold_at"),
)

listings = Table(
    "listings",
    metadata,
    Column("listing_id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("platform", Text, nullable=False),
    Column("article_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("target_quantity", Integer, nullable=False),
    Index("listings_for_sale", "account_id", postgresql_where=text("target_quantity > 0")),
    Index("listings_by_tenant", "tenant_id"),
)

steps = Table(
    "steps",
    metadata,
    Column("listing_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("sale_id", Uuid),
    Column("article_id", Uuid, nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("platform", Text, nullable=False),
    Column("target_quantity", Integer, nullable=False),
    Column("cause", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("may_raise", Boolean, nullable=False),
    Column("sold_here", Boolean, nullable=False),
    Column("order_backed", Boolean, nullable=False),
    Column("history", Boolean, nullable=False),
    Column("follows", Boolean, nullable=False),
    Column("overdue", Boolean, nullable=False),
    Column("ended", Boolean, nullable=False),
    Column("waited", Boolean, nullable=False, server_default="false"),
    Column("reason", Text),
    Column("code", Text),
    Column("link", Text),
    Column("can_retry", Boolean, nullable=False),
    Column("attempts", Integer, nullable=False),
    moment("created_at", nullable=False),
    moment("sold_at"),
    moment("asked_at"),
    moment("called_at"),
    moment("applied_at"),
    moment("verified_at"),
    Column("read_quantity", Integer),
    Column("read_buyable", Boolean),
    moment("deadline"),
    moment("look_at"),
    Column("traceparent", Text),
    Column("test", Boolean, nullable=False),
    Index("steps_by_sale", "sale_id"),
    Index("steps_open", "listing_id", postgresql_where=text("not ended")),
    # What people list by. The id stays out of them: they are half as large, since equal times share an entry, and a page
    # has no more steps of one moment to sort than a batch brought.
    Index("steps_by_time", "tenant_id", "created_at"),
    Index("steps_by_state", "tenant_id", "state", "created_at"),
    Index("steps_by_platform", "tenant_id", "platform", "created_at"),
    Index("steps_by_account", "account_id", "created_at"),
    Index("steps_of_article", "article_id", "created_at"),
    Index("steps_by_code", "tenant_id", "code", "created_at", postgresql_where=text("code is not null")),
    Index("steps_open_by_time", "tenant_id", "created_at", postgresql_where=text("not ended")),
    Index(
        "steps_to_take_down",
        "tenant_id",
        "sold_at",
        postgresql_where=text("target_quantity = 0 and not sold_here and not history"),
    ),
    Index(
        "steps_taken_down",
        "tenant_id",
        "applied_at",
        postgresql_where=text("state = 'done' and target_quantity = 0"),
    ),
)

early_results = Table(
    "early_results",
    metadata,
    Column("listing_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("article_id", Uuid, nullable=False),
    Column("platform", Text, nullable=False),
    moment("applied_at"),
    moment("verified_at"),
    moment("called_at"),
    Column("read_quantity", Integer),
    Column("read_buyable", Boolean),
    Column("code", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("link", Text),
    Column("can_retry", Boolean, nullable=False),
)

policies = Table(
    "policies",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("platform", Text, primary_key=True),
    Column("mode", Text, nullable=False),
    Column("grace_seconds", Integer, nullable=False),
    Column("changed_by", Text, nullable=False),
    moment("changed_at", nullable=False),
)


def _pause_columns() -> tuple[Column[object], ...]:
    return (
        Column("id", Uuid, primary_key=True),
        Column("scope", Text, nullable=False),
        Column("platform", Text),
        Column("reason", Text, nullable=False),
        Column("paused_by", Text, nullable=False),
        moment("paused_at", nullable=False),
        Column("resumed_by", Text),
        moment("resumed_at"),
        Column("resume_reason", Text),
    )


pauses = Table(
    "pauses",
    metadata,
    *_pause_columns(),
    Column("tenant_id", Uuid, nullable=False),
    Column("account_id", Uuid),
    Column("unbacked_only", Boolean, nullable=False),
    Index("pauses_standing", "tenant_id", postgresql_where=text("resumed_at is null")),
    Index("pauses_by_time", "tenant_id", "paused_at"),
)

platform_pauses = Table("platform_pauses", metadata, *_pause_columns())
"""Operations' pauses of a platform for every tenant."""

lowerings = Table(
    "lowerings",
    metadata,
    Column("account_id", Uuid, primary_key=True),
    Column("minute", DateTime(timezone=True), primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("backed", Integer, nullable=False),
    Column("unbacked", Integer, nullable=False),
)
"""How many lowerings each account saw in each minute: what the brake reads."""

unexplained_drops = Table(
    "unexplained_drops",
    metadata,
    Column("listing_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("article_id", Uuid, nullable=False),
    moment("dropped_at", nullable=False),
    Column("units", Integer, nullable=False),
    moment("counted_at", nullable=False),
    Index("unexplained_drops_article", "article_id"),
    Index("unexplained_drops_account", "account_id", "counted_at"),
)
"""Counted lowerings whose orders may still come."""

braked_accounts = Table(
    "braked_accounts",
    metadata,
    Column("account_id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
)
"""Accounts that the brake has paused, for the process to see whether orders have come since."""

decisions = Table(
    "decisions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("listing_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("move", Text, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("reason", Text),
    moment("decided_at", nullable=False),
    Index("decisions_by_step", "tenant_id", "listing_id", "version"),
)

due_steps = Table(
    "due_steps",
    metadata,
    Column("listing_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("platform", Text, nullable=False),
    moment("due_at"),
    moment("lease_until"),
    Index("due_steps_due", "due_at", postgresql_where=text("due_at is not null")),
    Index("due_steps_held", "tenant_id", postgresql_where=text("due_at is null")),
)
"""When the sweep looks at a step next; without a time it is held by a pause until somebody resumes."""

erased_tenants = erasing.erased_tenants(metadata)

TENANT_TABLES = (delists, listings, steps, early_results, policies, pauses, lowerings, decisions)
LATER_TENANT_TABLES = (unexplained_drops,)
LATER_BUS_TABLES = (braked_accounts,)
"""Made by a later migration than the first."""
BUS_TABLES = (platform_pauses, due_steps, erased_tenants)
