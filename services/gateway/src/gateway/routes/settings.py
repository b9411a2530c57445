"""Settings: the page of connected accounts, and what a person does with one."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import HTMLResponse
from kit.errors import NotFound, Refused

from gateway.client import OwnerAwayError
from gateway.routes.context import Context
from gateway.routes.guard import ContextDep, VisitorDep, WriterDep
from gateway.routes.pages import framed
from gateway.routes.passing import PassedOn
from gateway.routes.rendering import is_htmx, see, toast
from gateway.usecases import Visitor, shop_domain
from gateway.wire.accounts import Account
from gateway.wire.saying import words

router = APIRouter(include_in_schema=False)
ACCOUNTS = "/settings/accounts"
PAGE = "pages/accounts.html"
Short = Annotated[str, Query(max_length=200)]


@router.get("/settings")
async def settings() -> Response:
    """The first of the settings."""
    return Response(status_code=303, headers={"location": ACCOUNTS})


@router.get(ACCOUNTS)
async def accounts(
    request: Request,
    context: ContextDep,
    visitor: VisitorDep,
    connected: Short = "",
    failed: Short = "",
    shop: Short = "",
) -> Response:
    """Every account, and how to connect a shop. `connected` and `failed` are what became of connecting just now."""
    return await framed(
        request,
        context,
        visitor,
        PAGE,
        ("connected",),
        notice=await _now_connected(context, visitor, connected),
        problem=words.connect_failed(failed) if failed else "",
        at_form=False,
        code=failed if failed in words.CONNECT_FAILED else "",
        shop=shop_domain(shop) or "",
        own_app=failed == "oauth_not_configured" or bool(shop),
    )


async def _now_connected(context: Context, visitor: Visitor, told: str) -> str:
    """The shop that is said to be connected now, if it is: anybody can make an address that says so."""
    shop = shop_domain(told)
    return shop if shop and await connected_shop(context, visitor, shop) else ""


async def connected_shop(context: Context, visitor: Visitor, shop: str) -> Account | None:
    """The shop's account, where it is connected; None also while nobody can say so."""
    try:
        found = await context.owners.accounts.listed(visitor)
    except OwnerAwayError:
        return None
    mine = (a for a in found.accounts if (a.platform, a.address, a.state) == ("shopify", shop, "connected"))
    return next(mine, None)


@router.post("/settings/accounts/{platform}/{account_id}")
async def change(
    request: Request,
    context: ContextDep,
    visitor: WriterDep,
    platform: str,
    account_id: UUID,
    sold_out: Annotated[str, Form(max_length=20)],
    stock_master: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Who counts stock, and what becomes of a sold-out product."""
    if sold_out not in words.SOLD_OUT:
        raise Refused("no_such_choice", "Choose what becomes of a sold-out product.", status=422)
    await context.owners.accounts.change(
        visitor, platform, account_id, stock_master=bool(stock_master), sold_out=sold_out
    )
    if is_htmx(request):
        return Response(status_code=204, headers=toast("Saved."))
    return see(request, ACCOUNTS)


@router.post("/settings/accounts/{platform}/{account_id}/test")
async def test(
    request: Request, context: ContextDep, visitor: WriterDep, platform: str, account_id: UUID
) -> Response:
    """Ask the marketplace now, and show what each part said."""
    tested = await context.owners.accounts.test(visitor, platform, account_id)
    if is_htmx(request):
        return HTMLResponse(context.pages.fragment("components/tested.html", {"tested": tested}))
    return await framed(request, context, visitor, "pages/tested.html", (), tested=tested)


@router.get("/settings/accounts/{platform}/{account_id}/disconnect")
async def ask_to_disconnect(
    request: Request, context: ContextDep, visitor: WriterDep, platform: str, account_id: UUID
) -> Response:
    """What disconnecting means, before it is done."""
    found = await context.owners.accounts.listed(visitor)
    for account in found.accounts:
        if (account.platform, account.account_id) == (platform, account_id):
            return await framed(request, context, visitor, "pages/disconnect.html", (), account=account)
    raise NotFound("no_such_account", "There is no such account.")


@router.post("/settings/accounts/{platform}/{account_id}/disconnect")
async def disconnect(
    request: Request, context: ContextDep, visitor: WriterDep, platform: str, account_id: UUID
) -> Response:
    """Stop acting for it."""
    await context.owners.accounts.disconnect(visitor, platform, account_id)
    return see(request, ACCOUNTS)


@router.get("/settings/data-requests/{request_id}")
async def data_request(context: ContextDep, visitor: WriterDep, request_id: UUID) -> Response:
    """What a buyer asked for, to be handed on."""
    name = f"customer-data-{request_id}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    found = await context.owners.shops.data_of(visitor, request_id)
    return PassedOn(found, media_type="application/json", headers=headers)
