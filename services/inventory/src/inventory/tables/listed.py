"""Listings, drafts, the words to find them by, and what happened to listings."""

from __future__ import annotations

from kit.columns import count, moment
from sqlalchemy import BigInteger, Boolean, Column, Identity, Index, Integer, Numeric, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from inventory.tables.base import metadata

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
    Column("vendor", Text),
    Column("brand", Text),
    Column("price_amount", Numeric(20, 6)),
    Column("price_currency", Text),
    Column("sold_here", Boolean, nullable=False, server_default="false"),
    Column("taken_down", Boolean, nullable=False, server_default="false"),
    Column("standing", Text, nullable=False, server_default="live"),
    count("disconnecting_version"),
    count("tried"),
    Index("listings_article", "article_id", "id", postgresql_where=text("article_id is not null")),
    Index("listings_newest", "tenant_id", "id"),
    Index("listings_alone", "tenant_id", "id", postgresql_where=text("article_id is null")),
    Index("listings_sku", "tenant_id", "sku", postgresql_where=text("article_id is null")),
    Index("listings_by_standing", "tenant_id", "standing", "id"),
    Index("listings_by_account", "tenant_id", "account_id", "id"),
    Index("listings_by_account_and_standing", "tenant_id", "account_id", "standing", "id"),
    Index("listings_by_platform", "tenant_id", "platform", "id"),
    Index(
        "listings_without_article",
        "tenant_id",
        "id",
        postgresql_where=text("article_id is null and state = 'live'"),
    ),
)

listing_terms = Table(
    "listing_terms",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("term", Text(collation="C"), primary_key=True),
    Column("listing_id", Uuid, primary_key=True),
    Index("listing_terms_of", "listing_id", "term"),
)
"""The words of listings and of drafts, which have their ids from one sequence."""

drafts = Table(
    "drafts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("platform", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("sku", Text),
    Column("url", Text),
    Column("thumbnail_url", Text),
    moment("observed_at", nullable=False),
    Column("gone", Boolean, nullable=False),
    Index("drafts_newest", "tenant_id", "id", postgresql_where=text("not gone")),
    Index("drafts_by_account", "tenant_id", "account_id", "id", postgresql_where=text("not gone")),
)
"""What has only been seen as a draft; `gone` ones are remembered so that an older observation changes nothing."""

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
