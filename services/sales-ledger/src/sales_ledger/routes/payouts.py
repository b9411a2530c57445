"""HTTP: what marketplaces paid out, with its sales, and a period of theirs beside our books."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from kit.database import Database
from kit.http import CallerDep
from pydantic import AwareDatetime

from sales_ledger import usecases, wire
from sales_ledger.routes.params import Cursor, DelaysDep, Limit
from sales_ledger.usecases import PayoutFilter, SoldPeriod


def build(database: Database) -> list[APIRouter]:
    """Lists and the comparison before single payouts, whose path takes any word."""
    return [_lists(database), _comparison(database), _single(database)]


def _lists(database: Database) -> APIRouter:
    router = APIRouter(prefix="/v1/payouts", tags=["payouts"])

    @router.get("")
    async def listed(
        caller: CallerDep,
        account_id: UUID | None = None,
        since: AwareDatetime | None = None,
        until: AwareDatetime | None = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> wire.PayoutPage:
        """What marketplaces paid out from `since` up to, not including, `until`, the last first."""
        wanted = PayoutFilter(account_id, since, until)
        async with database.request(caller.tenant_id) as uow:
            found, following = await usecases.payouts(uow, caller.tenant_id, wanted, cursor, limit)
        return wire.payout_page(found, following)

    return router


def _comparison(database: Database) -> APIRouter:
    router = APIRouter(prefix="/v1/payouts", tags=["payouts"])

    @router.get("/comparison")
    async def comparison(
        caller: CallerDep,
        delays: DelaysDep,
        account_id: UUID,
        since: AwareDatetime,
        until: AwareDatetime,
        currency: Annotated[str | None, Query(pattern="^[A-Z]{3}$")] = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> wire.DifferencesView:
        """An account's orders sold from `since` up to `until`: our books beside what all its payouts say of them, and the
        orders that differ, the last sold first. 422 for a period that ends before it begins or is over 400 days.
        """
        period = SoldPeriod(account_id, since, until, currency)
        async with database.request(caller.tenant_id) as uow:
            found = await usecases.compare(uow, caller.tenant_id, period, cursor, limit)
        return wire.differences_view(period, found.totals, found.items, found.following, delays, found.at)

    return router


def _single(database: Database) -> APIRouter:
    router = APIRouter(prefix="/v1/payouts", tags=["payouts"])

    @router.get("/{payout_key}")
    async def shown(
        payout_key: UUID,
        caller: CallerDep,
        matching: Annotated[list[wire.Matching] | None, Query(max_length=3)] = None,
        cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 200,
    ) -> wire.PayoutPartsView:
        """A payout, a page of its transactions with the sales of their orders, and what has none. 404 for none here."""
        async with database.request(caller.tenant_id) as uow:
            found = await usecases.payout(uow, caller.tenant_id, payout_key, matching or (), cursor, limit)
        return wire.payout_parts(found.head, found.sums, found.lines, found.following)

    return router
