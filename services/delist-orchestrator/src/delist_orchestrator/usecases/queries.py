"""What the Delist tab and its settings show."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from kit.errors import NotFound
from kit.paging import cursor_of, place_of
from kit.unit_of_work import UnitOfWork

from delist_orchestrator import store
from delist_orchestrator.domain import Chapter, Group, Pause, Platform, Policy

_TODAY = timedelta(hours=24)


async def page(
    uow: UnitOfWork,
    tenant_id: UUID,
    group: Group | None,
    since: datetime | None,
    article_id: UUID | None,
    cursor: str | None,
    limit: int,
) -> tuple[list[Chapter], str | None]:
    """A page of delists with their steps, and the cursor of the next. Done ones are the last day's unless said."""
    after = place_of(cursor)
    done_since = since or uow.now - _TODAY if group is Group.DONE else None
    found = await store.delists_page(uow, tenant_id, group, done_since, article_id, after, limit)
    shown_now, more = found[:limit], found[limit:]
    chapters = await store.load_chapters(uow, tenant_id, [delist.sale_id for delist in shown_now])
    last = shown_now[-1] if more else None
    return chapters, cursor_of(last.sold_at, last.sale_id) if last else None


async def shown(uow: UnitOfWork, tenant_id: UUID, sale_id: UUID) -> Chapter:
    """One sale's delist. Raises NotFound."""
    chapters = await store.load_chapters(uow, tenant_id, [sale_id])
    if not chapters:
        raise NotFound("no_such_delist", "Nothing is being delisted for this sale.")
    return chapters[0]


async def groups(uow: UnitOfWork, tenant_id: UUID, since: datetime | None) -> dict[Group, int]:
    """How many delists each group holds."""
    return await store.count_groups(uow, tenant_id, since or uow.now - _TODAY)


async def exposure(uow: UnitOfWork, tenant_id: UUID, since: datetime | None) -> tuple[int, timedelta | None]:
    """How many listings were taken down, and the median of how long they had stayed for sale after the sale."""
    return await store.median_exposure(uow, tenant_id, since or uow.now - _TODAY)


async def policies(uow: UnitOfWork, tenant_id: UUID) -> dict[Platform, Policy]:
    """The policies a tenant chose."""
    found = await store.load_policies(uow, {tenant_id})
    return {platform: policy for (_, platform), policy in found.items()}


async def recorded_pauses(uow: UnitOfWork, tenant_id: UUID) -> list[Pause]:
    """A tenant's pauses and operations' own, standing ones first."""
    return await store.load_pauses(uow, tenant_id)
