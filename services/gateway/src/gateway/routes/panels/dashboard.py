"""The dashboard's panels."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from gateway.client import OwnerAwayError
from gateway.routes.panels.base import Ask, Values
from gateway.wire.chart import DAYS, series_of
from gateway.wire.delists import Delist
from gateway.wire.runs import Run
from gateway.wire.saying import NOT_OVER, owed_to_consignors, truth_of

T = TypeVar("T")

OPEN_GROUPS = ("failed", "waiting", "running")
_LATEST = 12
_NEEDS = 6
_OPEN = 100


async def _or_none(answer: Awaitable[T]) -> T | None:
    """The answer, or None while its owner is away: the rest of the panel stands."""
    try:
        return await answer
    except OwnerAwayError:
        return None


def midnight(now: datetime) -> datetime:
    """When today began."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class StillOpen:
    """Sold articles with a listing that is not down yet, most urgent group first; `articles` if there are more."""

    delists: tuple[Delist, ...]
    articles: int | None


async def still_open(ask: Ask) -> StillOpen:
    """The newest of each group, and how many there are where that is not all."""
    delists = ask.context.owners.delists
    pages = await asyncio.gather(
        *(delists.listed(ask.visitor, {"group": group, "limit": _OPEN}) for group in OPEN_GROUPS)
    )
    found = tuple(delist for page in pages for delist in page.items)
    if not any(page.following for page in pages):
        return StillOpen(found, None)
    counts = await delists.counts(ask.visitor, ask.context.clock())
    return StillOpen(found, counts.asking + counts.running)


async def truth_line(ask: Ask) -> Values:
    """What is still for sale though it was sold."""
    found, recent = await asyncio.gather(
        still_open(ask), _or_none(ask.context.owners.ledger.sales(ask.visitor, {"limit": 1}))
    )
    any_sales = recent is None or bool(recent.items)
    now = ask.context.clock()
    return {"truth": truth_of(found.delists, now, any_sales=any_sales, articles=found.articles)}


async def stats(ask: Ask) -> Values:
    """Four figures, each honest about its own owner. Raises OwnerAwayError when neither owner answers."""
    since = midnight(ask.context.clock())
    owners = ask.context.owners
    totals, balances, exposure = await asyncio.gather(
        _or_none(owners.ledger.totals(ask.visitor, since)),
        _or_none(owners.ledger.balances(ask.visitor)),
        _or_none(owners.delists.exposure(ask.visitor, since)),
    )
    if totals is None and exposure is None:
        raise OwnerAwayError("sales-ledger and delist-orchestrator", "do not answer")
    return {
        "totals": totals,
        "due": None if balances is None else owed_to_consignors(balances),
        "exposure": exposure,
    }


async def days(ask: Ask) -> Values:
    """Thirty days of sales, stacked by platform, as a chart and as a table."""
    today = midnight(ask.context.clock())
    found = await ask.context.owners.ledger.by_day(ask.visitor, today - timedelta(days=DAYS - 1))
    return {"chart": series_of(found, today.date())}


async def latest(ask: Ask) -> Values:
    """The newest sales."""
    page = await ask.context.owners.ledger.sales(ask.visitor, {"limit": _LATEST})
    return {"sales": page.items}


async def needs(ask: Ask) -> Values:
    """What waits for the seller: listings first, then accounts."""
    found, accounts = await asyncio.gather(
        still_open(ask), _or_none(ask.context.owners.accounts.listed(ask.visitor))
    )
    asking = [
        (delist, step)
        for delist in found.delists
        for step in delist.shown
        if step.state in NOT_OVER and step.state != "asked" and delist.state != "running"
    ]
    unwell = [account for account in (accounts.accounts if accounts else ()) if account.state != "connected"]
    return {
        "accounts": unwell,
        "asking": asking[:_NEEDS],
        "more": max(len(asking) - _NEEDS, 0),
        "count": len(asking) + len(unwell),
        "uncounted": found.articles is not None,
        "missing": accounts is None,
    }


async def accounts(ask: Ask) -> Values:
    """One card per marketplace account, with its last run and plan; platforms that do not answer are named."""
    owners = ask.context.owners
    found, runs, plans = await asyncio.gather(
        owners.accounts.listed(ask.visitor),
        _or_none(owners.runs.listed(ask.visitor)),
        _or_none(owners.runs.plans(ask.visitor)),
    )
    return {
        "accounts": found.accounts,
        "missing": found.missing,
        "runs": _last_complete(runs.items if runs else ()),
        "plans": {plan.account_id: plan for plan in plans.items} if plans else {},
        "scheduler_known": runs is not None and plans is not None,
    }


def _last_complete(runs: Iterable[Run]) -> dict[UUID, Run]:
    """Each account's newest run that read all it was to read."""
    complete = sorted((run for run in runs if run.state == "complete" and run.finished_at), key=_ended)
    return {run.account_id: run for run in complete}


def _ended(run: Run) -> str:
    return run.finished_at.isoformat() if run.finished_at else ""


async def runs(ask: Ask) -> Values:
    """Runs under way, and those that ended badly lately."""
    page = await ask.context.owners.runs.visible(ask.visitor)
    return {"runs": [run for run in page.items if run.state == "running"]}
