"""SQL of forgetting: a tenant's rows go, that it was erased stays."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from kit import erasing
from kit.unit_of_work import UnitOfWork
from sqlalchemy import delete

from delist_orchestrator import tables


async def erase(uow: UnitOfWork, tenant_id: UUID, at: datetime) -> None:
    """Delete all a tenant has here and remember that it was erased."""
    owned = (*tables.TENANT_TABLES, *tables.LATER_TENANT_TABLES, *tables.LATER_BUS_TABLES, tables.due_steps)
    for table in owned:
        await uow.conn.execute(delete(table).where(table.c.tenant_id == tenant_id))
    await erasing.remember(uow, tenant_id, at)
