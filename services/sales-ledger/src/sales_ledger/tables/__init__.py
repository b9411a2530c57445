"""PostgreSQL tables of the sales-ledger."""

from __future__ import annotations

from kit import erasing
from kit.columns import moment
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from sales_ledger.tables.balances import BALANCE_TABLES as BALANCE_TABLES
from sales_ledger.tables.balances import balances as balances
from sales_ledger.tables.base import AMOUNT as _AMOUNT
from sales_ledger.tables.base import metadata as metadata
from sales_ledger.tables.shares import CONSIGNOR_BUS_TABLES as CONSIGNOR_BUS_TABLES
from sales_ledger.tables.shares import CONSIGNOR_TABLES as CONSIGNOR_TABLES
from sales_ledger.tables.shares import consignor_changes as consignor_changes
from sales_ledger.tables.shares import consignor_terms as consignor_terms
from sales_ledger.tables.shares import consignor_words as consignor_words
from sales_ledger.tables.shares import consignors as consignors
from sales_ledger.tables.shares import due_terms as due_terms
from sales_ledger.tables.shares import payout_run_lines as payout_run_lines
from sales_ledger.tables.shares import payout_runs as payout_runs

ORDER_LENGTH = 200
"""Characters of an order's id by which it is looked up: an index takes no text of any length."""

DATE = Date()
_UNLOCKED = "owner = 'consigned' and consignor_id is not null and locked is null"

