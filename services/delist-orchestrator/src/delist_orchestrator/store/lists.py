"""SQL of the lists people page through and of what a command in bulk is about, each by an index that has its order.

States and platforms stand in the SQL as what they are: a plan made for all of them would read every done step to find
the few that failed.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from kit.unit_of_work import UnitOfWork
from sqlalchemy import ColumnElement, Select, Text, and_, bindparam, exists, not_, select, tuple_

from delist_orchestrator import tables
from delist_orchestrator.domain import (
    Delist,
    Group,
    ListedStep,
    StepFilter,
    StepState,
    groups_with,
)
from delist_orchestrator.store import rows

Place = tuple[datetime, UUID, int]
"""Where a step stands in lists: when it was made, its listing and version."""

_s, _d = tables.steps.c, tables.delists.c
_PLACE = (_s.created_at, _s.listing_id, _s.version)


def _word(value: str) -> ColumnElement[str]:
    return bindparam(None, value, Text, literal_execute=True)


def _of_steps(chosen: StepFilter) -> list[ColumnElement[bool]]:
    """What must hold of one step, times left out."""
    wanted: list[ColumnElement[bool]] = []
    if chosen.account_id is not None:
        wanted.append(_s.account_id == chosen.account_id)
    if chosen.platform is not None:
        wanted.append(_s.platform == _word(chosen.platform))
    if chosen.state is not None:
        wanted.append(_s.state == _word(chosen.state))
    if chosen.code is not None:
        wanted.append(_s.code == chosen.code)
    if chosen.overdue is not None:
        wanted.append(_s.overdue == chosen.overdue)
    if chosen.overdue:
        wanted.append(not_(_s.ended))
    return wanted


def _steps(tenant_id: UUID, chosen: StepFilter) -> Select[tuple[object, ...]]:
    query = select(tables.steps).where(_s.tenant_id == tenant_id, *_of_steps(chosen))
    if chosen.article_id is not None:
        query = query.where(_s.article_id == chosen.article_id)
    if chosen.sale_id is not None:
        query = query.where(_s.sale_id == chosen.sale_id)
    if chosen.since is not None:
        query = query.where(_s.created_at >= chosen.since)
    if chosen.until is not None:
        query = query.where(_s.created_at < chosen.until)
    return query


def steps_query(
    tenant_id: UUID, chosen: StepFilter, after: Place | None, limit: int
) -> Select[tuple[object, ...]]:
    """The newest steps after a place, with what is known of their sales; one more than `limit` when there are more."""
    query = _steps(tenant_id, chosen)
    if after is not None:
        query = query.where(tuple_(*_PLACE) < tuple_(*after))
    page = query.order_by(*(column.desc() for column in _PLACE)).limit(limit + 1).subquery()
    sold_at = _d.sold_at.label("sale_sold_at")
    joined = page.outerjoin(tables.delists, _d.sale_id == page.c.sale_id)
    return (
        select(page, _d.title, _d.sku, sold_at)
        .select_from(joined)
        .order_by(page.c.created_at.desc(), page.c.listing_id.desc(), page.c.version.desc())
    )


async def steps_page(
    uow: UnitOfWork, tenant_id: UUID, chosen: StepFilter, after: Place | None, limit: int
) -> list[ListedStep]:
    """A page of steps, newest first, one more than `limit` when there are more."""
    found = await uow.conn.execute(steps_query(tenant_id, chosen, after, limit))
    return [ListedStep(rows.step(row), row["title"], row["sku"], row["sale_sold_at"]) for row in found]


def keys_query(
    tenant_id: UUID, chosen: StepFilter, states: Collection[StepState], after: Place | None, limit: int
) -> Select[tuple[object, ...]]:
    """Where the oldest open steps in one of these states stand after a place, one more than `limit` when there are more."""
    query = _steps(tenant_id, chosen).where(not_(_s.ended))
    if chosen.state is None:
        query = query.where(_s.state.in_([_word(state) for state in sorted(states)]))
    if after is not None:
        query = query.where(tuple_(*_PLACE) > tuple_(*after))
    return query.with_only_columns(*_PLACE).order_by(*_PLACE).limit(limit + 1)


async def places_of(
    uow: UnitOfWork,
    tenant_id: UUID,
    chosen: StepFilter,
    states: Collection[StepState],
    after: Place | None,
    limit: int,
) -> list[Place]:
    """The oldest steps that a command in bulk is about, one more than `limit` when there are more."""
    found = await uow.conn.execute(keys_query(tenant_id, chosen, states, after, limit))
    return [(row.created_at, row.listing_id, row.version) for row in found]


def delists_query(
    tenant_id: UUID,
    group: Group | None,
    chosen: StepFilter,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Select[tuple[object, ...]]:
    """Delists of the newest sales after a place, of which one step is as chosen.

    Only those are looked into that can have such a step: with one that is open a delist is in no group but the open ones.
    """
    query = select(tables.delists).where(_d.tenant_id == tenant_id, *_of_delists(group, chosen))
    if chosen.looks_into_steps:
        query = query.where(*_possible(chosen), _has_step(tenant_id, chosen))
    if after is not None:
        query = query.where(tuple_(_d.sold_at, _d.sale_id) < tuple_(*after))
    return query.order_by(_d.sold_at.desc(), _d.sale_id.desc()).limit(limit + 1)


def _of_delists(group: Group | None, chosen: StepFilter) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if group is not None:
        wanted.append(_d.state == _word(group))
    if chosen.article_id is not None:
        wanted.append(_d.article_id == chosen.article_id)
    if chosen.sale_id is not None:
        wanted.append(_d.sale_id == chosen.sale_id)
    moment = _d.completed_at if group is Group.DONE else _d.sold_at
    if chosen.since is not None:
        wanted.append(moment >= chosen.since)
    if chosen.until is not None:
        wanted.append(moment < chosen.until)
    return wanted


def _possible(chosen: StepFilter) -> list[ColumnElement[bool]]:
    possible = frozenset(Group) if chosen.state is None else groups_with(chosen.state)
    if chosen.overdue:
        possible &= groups_with(StepState.ASKED)
    if Group.DONE in possible:
        return []
    return [_d.state != _word(Group.DONE), _d.state.in_([_word(group) for group in sorted(possible)])]


def _has_step(tenant_id: UUID, chosen: StepFilter) -> ColumnElement[bool]:
    of_it = and_(_s.sale_id == _d.sale_id, _s.tenant_id == tenant_id, *_of_steps(chosen))
    return exists().where(of_it)


async def delists_page(
    uow: UnitOfWork,
    tenant_id: UUID,
    group: Group | None,
    chosen: StepFilter,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Delist]:
    """A page of delists, newest sale first, one more than `limit` when there are more."""
    found = await uow.conn.execute(delists_query(tenant_id, group, chosen, after, limit))
    return [rows.delist(row) for row in found]
