"""Cookies, the visitor behind a request, and the proof an unsafe request must carry."""

from __future__ import annotations

import math
import time
from ipaddress import ip_address, ip_network
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import Depends, Request, Response
from kit.errors import Forbidden, Refused

from gateway import usecases
from gateway.routes.context import Context
from gateway.routes.protection import SAFE_METHODS
from gateway.usecases import KeyHolder, Visitor, proves

CSRF_HEADER = "x-csrf-token"
CSRF_FIELD = "csrf"


class SignInNeededError(Exception):
    """Nobody is signed in; `next_path` is where to go after."""

    def __init__(self, next_path: str) -> None:
        super().__init__(next_path)
        self.next_path = next_path

    @property
    def location(self) -> str:
        """The sign-in page that leads back."""
        return "/sign-in" if self.next_path == "/" else f"/sign-in?next={quote(self.next_path)}"


def context_of(request: Request) -> Context:
    """The wired collaborators."""
    found = request.app.state.context
    assert isinstance(found, Context)
    return found


def cookie_name(context: Context, name: str) -> str:
    """`__Host-` binds a cookie to this very host, but only https may set it."""
    return f"__Host-soldwire_{name}" if context.manner.https else f"soldwire_{name}"


def set_cookie(
    response: Response, context: Context, name: str, value: str, max_age: int | None = None
) -> None:
    """A cookie no script reads and no other site's form carries."""
    response.set_cookie(
        cookie_name(context, name),
        value,
        max_age=max_age,
        path="/",
        secure=context.manner.https,
        httponly=True,
        samesite="lax",
    )


def read_cookie(request: Request, name: str) -> str | None:
    """The value of one of our cookies."""
    return request.cookies.get(cookie_name(context_of(request), name))


def address_of(request: Request) -> str:
    """Whom to count a try under: the client's address as far as it can be trusted, of IPv6 its network."""
    found = _client(request)
    try:
        address = ip_address(found)
    except ValueError:
        return found
    return str(ip_network((address, 64), strict=False)) if address.version == 6 else found


def _client(request: Request) -> str:
    if context_of(request).manner.trust_forwarded_for:
        last = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
        if last:
            return last
    return request.client.host if request.client else "unknown"


async def visitor(request: Request) -> Visitor:
    """Who is signed in. Raises SignInNeededError; for unsafe methods Forbidden without the form's proof."""
    context = context_of(request)
    token = read_cookie(request, "session")
    found = None
    if token:
        async with context.database.bus() as uow:
            found = await usecases.visit(uow, token, context.rules)
    if found is None:
        raise SignInNeededError(_way_back(request))
    if request.method not in SAFE_METHODS:
        await require_proof(request, found.csrf)
    return found


async def writer(request: Request) -> Visitor:
    """A visitor who may change things. Raises Forbidden for viewers."""
    found = await visitor(request)
    if found.role == "viewer":
        raise Forbidden(
            "read_only", "You may look but not change anything here. Ask the owner for another role."
        )
    return found


def _way_back(request: Request) -> str:
    """The page a person was on: htmx names it, for what it asks is a part of it."""
    shown = request.headers.get("hx-current-url")
    if shown is None and (request.method not in SAFE_METHODS or "hx-request" in request.headers):
        return "/"
    try:
        url = urlsplit(shown or str(request.url))
    except ValueError:  # what is no address leads nowhere
        return "/"
    return (url.path or "/") + (f"?{url.query}" if url.query else "")


async def require_proof(request: Request, expected: str) -> None:
    """Refuse an unsafe request whose header or form field does not carry the proof."""
    given = request.headers.get(CSRF_HEADER)
    if given is None:
        field = (await request.form()).get(CSRF_FIELD)
        given = field if isinstance(field, str) else None
    if not proves(expected, given):
        raise Forbidden("form_expired", "This page is out of date. Load it again, then repeat what you did.")


async def key_holder(request: Request) -> KeyHolder:
    """The program behind `Authorization: Bearer sw_…`. Raises Unauthorized, and Refused (429) for too many calls."""
    context = context_of(request)
    _pace(context, "address", address_of(request))
    token = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    async with context.database.bus() as uow:
        holder = await usecases.use_key(uow, token)
    _pace(context, "token", str(holder.key_id))
    _pace(context, "tenant", str(holder.tenant_id))
    return holder


def _pace(context: Context, what: str, key: str) -> None:
    wait = context.meters[what].take(key, time.monotonic())
    if wait:
        seconds = math.ceil(wait)
        raise Refused(
            "too_fast", f"Too many calls. Wait {seconds} s.", status=429, retry_after_seconds=seconds
        )


ContextDep = Annotated[Context, Depends(context_of)]
VisitorDep = Annotated[Visitor, Depends(visitor)]
WriterDep = Annotated[Visitor, Depends(writer)]
KeyDep = Annotated[KeyHolder, Depends(key_holder)]
