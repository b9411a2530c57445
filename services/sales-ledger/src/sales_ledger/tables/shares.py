"""Tables of consignors, their terms and payout runs."""

from __future__ import annotations

from kit.columns import moment
from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from sales_ledger.tables.base import AMOUNT, metadata

consignors = Table(
    "consignors",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("code", Text(collation="C"), nullable=False),
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("note", Text),
    Column("active", Boolean, nullable=False),
    Column("revision", Integer, nullable=False),
    moment("created_at", nullable=False),
    moment("changed_at", nullable=False),
    UniqueConstraint("tenant_id", "code", name="consignors_by_code"),
)

consignor_words = Table(
    "consignor_words",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("word", Text(collation="C"), primary_key=True),
    Column("consignor_id", Uuid, primary_key=True),
    Index("consignor_words_by_consignor", "consignor_id"),
)

consignor_terms = Table(
    "consignor_terms",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("consignor_id", Uuid),
    moment("effective_from", nullable=False),
    Column("fills_gap", Boolean, nullable=False),
    Column("rate", JSONB, nullable=False),
    Column("minimum_fee", AMOUNT),
    Column("minimum_fee_currency", Text),
    Column("base", Text, nullable=False),
    Column("return_days", Integer, nullable=False),
    moment("created_at", nullable=False),
    Column("created_by", Text, nullable=False),
    Column("reason", Text),
    Index("consignor_terms_by_consignor", "tenant_id", "consignor_id", "id"),
)
"""What was agreed, only ever added to; without a consignor the house's own."""

consignor_changes = Table(
    "consignor_changes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("consignor_id", Uuid, nullable=False),
    Column("what", Text, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("reason", Text),
    moment("changed_at", nullable=False),
    Index("consignor_changes_by_consignor", "tenant_id", "consignor_id", "id"),
)
"""Who did what to a consignor, when and why."""

payout_runs = Table(
    "payout_runs",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("currency", Text, nullable=False),
    moment("due_until", nullable=False),
    Column("consignor_ids", JSONB, nullable=False),
    Column("sale_ids", JSONB, nullable=False),
    Column("state", Text, nullable=False),
    Column("total", AMOUNT, nullable=False),
    Column("left_out", JSONB, nullable=False),
    Column("method", Text),
    Column("reference", Text),
    Column("acts", JSONB, nullable=False),
    Index("payout_runs_by_tenant", "tenant_id", "id"),
    Index("payout_runs_by_state", "tenant_id", "state", "id"),
)

payout_run_lines = Table(
    "payout_run_lines",
    metadata,
    Column("run_id", Uuid, ForeignKey("payout_runs.id", ondelete="CASCADE"), primary_key=True),
    Column("consignor_id", Uuid, primary_key=True),
    Column("sale_id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("amount", AMOUNT, nullable=False),
    Column("share", AMOUNT, nullable=False),
    Column("paid_before", AMOUNT, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Index("payout_run_lines_by_sale", "sale_id"),
    # A sale is in one draft or approved run at most.
    Index("payout_run_lines_open", "sale_id", unique=True, postgresql_where=text("is_open")),
)

due_terms = Table(
    "due_terms",
    metadata,
    Column("terms_id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("consignor_id", Uuid),
    Column("after_sale", Uuid),
    moment("due_at", nullable=False),
    moment("lease_until"),
    Index("due_terms_due", "due_at"),
)
"""New terms whose sales recorded before have not all been looked at."""

CONSIGNOR_TABLES = (
    consignors,
    consignor_words,
    consignor_terms,
    consignor_changes,
    payout_runs,
    payout_run_lines,
)
"""Tenants' tables of migration 0002."""
CONSIGNOR_BUS_TABLES = (due_terms,)
