"""Inventory's tables; every business table carries its tenant."""

from __future__ import annotations

from kit import erasing
from kit.columns import count, moment
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Identity,
    Index,
    Integer,
    MetaData,
    Numeric,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()


def _sale_columns() -> list[Column[object]]:
    """One order line's whole state, as its connector last said it."""
    return [
        Column("sale_id", Uuid, primary_key=True),
        Column("tenant_id", Uuid, nullable=False),
        Column("revision", Integer, nullable=False),
        Column("account_id", Uuid, nullable=False),
        Column("platform", Text, nullable=False),
        Column("listing_id", Uuid),
        Column("sku", Text),
        Column("title", Text, nullable=False),
        Column("quantity", Integer, nullable=False),
        Column("cancelled", Integer, nullable=False),
        Column("restock", Text, nullable=False),
        Column("paid", Boolean, nullable=False),
        Column("shipped", Boolean, nullable=False),
        moment("shipped_at"),
        moment("sold_at", nullable=False),
        moment("cancelled_at"),
        moment("account_connected_at", nullable=False),
    ]


articles = Table(
    "articles",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("sku", Text),
    Column("title", Text, nullable=False),
    Column("owner_kind", Text, nullable=False),
    Column("consignor_id", Uuid),
    Column("cost_amount", Numeric(20, 6)),
    Column("cost_currency", Text),
    moment("opened_at"),
    count("free"),
    count("held"),
    count("short"),
    count("revision"),
    moment("created_at", nullable=False),
    CheckConstraint("free >= 0", name="free_is_never_negative"),
    CheckConstraint("held >= 0 and short >= 0", name="held_and_short_are_never_negative"),
    CheckConstraint("(cost_amount is null) = (cost_currency is null)", name="cost_has_a_currency"),
    Index("articles_sku", "tenant_id", "sku", unique=True, postgresql_where=text("sku is not null")),
    Index("articles_newest", "tenant_id", "id"),
    Index("articles_short", "tenant_id", "id", postgresql_where=text("short > 0")),
)

article_terms = Table(
    "article_terms",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("term", Text(collation="C"), primary_key=True),
    Column("article_id", Uuid, primary_key=True),
    Index("article_terms_article", "article_id"),
)

listings = Table(
    "listings",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("platform", Text, nullable=False),
    Column("article_id", Uuid),
    Column("sku", Text),
    Column("title", Text, nullable=False),
    Column("url", Text),
    Column("thumbnail_url", Text),
    Column("state", Text, nullable=False),
    Column("stock_master", Boolean, nullable=False),
    count("observed_revision"),
    Column("observed_quantity", Integer),
    moment("observed_at"),
    count("settled_version"),
    count("version"),
    count("target_version"),
    Column("target_quantity", Integer),
    count("applied_version"),
    Column("applied_quantity", Integer),
    count("failed_version"),
    Column("failure", Text),
    Column("withdrawn", Boolean, nullable=False),
    Column("kept_apart", Boolean, nullable=False),
    moment("anchored_at"),
    Column("drops", JSONB, nullable=False, server_default=text("'[]'")),
    moment("forgotten_until"),
    Index("listings_article", "article_id", "id", postgresql_where=text("article_id is not null")),
    Index("listings_newest", "tenant_id", "id"),
    Index("listings_alone", "tenant_id", "id", postgresql_where=text("article_id is null")),
    Index("listings_sku", "tenant_id", "sku", postgresql_where=text("article_id is null")),
)

holds = Table(
    "holds",
    metadata,
    *_sale_columns(),
    Column("article_id", Uuid, nullable=False),
    Column("held", Integer, nullable=False),
    Column("outcome", Text),
    moment("covered_until"),
    count("covered"),
    count("written_off"),
    Column("removed", Boolean, nullable=False),
    Column("is_open", Boolean, nullable=False),
    CheckConstraint("held >= 0", name="held_is_never_negative"),
    Index("holds_article", "article_id", "sold_at", "sale_id"),
    Index("holds_open", "article_id", postgresql_where=text("is_open")),
)

unmatched = Table(
    "unmatched",
    metadata,
    *_sale_columns(),
    Column("article_id", Uuid),
    Index("unmatched_listing", "listing_id"),
    Index("unmatched_sku", "tenant_id", "sku"),
    Index("unmatched_newest", "tenant_id", "sold_at", "sale_id"),
)

removals = Table(
    "removals",
    metadata,
    Column("sale_id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("removed", Boolean, nullable=False),
)

stock_journal = Table(
    "stock_journal",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("article_id", Uuid, nullable=False),
    Column("entry", Text, nullable=False),
    Column("units", Integer, nullable=False),
    Column("sale_id", Uuid),
    Column("listing_id", Uuid),
    Column("user_id", Uuid),
    Column("note", Text),
    moment("at", nullable=False),
    Index("stock_journal_article", "article_id", "id"),
)

questions = Table(
    "questions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("article_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Uuid, nullable=False),
    Column("units", Integer, nullable=False),
    Column("free", Integer, nullable=False),
    moment("asked_at", nullable=False),
    moment("answered_at"),
    Column("answer", Text),
    Column("user_id", Uuid),
    Index("questions_open", "kind", "subject", unique=True, postgresql_where=text("answered_at is null")),
    Index("questions_newest", "tenant_id", "id", postgresql_where=text("answered_at is null")),
    Index("questions_article", "article_id", "id"),
)

settings = Table(
    "settings",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("create_articles", Boolean, nullable=False, server_default="true"),
    Column("default_owner", Text, nullable=False, server_default="own"),
)

erased_tenants = erasing.erased_tenants(metadata)

BUSINESS = (
    articles,
    article_terms,
    listings,
    holds,
    unmatched,
    removals,
    stock_journal,
    questions,
    settings,
)
"""The tables under row-level security."""
