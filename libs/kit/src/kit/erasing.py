"""Erased tenants: what every service remembers of them, and the plumbing's part of forgetting."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, MetaData, Table, Uuid, select, text
from sqlalchemy.dialects.postgresql import insert

from kit import bulk, dead_letters
from kit.columns import moment
from kit.unit_of_work import UnitOfWork, tenant_locks


def erased_tenants(metadata: MetaData) -> Table:
    """The table of a service's tenants that were erased: the bus role's alone, for it outlives them."""
    return Table(
        "erased_tenants",
        metadata,
        Column("tenant_id", Uuid, primary_key=True),
        moment("erased_at", nullable=False),
    )


_ERASED = erased_tenants(MetaData())


_GIVEN = "cast(:tenants as text[])"
_HOLD = text(tenant_locks(_GIVEN, shared=False))
_KEEP = text(tenant_locks(_GIVEN, shared=True))


async def hold(uow: UnitOfWork, tenants: Collection[UUID]) -> None:
    """Wait until no other batch has these tenants in hand and keep others off until the end of the transaction.

    To be called before anything of a tenant is deleted: a batch that found it alive would else write beside that. Such
    a batch begins with the same lock, shared (`Database.bus(…, keep=True)`).
    """
    if tenants:
        await uow.conn.execute(_HOLD, {"tenants": sorted(str(tenant) for tenant in tenants)})


async def remember(uow: UnitOfWork, tenant_id: UUID, at: datetime) -> None:
    """Remember that a tenant was erased, and empty its dead letters.

    The service's own tables are its own to empty. May be repeated: the first time stays.
    """
    remembered = insert(_ERASED).values(tenant_id=tenant_id, erased_at=at)
    await uow.conn.execute(remembered.on_conflict_do_nothing())
    await dead_letters.empty(uow, [tenant_id])


async def erased_among(uow: UnitOfWork, tenants: Collection[UUID]) -> set[UUID]:
    """Which of the tenants were erased: nothing is stored for them any more, replays included.

    Those alive stay so until the end of the transaction.
    """
    await uow.conn.execute(_KEEP, {"tenants": sorted(str(tenant) for tenant in tenants)})
    query = select(_ERASED.c.tenant_id).where(_ERASED.c.tenant_id == bulk.among(tenants))
    return set((await uow.conn.execute(query)).scalars())
