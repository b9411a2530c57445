"""SQL only Shopify needs: who is connected, and raw webhooks that must be forgotten."""

from __future__ import annotations

from uuid import UUID

from connector_kit.store import Known
from kit.unit_of_work import UnitOfWork
from sqlalchemy import delete, select

from connector_shopify.tables import account_directory, raw_webhooks


async def connected(uow: UnitOfWork, after: UUID, limit: int) -> list[Known]:
    """Active accounts of all tenants, by id after `after`."""
    entry = account_directory.c
    query = select(entry.tenant_id, entry.account_id, entry.active).where(
        entry.active, entry.account_id > after
    )
    rows = await uow.conn.execute(query.distinct().order_by(entry.account_id).limit(limit))
    return [Known(row.tenant_id, row.account_id, row.active) for row in rows]


async def forget_raw_webhooks(uow: UnitOfWork, account_id: UUID) -> int:
    """Delete an account's webhooks that are mapped: the only place a buyer's personal data is. Returns how many."""
    mapped = (raw_webhooks.c.account_id == account_id) & raw_webhooks.c.mapped_at.is_not(None)
    return (await uow.conn.execute(delete(raw_webhooks).where(mapped))).rowcount
