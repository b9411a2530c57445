"""The table of sales, and one sale."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from uuid import UUID

from kit.errors import NotFound, Refused

from gateway.client import OwnerAwayError
from gateway.domain.money import Line, added_up
from gateway.domain.timeline import Hop, told
from gateway.routes.panels.base import Ask, Values
from gateway.wire.delists import Delist
from gateway.wire.sales import Moment, Sale

FILTERS = ("status", "platform", "delist", "owner", "since", "until", "q")
_PAGE = 50


async def table(ask: Ask) -> Values:
    """One page of sales under the filters in the address."""
    query = {name: ask.get(name) for name in FILTERS}
    page = await ask.context.owners.ledger.sales(
        ask.visitor, {**query, "cursor": ask.get("cursor"), "limit": _PAGE}
    )
    return {"sales": page.items, "following": page.following, "filtered": any(query.values())}


async def one(ask: Ask) -> Values:
    """A sale with its timeline, its money and its listings. Raises Refused (404)."""
    sale_id = _sale_id(ask)
    ledger = ask.context.owners.ledger
    sale, moments, delist = await asyncio.gather(
        ledger.sale(ask.visitor, sale_id), _moments(ask, sale_id), _delist(ask, sale_id)
    )
    return {
        "sale": sale,
        "moments": None if moments is None else told(map(_hop, moments), sale.platform),
        "delist": delist,
        "lines": lines_of(sale),
        "shares": shares_of(sale),
    }


def _hop(moment: Moment) -> Hop:
    return Hop(moment.what, moment.at, moment.since_sold_ms, moment.since_accepted_ms, moment.platform)


def _sale_id(ask: Ask) -> UUID:
    try:
        return UUID(ask.query.get("sale", ""))
    except ValueError as error:
        raise NotFound("no_such_sale", "There is no such sale.") from error


async def _moments(ask: Ask, sale_id: UUID) -> tuple[Moment, ...] | None:
    try:
        return (await ask.context.owners.ledger.timeline(ask.visitor, sale_id)).items
    except OwnerAwayError:
        return None


async def _delist(ask: Ask, sale_id: UUID) -> Delist | None:
    """The listings with what can be done about them; None when the sale asked nothing, or the owner is away."""
    try:
        return await ask.context.owners.delists.of_sale(ask.visitor, sale_id)
    except (OwnerAwayError, Refused):
        return None


def lines_of(sale: Sale) -> list[Line]:
    """From the price to the net."""
    return added_up(
        price=sale.price.amount,
        shipping=sale.shipping_price.amount if sale.shipping_price else None,
        tax=sale.tax.amount if sale.tax else None,
        fees=sale.fees.amount if sale.fees else None,
        net=sale.net.amount if sale.net else None,
    )


def shares_of(sale: Sale) -> list[Line]:
    """How the net is shared with a consignor; empty for own stock."""
    if sale.net is None or sale.commission is None or sale.consignor_share is None:
        return []
    rest = sale.net.amount - sale.commission.amount - sale.consignor_share.amount
    lines = [Line("Net", sale.net.amount), Line("Your commission", -sale.commission.amount)]
    if rest != Decimal(0):
        lines.append(Line("Rounding", -rest))
    return [*lines, Line("Consignor’s share", sale.consignor_share.amount, total=True)]
