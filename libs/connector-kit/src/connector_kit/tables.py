"""The tables every connector has; its own `tables.py` re-exports them and adds what only it needs.

Business tables carry `tenant_id` and are under row-level security. Queues, directories, raw webhooks and budgets are
the bus role's alone and hold no business data beyond ids, except raw webhooks, which are stored before their tenant's
data exists and are pruned.
"""

from __future__ import annotations

from typing import Any

from kit import erasing
from kit.columns import count, moment
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()


def _tenant() -> Column[Any]:
    return Column("tenant_id", Uuid, nullable=False)


def _account() -> Column[Any]:
    return Column("account_id", Uuid, nullable=False)


def _flag(name: str) -> Column[Any]:
    return Column(name, Boolean, nullable=False, server_default="false")


def _lease() -> tuple[Column[Any], ...]:
    """A work-queue row is free when `lease_until` is past; `lease_no` rises with each lease and fences zombies."""
    return (
        moment("due_at", nullable=False),
        moment("lease_until"),
        Column("lease_no", BigInteger, nullable=False, server_default="0"),
    )


accounts = Table(
    "accounts",
    metadata,
    Column("account_id", Uuid, primary_key=True),
    _tenant(),
    Column("platform", Text, nullable=False),
    Column("seller_id", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="connected"),
    Column("reason", Text),
    _flag("stock_master"),
    Column("revision", Integer, nullable=False, server_default="1"),
    moment("connected_at", nullable=False),
    moment("watermark"),
    moment("granted_at"),
    moment("articles_up_to"),
    moment("articles_whole_at"),
    Column("key_id", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    moment("changed_at", nullable=False),
    Index("accounts_tenant", "tenant_id"),
)

account_directory = Table(
    "account_directory",
    metadata,
    Column("key", Text, primary_key=True),
    _account(),
    _tenant(),
    _flag("active"),
    Index("account_directory_account", "account_id"),
)
"""Which account a marketplace's own name for a seller belongs to (`shop:demo.myshopify.com`, `user:abc`)."""

erased_tenants = erasing.erased_tenants(metadata)

raw_webhooks = Table(
    "raw_webhooks",
    metadata,
    Column("id", Uuid, primary_key=True),
    _account(),
    _tenant(),
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

sale_lines = Table(
    "sale_lines",
    metadata,
    Column("sale_id", Uuid, primary_key=True),
    _tenant(),
    _account(),
    Column("order_id", Text, nullable=False),
    Column("line_id", Text, nullable=False),
    Column("listing_id", Uuid),
    Column("content_hash", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("line", JSONB, nullable=False),
    Column("found_by", Text, nullable=False),
    moment("accepted_at", nullable=False),
    moment("sold_at", nullable=False),
    moment("changed_at", nullable=False),
    Index("sale_lines_order", "account_id", "order_id"),
)

listings = Table(
    "listings",
    metadata,
    Column("listing_id", Uuid, primary_key=True),
    _tenant(),
    _account(),
    Column("sku", Text),
    Column("title", Text, nullable=False, server_default=""),
    Column("quantity", Integer),
    Column("buyable", Boolean),
    Column("state", Text, nullable=False, server_default="live"),
    Column("refs", JSONB, nullable=False, server_default="{}"),
    Column("seen", JSONB),
    Column("content_hash", Text),
    Column("revision", Integer, nullable=False, server_default="0"),
    moment("seen_at"),
    Index("listings_account", "account_id", "seen_at"),
)
"""`quantity`, `buyable`, `state`: as last seen by anyone; `seen` and `content_hash`: as last said by listing.observed."""

listing_aliases = Table(
    "listing_aliases",
    metadata,
    Column("account_id", Uuid, primary_key=True),
    Column("alias", Text, primary_key=True),
    _tenant(),
    Column("listing_id", Uuid, nullable=False),
    Index("listing_aliases_listing", "listing_id"),
)

intents = Table(
    "intents",
    metadata,
    Column("listing_id", Uuid, primary_key=True),
    _tenant(),
    _account(),
    Column("article_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("quantity", Integer, nullable=False),
    _flag("may_raise"),
    _flag("sold_here"),
    Column("sale_id", Uuid),
    Column("state", Text, nullable=False),
    count("attempts"),
    count("answered"),
    moment("called_at"),
    Column("called_version", Integer),
    Column("expected", Integer),
    _flag("ambiguous"),
    moment("settle_until"),
    Column("doubt_version", Integer),
    moment("doubt_until"),
    count("applied_version"),
    Column("applied_quantity", Integer),
    moment("applied_at"),
    Column("ended_by_us", Boolean, nullable=False, server_default="true"),
    count("failures"),
    Column("code", Text),
    Column("reason", Text),
    moment("requested_at", nullable=False),
    moment("deadline", nullable=False),
    Column("traceparent", Text),
    _flag("test"),
    moment("changed_at", nullable=False),
    Index("intents_account", "account_id"),
)

due_intents = Table(
    "due_intents",
    metadata,
    Column("listing_id", Uuid, primary_key=True),
    _tenant(),
    _account(),
    Column("priority", SmallInteger, nullable=False),
    *_lease(),
    Index("due_intents_turn", "priority", "account_id", "due_at"),
)
"""priority 0 lowers, 1 raises."""

due_polls = Table(
    "due_polls",
    metadata,
    Column("account_id", Uuid, primary_key=True),
    _tenant(),
    moment("wanted_at"),
    *_lease(),
    Index("due_polls_due", "due_at"),
)

runs = Table(
    "runs",
    metadata,
    Column("run_id", Uuid, primary_key=True),
    _tenant(),
    _account(),
    Column("revision", Integer, nullable=False),
    Column("desired", Text, nullable=False),
    Column("scope", Text, nullable=False),
    moment("since"),
    Column("lookback_hours", Integer, nullable=False),
    _flag("visible"),
    moment("requested_at", nullable=False),
    moment("started_at"),
    moment("articles_since"),
    moment("phase_began_at"),
    Column("phase", Text, nullable=False, server_default="waiting"),
    Column("cursor", Text),
    count("done"),
    Column("total", Integer),
    count("listings"),
    count("drafts"),
    count("sales"),
    count("new_sales"),
    count("sequence"),
    count("failures"),
    moment("complete_up_to"),
    Column("outcome", Text),
    Column("reason", Text),
    Column("changed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("runs_account", "account_id"),
)

due_runs = Table(
    "due_runs",
    metadata,
    Column("run_id", Uuid, primary_key=True),
    _tenant(),
    _account(),
    *_lease(),
    Index("due_runs_due", "due_at"),
)

due_chores = Table(
    "due_chores",
    metadata,
    Column("chore_id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    _tenant(),
    _account(),
    *_lease(),
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

TENANT_TABLES = (accounts, sale_lines, listings, listing_aliases, intents, runs)
BUS_TABLES = (
    account_directory,
    erased_tenants,
    raw_webhooks,
    due_intents,
    due_polls,
    due_runs,
    due_chores,
    budgets,
)
