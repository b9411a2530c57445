"""The table of sales, and one sale."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from kit.errors import Invalid, NotFound, Refused

from gateway.client import OwnerAwayError
from gateway.client.base import Value
from gateway.routes.panels.base import Ask, Values
from gateway.wire.delists import Delist
from gateway.wire.sales import Timeline
from gateway.wire.saying import lines_of, way_of

FILTERS = ("status", "platform", "delist", "owner", "fees", "since", "until", "q")
NOT_DOWN = ("failed", "waiting", "running")
_PAGE = 50


async def table(ask: Ask) -> Values:
    """One page of sales under the filters in the address."""
    query = {**filters_of(ask.query), "cursor": ask.get("cursor"), "limit": _PAGE}
    page = await ask.context.owners.ledger.sales(ask.visitor, query)
    return {"sales": page.items, "following": page.following, "filtered": any(map(ask.get, FILTERS))}


def filters_of(asked: Mapping[str, str]) -> dict[str, Value | Sequence[str]]:
    """The address's filters as the ledger takes them: whole days, and `open` for all that is not down yet."""
    delist = asked.get("delist")
    return {
        "status": asked.get("status"),
        "platform": asked.get("platform"),
        "owner": asked.get("owner"),
        "delist": NOT_DOWN if delist == "open" else delist,
        "waits_for_fees": True if asked.get("fees") == "waiting" else None,
        "since": _day(asked.get("since")),
        "until": _day(asked.get("until"), timedelta(days=1)),
        "search": asked.get("q"),
    }


def _day(text: str | None, later: timedelta = timedelta(0)) -> datetime | None:
    """The start of a day. Raises Invalid for what is no date."""
    if not text:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC) + later
    except (ValueError, OverflowError) as error:
        raise Invalid("no_such_day", "Choose a day from the calendar, such as 2026-11-20.") from error


async def one(ask: Ask) -> Values:
    """A sale with its timeline, its money and its listings. Raises Refused (404)."""
    sale_id = _sale_id(ask)
    ledger = ask.context.owners.ledger
    sale, timeline, (delist, delist_known) = await asyncio.gather(
        ledger.sale(ask.visitor, sale_id), _timeline(ask, sale_id), _delist(ask, sale_id)
    )
    return {
        "sale": sale,
        "way": None if timeline is None else way_of(timeline, sale),
        "delist": delist,
        "delist_known": delist_known,
        "lines": lines_of(sale),
    }


def _sale_id(ask: Ask) -> UUID:
    try:
        return UUID(ask.query.get("sale", ""))
    except ValueError as error:
        raise NotFound("no_such_sale", "There is no such sale.") from error


async def _timeline(ask: Ask, sale_id: UUID) -> Timeline | None:
    try:
        return await ask.context.owners.ledger.timeline(ask.visitor, sale_id)
    except OwnerAwayError:
        return None


async def _delist(ask: Ask, sale_id: UUID) -> tuple[Delist | None, bool]:
    """The listings with what can be done about them, and whether their owner answered; none when nothing was asked."""
    try:
        return await ask.context.owners.delists.of_sale(ask.visitor, sale_id), True
    except OwnerAwayError:
        return None, False
    except Refused:
        return None, True
