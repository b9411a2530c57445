"""Inventory's tables; every business table carries its tenant."""

from __future__ import annotations

from kit import erasing
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
    Column("owner_kind", Text),
    Column("consignor_id", Uuid),
    Column("cost_amount", Numeric(20, 6)),
    Column("cost_currency", Text),
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

imports = Table(
    "imports",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("creates", Integer, nullable=False),
    Column("changes", Integer, nullable=False),
    Column("same", Integer, nullable=False),
    Column("errors", Integer, nullable=False),
    Column("faults", JSONB, nullable=False),
    Column("made_by", Uuid, nullable=False),
    moment("made_at", nullable=False),
    Column("applied_by", Uuid),
    moment("applied_at"),
    Index("imports_waiting", "tenant_id", "made_at", postgresql_where=text("applied_at is null")),
)

import_lines = Table(
    "import_lines",
    metadata,
    Column("tenant_id", Uuid, nullable=False),
    Column("import_id", Uuid, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("action", Text, nullable=False),
    Column("sku", Text),
    Column("article_id", Uuid),
    Column("changes", JSONB, nullable=False),
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

BUSINESS_0005 = (listing_terms, drafts, consignors, owner_rules, imports, import_lines)
BUSINESS_0006 = (listing_log, link_batches, link_batch_pairs)
"""Those that came later."""
