"""Forgetting a tenant."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from kit.unit_of_work import UnitOfWork

from delist_orchestrator import store


async def forget(uow: UnitOfWork, tenant_id: UUID, at: datetime) -> None:
    """Delete all of a tenant; later events of it, replays included, are dropped."""
    await store.erase(uow, tenant_id, at)
