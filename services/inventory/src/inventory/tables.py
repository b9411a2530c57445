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
        count("given_back"),
        moment("given_back_at"),
        moment("paid_at"),
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
    Column("merged_into", Uuid),
    Column("price_amount", Numeric(20, 6)),
    Column("price_currency", Text),
    Column("brand", Text),
    CheckConstraint("free >= 0", name="free_is_never_negative"),
    CheckConstraint("held >= 0 and short >= 0", name="held_and_short_are_never_negative"),
    CheckConstraint("(cost_amount is null) = (cost_currency is null)", name="cost_has_a_currency"),
    Index("articles_sku", "tenant_id", "sku", unique=True, postgresql_where=text("sku is not null")),
    Index("articles_newest", "tenant_id", "id"),
    Index("articles_short", "tenant_id", "id", postgresql_where=text("short > 0")),
    Index("articles_merged", "merged_into", postgresql_where=text("merged_into is not null")),
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
    Column("price_amount", Numeric(20, 6)),
    Column("price_currency", Text),
    Column("brand", Text),
    Column("vendor", Text),
    count("disconnecting_version"),
    Index("listings_article", "article_id", "id", postgresql_where=text("article_id is not null")),
    Index("listings_newest", "tenant_id", "id"),
    Index("listings_alone", "tenant_id", "id", postgresql_where=text("article_id is null")),
    Index("listings_sku", "tenant_id", "sku", postgresql_where=text("article_id is null")),
    Index(
        "listings_without_article",
        "tenant_id",
        "id",
        postgresql_where=text("article_id is null and state = 'live'"),
    ),
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
    count("settled_back"),
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
    count("said_revision"),
)
"""What has to be remembered of sales for events still to come: that a person removed one, and how far the words of an
article went that one has left."""

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

listing_log = Table(
    "listing_log",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("article_id", Uuid, nullable=False),
    Column("listing_id", Uuid, nullable=False),
    moment("at", nullable=False),
    Column("what", Text, nullable=False),
    Column("version", Integer),
    Column("quantity", Integer),
    Column("sale_id", Uuid),
    Column("user_id", Uuid),
    Column("note", Text),
    Index("listing_log_time", "article_id", "at", "id"),
)

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
"""The tables under row-level security that the first migration makes."""

LATER_BUSINESS = (listing_log, link_batches, link_batch_pairs)
"""Those that came later."""
