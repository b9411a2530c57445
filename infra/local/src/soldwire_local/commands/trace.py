"""`soldwire trace`: one sale's way, hop by hop in milliseconds."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer
from pydantic import BaseModel
from rich.table import Table
from rich.text import Text

from soldwire_local import operations, screen
from soldwire_local.errors import LocalError
from soldwire_local.operations import Operations, Refusal

LEDGER = "sales-ledger"
MOST = 20


class Sale(BaseModel):
    """What names a sale to people."""

    sale_id: UUID
    platform: str
    order_id: str
    order_number: str | None
    sku: str | None
    title: str
    status: str
    outcome: str | None
    sold_at: datetime


class Sales(BaseModel):
    """A page of sales."""

    items: list[Sale]


class Hop(BaseModel):
    """One hop of a sale's way."""

    what: str
    at: datetime
    since_sold_ms: int
    since_accepted_ms: int
    platform: str | None = None
    state: str | None = None


class Change(BaseModel):
    """A person's decision."""

    what: str
    by: str
    reason: str | None
    at: datetime


class Timeline(BaseModel):
    """A sale's hops and decisions."""

    hops: list[Hop]
    changes: list[Change] = []


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("trace")(trace)


def trace(
    what: Annotated[str, typer.Argument(help="An order number, a SKU or a sale's id.")],
    tenant: Annotated[
        UUID | None, typer.Option(envvar="SOLDWIRE_TENANT", help="Only this tenant's sales.")
    ] = None,
) -> None:
    """Print the way of every sale found: each hop with the time since the sale and since the hop before."""
    what = what.strip()
    if not what:
        raise typer.BadParameter("an order number, a SKU or a sale's id")
    calls = operations.connect()
    owners = [tenant] if tenant else asyncio.run(operations.tenants())
    found = [(owner, sale) for owner in owners for sale in find(calls, owner, what)]
    if not found:
        raise LocalError(f"no sale is known by {what!r}", remedy="an order number, a SKU or a sale's id")
    for owner, sale in found:
        way = calls.get(LEDGER, f"/v1/sales/{sale.sale_id}/timeline", Timeline, tenant=owner)
        screen.console().print(view(sale, way))


def find(calls: Operations, tenant: UUID, what: str) -> list[Sale]:
    """A tenant's sales of that id, order number or SKU; newest first, at most twenty."""
    try:
        return [calls.get(LEDGER, f"/v1/sales/{UUID(what)}", Sale, tenant=tenant)]
    except ValueError:
        page = calls.get(LEDGER, "/v1/sales", Sales, tenant=tenant, search=what, limit=MOST)
        return exactly(page.items, what) or page.items
    except Refusal as refusal:
        if refusal.status != 404:
            raise
        return []


def exactly(sales: list[Sale], what: str) -> list[Sale]:
    """Those named just so: a search also finds words of the title."""
    names = {what.lower(), f"#{what}".lower()}
    return [
        sale
        for sale in sales
        if names & {(name or "").lower() for name in (sale.order_number, sale.order_id, sale.sku)}
    ]


def view(sale: Sale, way: Timeline) -> Table:
    """The sale's way as a table, in order of time."""
    title = f"{sale.platform} {sale.order_number or sale.order_id} · {sale.sku or 'no SKU'} · {sale.title}"
    caption = f"{sale.sale_id} · {sale.status}, {sale.outcome or 'no article yet'}"
    table = Table(title=Text(screen.plain(title)), caption=caption)
    for name in ("hop", "where"):
        table.add_column(name)
    for name in ("since sale", "since accepted", "this hop"):
        table.add_column(f"{name}, ms", justify="right")
    for name in ("state", "at"):
        table.add_column(name)
    before: Hop | None = None
    for hop in sorted(way.hops, key=lambda each: each.at):
        took = "" if before is None else f"{hop.since_sold_ms - before.since_sold_ms:,}"
        table.add_row(
            hop.what,
            hop.platform or "",
            f"{hop.since_sold_ms:,}",
            f"{hop.since_accepted_ms:,}",
            took,
            hop.state or "",
            f"{hop.at:%Y-%m-%d %H:%M:%S.%f}"[:-3],
        )
        before = hop
    for change in way.changes:
        reason = screen.plain(change.reason or "")
        table.add_row(change.what, change.by, "", "", "", reason, f"{change.at:%Y-%m-%d %H:%M:%S}")
    return table
