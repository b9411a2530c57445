"""Connecting a Shopify shop: by signing in at Shopify, or by an app of the shop's own."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request, Response
from kit.errors import Refused

from gateway import usecases
from gateway.client import OwnerAwayError
from gateway.routes.context import Context
from gateway.routes.guard import ContextDep, WriterDep, read_cookie
from gateway.routes.pages import framed
from gateway.routes.rendering import see
from gateway.routes.settings import ACCOUNTS, PAGE
from gateway.usecases import Visitor, shop_domain
from gateway.wire.accounts import Account
from gateway.wire.saying import words

router = APIRouter(prefix="/connect/shopify", include_in_schema=False)

Name = Annotated[str, Form(max_length=300)]
Secret = Annotated[str, Form(max_length=500)]


@router.get("")
async def arrive(
    request: Request,
    context: ContextDep,
    visitor: WriterDep,
    shop: Annotated[str, Query(max_length=300)] = "",
) -> Response:
    """Where Shopify sends who opens our app there: asks first, for anybody could have sent the link.

    It sends him so each time, also long after: whose shop is connected is shown the way to its account.
    """
    named = shop_domain(shop)
    if named is None:
        return _back(request, failed="no_shop") if shop else _back(request)
    held = await _connected(context, visitor, named)
    return await framed(request, context, visitor, "pages/connect_shopify.html", (), shop=named, held=held)


@router.post("")
async def start(
    request: Request, context: ContextDep, visitor: WriterDep, shop: Name = "", stock_master: Secret = ""
) -> Response:
    """Send the seller to Shopify, by a page of our own: forms may lead nowhere else than to us."""
    named = shop_domain(shop)
    if named is None:
        return await _shown(request, context, visitor, "no_shop", words.connect_failed("no_shop"), shop=shop)
    try:
        sent = await context.owners.shops.start(
            visitor, named, _session(request, context), stock_master=bool(stock_master)
        )
    except Refused as error:
        said = words.CONNECT_FAILED.get(error.code, error.message)
        return await _shown(request, context, visitor, error.code, said, shop=named)
    if not sent.url.startswith(("https://", "http://")):
        raise OwnerAwayError("connector-shopify", "answered with an address that is none")
    return await framed(request, context, visitor, "pages/leaving.html", (), url=sent.url, shop=named)


@router.get("/callback")
async def come_back(request: Request, context: ContextDep, visitor: WriterDep) -> Response:
    """Where Shopify sends the seller back, whatever he answered."""
    try:
        await context.owners.shops.complete(visitor, request.url.query, _session(request, context))
    except Refused as error:
        return _back(request, failed=error.code)
    except OwnerAwayError:
        return _back(request, failed="unavailable")
    return _back(request, connected=request.query_params.get("shop", ""))


@router.post("/own-app")
async def own_app(
    request: Request,
    context: ContextDep,
    visitor: WriterDep,
    shop: Name = "",
    access_token: Secret = "",
    client_id: Secret = "",
    client_secret: Secret = "",
    stock_master: Secret = "",
) -> Response:
    """Connect by an app of the shop's own: its access token, or its client id and secret."""
    named = shop_domain(shop)
    problem = _lacking(named, access_token, client_id, client_secret)
    if named is None or problem:
        return await _shown(request, context, visitor, "", problem, shop=shop, own_app=True)
    keys = {"access_token": access_token, "client_id": client_id, "client_secret": client_secret}
    given = {name: text.strip() for name, text in keys.items() if text.strip()}
    try:
        await context.owners.shops.connect(
            visitor, {"shop": named, **given, "stock_master": bool(stock_master)}
        )
    except Refused as error:
        return await _shown(request, context, visitor, error.code, error.message, shop=named, own_app=True)
    except OwnerAwayError:
        said = words.connect_failed("unavailable")
        return await _shown(request, context, visitor, "unavailable", said, shop=named, own_app=True)
    return _back(request, connected=named)


async def _connected(context: Context, visitor: Visitor, shop: str) -> Account | None:
    """The shop's account, where it is connected; None also while nobody can say so."""
    try:
        found = await context.owners.accounts.listed(visitor)
    except OwnerAwayError:
        return None
    mine = (a for a in found.accounts if (a.platform, a.address, a.state) == ("shopify", shop, "connected"))
    return next(mine, None)


def _lacking(shop: str | None, access_token: str, client_id: str, client_secret: str) -> str:
    """What a form still needs, in words."""
    if shop is None:
        return words.connect_failed("no_shop")
    if access_token.strip() and client_id.strip():
        return "Give the access token, or the client id with its secret, not both."
    if not access_token.strip() and not (client_id.strip() and client_secret.strip()):
        return "Give the access token of your shop’s app, or its client id and client secret."
    return ""


def _session(request: Request, context: Context) -> str:
    return usecases.session_mark(context.rules, read_cookie(request, "session") or "")


async def _shown(
    request: Request,
    context: Context,
    visitor: Visitor,
    code: str,
    problem: str,
    *,
    shop: str,
    own_app: bool = False,
) -> Response:
    """The page again, with what is wrong and what was typed, but for secrets."""
    return await framed(
        request,
        context,
        visitor,
        PAGE,
        ("connected",),
        status=503 if code == "unavailable" else 422,
        notice="",
        problem=problem,
        at_form=True,
        code=code if code in words.CONNECT_FAILED and code != "no_shop" else "",
        shop=shop,
        own_app=own_app or code == "oauth_not_configured",
    )


def _back(request: Request, **told: str) -> Response:
    query = f"?{urlencode({name: text[:100] for name, text in told.items()})}" if told else ""
    return see(request, ACCOUNTS + query)
