"""What sales hold, sales without an article, and what is remembered of sales."""

from __future__ import annotations

from kit.columns import count, moment
from sqlalchemy import Boolean, CheckConstraint, Column, Index, Integer, Numeric, Table, Text, Uuid, text

from inventory.tables.base import metadata


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
        Column("restocked", Integer),
    ]


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
