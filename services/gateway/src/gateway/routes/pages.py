"""The pages: each is a frame around its panels."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request, Response

from gateway.routes.context import Context
from gateway.routes.guard import ContextDep, VisitorDep
from gateway.routes.panels import PANELS, Ask, compose
from gateway.routes.panels.sales import FILTERS
from gateway.usecases import Visitor
from gateway.wire.saying import words

router = APIRouter(include_in_schema=False)

DASHBOARD = ("runs", "truth", "stats", "needs", "latest", "days", "accounts")
VIEWS: tuple[tuple[str, dict[str, str]], ...] = (
    ("All", {}),
    ("Not Paid", {"status": "not_paid"}),
    ("Complete", {"status": "complete"}),
    ("Paid", {"status": "paid"}),
    ("Still for sale elsewhere", {"delist": "open"}),
    ("Owner unknown", {"status": "owner_unknown"}),
    ("Waiting for fees", {"fees": "waiting"}),
)


async def framed(
    request: Request,
    context: Context,
    visitor: Visitor,
    template: str,
    panels: tuple[str, ...],
    *,
    query: dict[str, str] | None = None,
    sale_id: UUID | None = None,
    status: int = 200,
    **values: object,
) -> Response:
    """A page of these panels."""
    ask = Ask(context, visitor, query or {})
    stream = {"mark": context.hub.mark(visitor.tenant_id), **({"sale": str(sale_id)} if sale_id else {})}
    made = await compose(ask, [PANELS[name] for name in panels])
    shown = {"panels": made, "stream": f"/stream?{urlencode(stream)}", **values}
    return context.pages.page(request, template, shown, visitor=visitor, status=status)


@router.get("/")
async def dashboard(request: Request, context: ContextDep, visitor: VisitorDep) -> Response:
    """What is true now, and the sales as they happen."""
    return await framed(request, context, visitor, "pages/dashboard.html", DASHBOARD)


@router.get("/automations")
async def automations() -> Response:
    """The first of the automations."""
    return Response(status_code=303, headers={"location": "/automations/sync"})


@router.get("/automations/sync")
async def sync(request: Request, context: ContextDep, visitor: VisitorDep) -> Response:
    """Every sale, filtered by the address."""
    query = {name: request.query_params.get(name, "").strip() for name in (*FILTERS, "cursor")}
    return await framed(
        request,
        context,
        visitor,
        "pages/sync.html",
        ("runs", "sales"),
        query=query,
        query_values=query,
        views=VIEWS,
        statuses=[(status, word.text) for status, word in words.SALE_STATUS.items()],
        filtered=any(query[name] for name in FILTERS),
    )


@router.get("/automations/delist")
async def delist(request: Request, context: ContextDep, visitor: VisitorDep) -> Response:
    """Listings of sold articles, by what they need."""
    return await framed(
        request, context, visitor, "pages/delist.html", ("delists",), query=dict(request.query_params)
    )


@router.get("/sales/{sale_id}")
async def sale(request: Request, context: ContextDep, visitor: VisitorDep, sale_id: UUID) -> Response:
    """One sale's way and money."""
    return await framed(
        request,
        context,
        visitor,
        "pages/sale.html",
        ("sale",),
        query={"sale": str(sale_id)},
        sale_id=sale_id,
    )


@router.get("/you")
async def you(request: Request, context: ContextDep, visitor: VisitorDep) -> Response:
    """Who is signed in, colours, sign out: the rail's foot on a small screen."""
    return await framed(request, context, visitor, "pages/you.html", ())
