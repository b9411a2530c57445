"""SQL of forgetting: a tenant's rows go, that it was erased stays."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from kit import erasing
from kit.unit_of_work import UnitOfWork
from sqlalchemy import delete, select

from scheduler import tables


async def erase(uow: UnitOfWork, tenant_id: UUID, at: datetime) -> None:
    """Delete all a tenant has here and remember that it was erased.

    Accounts and then runs are locked first, as everywhere: who has them in hand commits before, and what they started
    goes too.
    """
    for keys in (tables.accounts.c.account_id, tables.runs.c.run_id):
        query = select(keys).where(keys.table.c.tenant_id == tenant_id)
        await uow.conn.execute(query.order_by(keys).with_for_update())
    for table in (tables.due_plans, tables.watched_runs, *tables.TENANT_TABLES):
        await uow.conn.execute(delete(table).where(table.c.tenant_id == tenant_id))
    await erasing.remember(uow, tenant_id, at)
