"""Articles, the words to find them by, their stock journal and what is asked about them."""

from __future__ import annotations

from kit.columns import count, moment
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Identity,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
    Uuid,
    text,
)

from inventory.tables.base import metadata

STOCK = "case when opened_at is null then 'not_open' when free > 0 then 'in_stock' else 'sold_out' end"
"""What lists are narrowed to; it changes seldom, where `free` does with every sale."""
TITLE_KEY = "md5(lower(title))"

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
    Column("location", Text),
    Column("thumbnail_url", Text),
    Column("owner_given", Boolean, nullable=False, server_default="false"),
    Column("stock", Text, Computed(STOCK, persisted=True), nullable=False),
    Column("title_key", Text, Computed(TITLE_KEY, persisted=True), nullable=False),
    CheckConstraint("free >= 0", name="free_is_never_negative"),
    CheckConstraint("held >= 0 and short >= 0", name="held_and_short_are_never_negative"),
    CheckConstraint("(cost_amount is null) = (cost_currency is null)", name="cost_has_a_currency"),
    CheckConstraint("(price_amount is null) = (price_currency is null)", name="price_has_a_currency"),
    Index("articles_sku", "tenant_id", "sku", unique=True, postgresql_where=text("sku is not null")),
    Index("articles_newest", "tenant_id", "id"),
    Index("articles_short", "tenant_id", "id", postgresql_where=text("short > 0")),
    Index("articles_by_sku", "tenant_id", text('sku collate "C"'), postgresql_where=text("sku is not null")),
    Index("articles_by_stock", "tenant_id", "stock", "id"),
    Index("articles_by_owner", "tenant_id", "owner_kind", "id"),
    Index("articles_by_owner_and_stock", "tenant_id", "owner_kind", "stock", "id"),
    Index(
        "articles_by_consignor",
        "tenant_id",
        "consignor_id",
        "id",
        postgresql_where=text("consignor_id is not null"),
    ),
    Index(
        "articles_by_location", "tenant_id", "location", "id", postgresql_where=text("location is not null")
    ),
    Index("articles_by_rules", "tenant_id", "id", postgresql_where=text("not owner_given")),
    Index("articles_by_title", "tenant_id", "title_key"),
    Index("articles_merged", "merged_into", postgresql_where=text("merged_into is not null")),
)

article_terms = Table(
    "article_terms",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("term", Text(collation="C"), primary_key=True),
    Column("article_id", Uuid, primary_key=True),
    Index("article_terms_of", "article_id", "term"),
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
