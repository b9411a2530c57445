"""A tenant is erased: forget everything, remember that."""

from __future__ import annotations

from collections.abc import Sequence

from kit.unit_of_work import UnitOfWork
from soldwire_contracts import Event
from soldwire_contracts.sync import TenantErased

from inventory import store


async def erase(uow: UnitOfWork, events: Sequence[Event[TenantErased]]) -> None:
    """Delete what belongs to the tenants; whatever of theirs comes later is dropped."""
    for event in events:
        await store.erase(uow, event.data.tenant_id, event.data.erased_at)
