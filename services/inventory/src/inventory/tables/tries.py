"""What test orders have of the listings they were made on."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table, Uuid

from inventory.tables.base import metadata

tries = Table(
    "tries",
    metadata,
    Column("sale_id", Uuid, primary_key=True),
    Column("tenant_id", Uuid, nullable=False),
    Column("listing_id", Uuid, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("units", Integer, nullable=False),
    Index("tries_by_listing", "listing_id"),
)
"""The newest state of each test order line; what all of a listing have is with the listing (`tried`)."""
