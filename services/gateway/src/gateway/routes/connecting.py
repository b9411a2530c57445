"""Connecting a Shopify shop: by signing in at Shopify, or by an app of the shop's own."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request, Response
from kit.errors import Refused

from gateway import usecases
from gateway.client import OwnerAwayError
from gateway.routes.context import Context
from gateway.routes.guard import (
    ContextDep,
    SignInNeededError,
    WriterDep,
    read_cookie,
    set_cookie,
    writer,
)
from gateway.routes.pages import framed
from gateway.routes.rendering import see
from gateway.routes.settings import ACCOUNTS, PAGE, connected_shop
from gateway.usecases import Visitor, shop_domain
from gateway.wire.accounts import Sent
from gateway.wire.saying import words

router = APIRouter(prefix="/connect/shopify", include_in_schema=False)

Name = Annotated[str, Form(max_length=300)]
Secret = Annotated[str, Form(max_length=500)]
_ARRIVAL, _SIGNING_IN_SECONDS = "arrival", 600


@router.get("")
async def arrive(
    request: Request,
    context: ContextDep,
    shop: Annotated[str, Query(max_length=300)] = "",
) -> Response:
    """Where Shopify sends who installs or opens our app there: on to its consent, if Shopify has signed the link just now.

    Else it asks first, for anybody could have sent the link. Shopify sends him here each time, also long after: whose
    shop is connected is shown the way to its account. Who must sign in first goes on where he was.
    """
    try:
        visitor = await writer(request)
    except SignInNeededError as error:
        return _noted(request, context, see(request, error.location))
    named = shop_domain(shop)
    if named is None:
        return _back(request, failed="no_shop") if shop else _back(request)
    held = await connected_shop(context, visitor, named)
    doubt = "" if held else words.DOUBT["unsigned"]
    if held is None and "hmac" in request.query_params:
        try:
            return await _on(request, context, visitor, named)
        except Refused as error:
            if error.code not in words.DOUBT:
                return _back(request, failed=error.code)
            doubt = words.DOUBT[error.code]
        except OwnerAwayError:
            doubt = words.DOUBT["unavailable"]
    page = "pages/connect_shopify.html"
    return await framed(request, context, visitor, page, (), shop=named, held=held, doubt=doubt)


async def _on(request: Request, context: Context, visitor: Visitor, shop: str) -> Response:
    """To Shopify's consent at once; by a page of ours after a form, for forms may lead nowhere else than to us.

    Raises Refused when the link is not to be trusted.
    """
    query, arrived_at = request.url.query, _arrived_at(request, context)
    session = _session(request, context)
    sent = await context.owners.shops.open_app(visitor, query, session, arrived_at)
    if arrived_at is not None:
        return await _leaving(request, context, visitor, sent, shop)
    return see(request, _address(sent))


def _noted(request: Request, context: Context, response: Response) -> Response:
    """Remember in this browser when it came by this link: a link of Shopify's is good for no longer than signing in takes."""
    if "hmac" in request.query_params:
        arrival = usecases.arrival_mark(context.rules, request.url.query, context.clock())
        set_cookie(response, context, _ARRIVAL, arrival, max_age=_SIGNING_IN_SECONDS)
    return response


def _arrived_at(request: Request, context: Context) -> datetime | None:
    """When this browser came by this link, if it had to sign in first."""
    return usecases.arrival_of(context.rules, request.url.query, read_cookie(request, _ARRIVAL) or "")


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
    return await _leaving(request, context, visitor, sent, named)


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


async def _leaving(request: Request, context: Context, visitor: Visitor, sent: Sent, shop: str) -> Response:
    url = _address(sent)
    return await framed(request, context, visitor, "pages/leaving.html", (), url=url, shop=shop)


def _address(sent: Sent) -> str:
    if not sent.url.startswith(("https://", "http://")):
        raise OwnerAwayError("connector-shopify", "answered with an address that is none")
    return sent.url


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
