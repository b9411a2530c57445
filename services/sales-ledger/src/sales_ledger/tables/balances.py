"""The table of what accounts add up to."""

from __future__ import annotations

from sqlalchemy import Column, Integer, Numeric, Table, Text, Uuid

from sales_ledger.tables.base import metadata

balances = Table(
    "balances",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    # Transactions of one tenant wait for each other less.
    Column("shard", Integer, primary_key=True),
    Column("amount", Numeric(), nullable=False),
)
"""What the entries of an account add up to, all its shards together; the database keeps it with every entry."""

BALANCE_TABLES = (balances,)
"""Tenants' tables of migration 0005."""
