"""What the Delist tab and its settings show."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from kit.errors import Invalid, NotFound
from kit.paging import cursor_of, cut, place_of
from kit.unit_of_work import UnitOfWork

from delist_orchestrator import store
from delist_orchestrator.domain import (
    LONGEST_SPAN,
    Chapter,
    Group,
    ListedStep,
    Pause,
    Platform,
    Policy,
    Share,
    StepFilter,
)
from delist_orchestrator.usecases.places import step_cursor, step_place

_TODAY = timedelta(hours=24)


async def page(
    uow: UnitOfWork,
    tenant_id: UUID,
    group: Group | None,
    chosen: StepFilter,
    cursor: str | None,
    limit: int,
) -> tuple[list[Chapter], str | None]:
    """A page of delists with their steps, and the cursor of the next.

    Those done are of the last day unless a time is said: that of their end; of others it is that of the sale.
    """
    after = place_of(cursor)
    if group is Group.DONE and chosen.since is None and chosen.until is None:
        chosen = replace(chosen, since=uow.now - _TODAY)
    found = await store.delists_page(uow, tenant_id, group, chosen, after, limit)
    shown_now, last = cut(found, limit)
    chapters = await store.load_chapters(uow, tenant_id, [delist.sale_id for delist in shown_now])
    return chapters, cursor_of(last.sold_at, last.sale_id) if last else None


async def steps(
    uow: UnitOfWork, tenant_id: UUID, chosen: StepFilter, cursor: str | None, limit: int
) -> tuple[list[ListedStep], str | None]:
    """A page of single steps, the newest first, and the cursor of the next."""
    found = await store.steps_page(uow, tenant_id, chosen, step_place(cursor), limit)
    shown_now, last = cut(found, limit)
    return shown_now, step_cursor((last.step.created_at, *last.step.key)) if last else None


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
    """How many listings were taken down, and the median of how long they had stayed for sale after the sale.

    Raises Invalid for a long time.
    """
    since = since or uow.now - _TODAY
    if uow.now - since > LONGEST_SPAN:
        raise Invalid("bad_span", f"Ask for the last {LONGEST_SPAN.days} days or fewer.")
    return await store.median_exposure(uow, tenant_id, since)


async def shares(
    uow: UnitOfWork, tenant_id: UUID, since: datetime | None, until: datetime | None
) -> tuple[datetime, datetime, list[Share]]:
    """How soon listings came down after sales of a time, the last day's unless said. Raises Invalid for a long one."""
    until = until or uow.now
    since = since or until - _TODAY
    if not timedelta(0) < until - since <= LONGEST_SPAN:
        raise Invalid("bad_span", f"Ask for {LONGEST_SPAN.days} days or fewer, the earlier time first.")
    return since, until, await store.load_shares(uow, tenant_id, since, until)


async def policies(uow: UnitOfWork, tenant_id: UUID) -> dict[Platform, Policy]:
    """The policies a tenant chose."""
    found = await store.load_policies(uow, {tenant_id})
    return {platform: policy for (_, platform), policy in found.items()}


async def recorded_pauses(uow: UnitOfWork, tenant_id: UUID) -> list[Pause]:
    """A tenant's pauses and operations' own, standing ones first."""
    return await store.load_pauses(uow, tenant_id)
