"""Signing in and out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from kit.errors import Refused

from gateway import usecases
from gateway.routes.context import Context
from gateway.routes.guard import (
    ContextDep,
    VisitorDep,
    address_of,
    cookie_name,
    read_cookie,
    require_proof,
    set_cookie,
)
from gateway.routes.rendering import see

router = APIRouter(include_in_schema=False)
_WRONG = "This e-mail address and password do not belong together. Check both, then try again."


@router.get("/sign-in")
async def form(request: Request, context: ContextDep, next: str = "/") -> Response:
    """The form."""
    return _shown(request, context, next_path=next)


@router.post("/sign-in")
async def sign_in(
    request: Request,
    context: ContextDep,
    email: Annotated[str, Form(max_length=320)],
    password: Annotated[str, Form(max_length=1024)],
    next: Annotated[str, Form(max_length=2000)] = "/",
) -> Response:
    """Check the password; a session's token goes into a cookie."""
    await require_proof(request, usecases.fresh_form(context.rules, read_cookie(request, "form"))[1])
    try:
        token = await _open(context, address_of(request), email, password)
    except Refused as error:
        return _shown(
            request, context, next_path=next, email=email, message=error.message, status=error.status
        )
    response = see(request, _own_path(next))
    longest = int(context.rules.longest.total_seconds())
    set_cookie(response, context, "session", token, max_age=longest)
    return response


@router.post("/sign-out")
async def sign_out(request: Request, context: ContextDep, _: VisitorDep) -> Response:
    """Forget this browser's session."""
    token = read_cookie(request, "session")
    if token:
        async with context.database.bus() as uow:
            await usecases.close_session(uow, token)
    response = see(request, "/sign-in")
    response.delete_cookie(cookie_name(context, "session"), path="/", secure=context.manner.https)
    return response


async def _open(context: Context, address: str, email: str, password: str) -> str:
    """Count the try, check the password outside any transaction, then open the session."""
    async with context.database.bus() as uow:
        await usecases.count_sign_in(uow, address, email)
    async with context.database.bus() as uow:
        user = await usecases.find_user(uow, email)
    if not await usecases.check_password(user, password) or user is None:
        raise Refused("wrong_password", _WRONG, status=422)
    async with context.database.bus() as uow:
        return await usecases.open_session(uow, user, context.rules)


def _shown(
    request: Request,
    context: Context,
    *,
    next_path: str,
    email: str = "",
    message: str = "",
    status: int = 200,
) -> Response:
    value, proof = usecases.fresh_form(context.rules, read_cookie(request, "form"))
    values = {"csrf": proof, "next": _own_path(next_path), "email": email, "message": message}
    response = context.pages.page(request, "pages/sign_in.html", values, visitor=None, status=status)
    set_cookie(response, context, "form", value)
    return response


def _own_path(path: str) -> str:
    """A path of ours: never another site, whatever the address says."""
    inside = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if inside and path.isprintable() else "/"
