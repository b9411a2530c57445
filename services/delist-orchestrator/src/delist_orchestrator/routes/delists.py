"""HTTP of the Delist tab: its lists, counts and times, and what people decide."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from kit.database import Database
from kit.http import CallerDep, WriterDep
from pydantic import AwareDatetime

from delist_orchestrator import usecases, wire
from delist_orchestrator.usecases import Conduct, Decision

Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[str | None, Query(max_length=200)]
Code = Annotated[str | None, Query(max_length=100)]


def build(database: Database, conduct: Conduct) -> list[APIRouter]:
    """The figures, the lists, the commands."""
    return [_figures(database), _delists(database), _steps(database), _commands(database, conduct)]


def _chosen(
    article_id: UUID | None = None,
    sale_id: UUID | None = None,
    account_id: UUID | None = None,
    platform: wire.Platform | None = None,
    state: wire.StepState | None = None,
    code: Code = None,
    overdue: bool | None = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
) -> wire.StepFilter:
    return wire.StepFilter(
        article_id, sale_id, account_id, platform, state, code, overdue, since=since, until=until
    )


ChosenDep = Annotated[wire.StepFilter, Depends(_chosen)]


def _delists(database: Database) -> APIRouter:
    router = APIRouter(prefix="/v1/delists", tags=["delists"])

    @router.get("")
    async def listed(
        caller: CallerDep,
        chosen: ChosenDep,
        group: wire.Group | None = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> wire.DelistPage:
        """Sold articles with their listings, the newest sale first.

        Account, platform, state, code and overdue are those of one listing of it, whichever version of its target.
        `since` and `until` are about the sale; in the group `done` about when all was done, the last day unless said.
        Refused (422): a cursor that is none of ours.
        """
        async with database.request(caller.tenant_id) as uow:
            chapters, following = await usecases.page(uow, caller.tenant_id, group, chosen, cursor, limit)
        return wire.DelistPage(items=[wire.delist_view(chapter) for chapter in chapters], next=following)

    @router.get("/{sale_id}")
    async def shown(sale_id: UUID, caller: CallerDep) -> wire.DelistView:
        """One sale's listings, every version of their targets. Refused (404): a sale that has met no article."""
        async with database.request(caller.tenant_id) as uow:
            return wire.delist_view(await usecases.shown(uow, caller.tenant_id, sale_id))

    return router


def _figures(database: Database) -> APIRouter:
    router = APIRouter(prefix="/v1/delists", tags=["delists"])

    @router.get("/groups")
    async def groups(caller: CallerDep, since: AwareDatetime | None = None) -> wire.GroupCounts:
        """How many each group holds; done ones since a time, the last day unless said."""
        async with database.request(caller.tenant_id) as uow:
            return wire.group_counts(await usecases.groups(uow, caller.tenant_id, since))

    @router.get("/exposure")
    async def exposure(caller: CallerDep, since: AwareDatetime | None = None) -> wire.Exposure:
        """The middle time that listings taken down since a time, the last day unless said, had stayed for sale.

        Refused (422): more than 31 days.
        """
        async with database.request(caller.tenant_id) as uow:
            return wire.exposure(*await usecases.exposure(uow, caller.tenant_id, since))

    @router.get("/shares")
    async def shares(
        caller: CallerDep, since: AwareDatetime | None = None, until: AwareDatetime | None = None
    ) -> wire.SharesView:
        """Of the listings that had to come down for a sale made from `since` until before `until`: how many did, how soon.

        Counted is each listing of a sale whose target was 0, once a sale, whoever lowered it; not the listing that
        sold, not history, and none that was put back for sale before it had come down. How soon is the time from the
        sale until the marketplace stopped showing it, or until a person said that it is down. Those not down yet,
        failed or skipped are in `listings` and in no `within`. A policy that asks or waits counts as the time it
        takes: `waited_for_you` says how many it held, or a pause. Median and p95 are of those that came down. The
        last day unless said; refused (422): more than 31 days.
        """
        async with database.request(caller.tenant_id) as uow:
            return wire.shares_view(*await usecases.shares(uow, caller.tenant_id, since, until))

    return router


def _steps(database: Database) -> APIRouter:
    router = APIRouter(prefix="/v1/steps", tags=["delists"])

    @router.get("")
    async def listed(
        caller: CallerDep, chosen: ChosenDep, cursor: Cursor = None, limit: Limit = 50
    ) -> wire.StepPage:
        """Single listings on their way to a target, the newest first; those that no sale asked for too.

        `since` and `until` are about when the step was made. Refused (422): a cursor that is none of ours.
        """
        async with database.request(caller.tenant_id) as uow:
            return wire.step_page(*await usecases.steps(uow, caller.tenant_id, chosen, cursor, limit))

    return router


def _commands(database: Database, conduct: Conduct) -> APIRouter:
    router = APIRouter(prefix="/v1/delists", tags=["delists"])

    @router.post("/{command}")
    async def acted(command: wire.Command, body: wire.CommandBody, caller: WriterDep) -> wire.CommandAnswer:
        """Approve, retry, skip or mark done: named steps, all of some sales that allow it, or all that a filter leaves in.

        Each step has its result: done with its state now, or why not. A filter acts on up to 500 at a time, the oldest
        first; go on with `next`. Refused (422): a filter that says nothing, or a state the command is not for.
        """
        decision = Decision(caller.tenant_id, str(caller.user_id), command, body.reason)
        keys = [(step.listing_id, step.version) for step in body.steps]
        following = None
        async with database.bus((caller.tenant_id,)) as uow:
            if body.filter is None:
                answers = await usecases.command(uow, decision, keys, body.sale_ids, conduct)
            else:
                answers, following = await usecases.command_chosen(
                    uow, decision, body.filter.chosen(), body.cursor, conduct
                )
        return wire.command_answer(answers, following)

    return router