sales = Table(
    "sales",
    metadata,
    Column("sale_id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    # Each source's newest word, whole; a row may exist before its marketplace's own word has come.
    Column("line", JSONB),
    Column("stock", JSONB),
    Column("oversold", JSONB),
    Column("delist", JSONB),
    Column("told", JSONB),
    Column("completed_revision", Integer, nullable=False),
    moment("completed_at"),
    Column("decisions", JSONB),
    Column("revision", Integer, nullable=False),
    moment("recorded_at"),
    moment("changed_at"),
    Column("traceparent", Text),
    Column("test", Boolean, nullable=False),
    # What lists filter and add up by, derived from the words.
    moment("sold_at"),
    Column("platform", Text),
    Column("account_id", Uuid),
    Column("article_id", Uuid),
    Column("status", Text),
    Column("owner", Text, nullable=False),
    Column("delist_state", Text, nullable=False),
    Column("contended", Boolean, nullable=False),
    Column("currency", Text),
    Column("price", _AMOUNT),
    Column("fees", _AMOUNT),
    Column("net", _AMOUNT),
    # Of sales recorded before there was this column too: payouts may come long after.
    Column("order_id", Text, Computed(f"left(line ->> 'order_id', {ORDER_LENGTH})", persisted=True)),
    Column("refund_state", Text, nullable=False, server_default=text("'none'")),
    Column("restated", Boolean, nullable=False, server_default=text("false")),
    # A person's word on the owner and on the fees, the terms taken, the runs that have it or paid it.
    Column("owner_given", JSONB),
    Column("fees_given", JSONB),
    Column("locked", JSONB),
    Column("run_id", Uuid),
    Column("payments", JSONB),
    # What consignors' lists filter and add up by, derived from all of it.
    Column("consignor_id", Uuid),
    Column("commission", _AMOUNT),
    Column("share", _AMOUNT),
    Column("paid", _AMOUNT),
    Column("payable", _AMOUNT),
    Column("is_payable", Boolean, nullable=False, server_default=text("false")),
    moment("due_at"),
    Column("waits_for_fees", Boolean, nullable=False, server_default=text("false")),
    Index("sales_by_time", "tenant_id", "sold_at", "sale_id"),
    Index("sales_by_status", "tenant_id", "status", "sold_at", "sale_id"),
    Index("sales_by_platform", "tenant_id", "platform", "sold_at", "sale_id"),
    Index("sales_by_delist", "tenant_id", "delist_state", "sold_at", "sale_id"),
    Index("sales_contended", "tenant_id", "sold_at", "sale_id", postgresql_where=text("contended")),
    Index("sales_by_article", "tenant_id", "article_id"),
    Index("sales_by_account", "tenant_id", "account_id", "sold_at", "sale_id"),
    Index("sales_by_order", "tenant_id", "account_id", "order_id"),
    Index("sales_restated", "tenant_id", "sold_at", "sale_id", postgresql_where=text("restated")),
    Index(
        "sales_refunded",
        "tenant_id",
        "sold_at",
        "sale_id",
        postgresql_where=text("refund_state <> 'none'"),
    ),
    Index(
        "sales_by_consignor",
        "tenant_id",
        "consignor_id",
        "sold_at",
        "sale_id",
        postgresql_where=text("consignor_id is not null"),
    ),
    Index(
        "sales_payable",
        "tenant_id",
        "consignor_id",
        "currency",
        "due_at",
        postgresql_where=text("is_payable"),
    ),
    Index("sales_without_fees", "tenant_id", "sold_at", "sale_id", postgresql_where=text("waits_for_fees")),
    Index("sales_due", "tenant_id", "sold_at", "sale_id", postgresql_where=text("is_payable")),
    # All a chart reads, so that it reads no sale.
    Index("sales_by_day", "tenant_id", "sold_at", postgresql_include=["platform", "currency", "price"]),
    Index("sales_unlocked", "tenant_id", "sale_id", postgresql_where=text(_UNLOCKED)),
)

SUM = Numeric()
sale_sums = Table(
    "sale_sums",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("day", DATE, primary_key=True),
    Column("platform", Text, primary_key=True),
    Column("account_id", Uuid, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("status", Text, primary_key=True),
    Column("owner", Text, primary_key=True),
    Column("delist_state", Text, primary_key=True),
    Column("contended", Boolean, primary_key=True),
    Column("restated", Boolean, primary_key=True),
    Column("refund_state", Text, primary_key=True),
    # Transactions of one tenant wait for each other less; a row by itself may be negative.
    Column("shard", Integer, primary_key=True),
    Column("sales", BigInteger, nullable=False),
    Column("price", SUM, nullable=False),
    Column("fees", SUM, nullable=False),
    Column("net", SUM, nullable=False),
    Column("unknown", BigInteger, nullable=False),
)
"""What the sales of a day in UTC add up to, by what lists filter by; the database keeps it with every change of a sale."""

sale_terms = Table(
    "sale_terms",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("term", Text(collation="C"), primary_key=True),
    Column("sale_id", Uuid, primary_key=True),
    # Whether a sale has a word is asked sale by sale.
    Index("sale_terms_of_sale", "sale_id", "term"),
)

changes = Table(
    "changes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("sale_id", Uuid, nullable=False),
    Column("what", Text, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("reason", Text),
    Column("detail", Text),
    moment("changed_at", nullable=False),
    Index("changes_by_sale", "tenant_id", "sale_id", "changed_at"),
)
"""Who did what to a sale, when and why."""

postings = Table(
    "postings",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("subject_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("reference", Text, nullable=False),
    moment("posted_at", nullable=False),
    UniqueConstraint("subject_id", "kind", "reference", name="postings_once"),
    Index("postings_by_tenant", "tenant_id", "posted_at"),
)

entries = Table(
    "entries",
    metadata,
    Column("posting_id", Uuid, ForeignKey("postings.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("subject_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("amount", _AMOUNT, nullable=False),
    # That of its posting: a statement reads one account in time.
    Column("posted_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("entries_by_subject", "subject_id"),
    Index(
        "entries_in_time",
        "tenant_id",
        "account",
        "currency",
        "posted_at",
        postgresql_include=["amount"],
    ),
)

accounts = Table(
    "accounts",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("type", Text, nullable=False),
)

payouts = Table(
    "payouts",
    metadata,
    Column("payout_key", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("platform", Text, nullable=False),
    Column("payout_id", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("amount", _AMOUNT, nullable=False),
    Column("currency", Text, nullable=False),
    moment("paid_at", nullable=False),
    Column("lines", JSONB, nullable=False),
    Index("payouts_by_time", "tenant_id", "paid_at"),
    Index("payouts_listed", "tenant_id", "paid_at", "payout_key"),
    Index("payouts_by_account", "tenant_id", "account_id", "paid_at", "payout_key"),
)

payout_lines = Table(
    "payout_lines",
    metadata,
    Column("payout_key", Uuid, ForeignKey("payouts.payout_key", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("transaction_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("order_id", Text),
    Column("currency", Text, nullable=False),
    Column("amount", _AMOUNT, nullable=False),
    # All that a comparison reads of them.
    Index(
        "payout_lines_of_order",
        "tenant_id",
        "account_id",
        "order_id",
        postgresql_include=["currency", "amount"],
    ),
)
"""A payout's transactions, to be matched with sales of the same account and order."""

due_removals = Table(
    "due_removals",
    metadata,
    Column("sale_id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    moment("due_at", nullable=False),
    moment("lease_until"),
    Index("due_removals_due", "due_at"),
)
"""Removals whose undo has not passed yet: what reaches a marketplace waits for it."""

erased_tenants = erasing.erased_tenants(metadata)

TENANT_TABLES = (sales, sale_terms, changes, accounts, postings, entries, payouts)
BUS_TABLES = (due_removals, erased_tenants)
MATCHING_TABLES = (payout_lines,)
"""Tenants' tables of migration 0003."""
TOTAL_TABLES = (sale_sums,)
"""Tenants' tables of migration 0004."""
