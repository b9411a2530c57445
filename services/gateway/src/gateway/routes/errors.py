"""What people see when something is refused, missing or broken: what happened, what it means, what to do."""

from __future__ import annotations

from typing import cast

from fastapi import FastAPI, Request, Response
from kit.errors import Refused
from kit.logs import logger
from starlette.exceptions import HTTPException

from gateway.client import OwnerAwayError
from gateway.routes.guard import SignInNeededError, context_of
from gateway.routes.rendering import is_htmx, see, toast

log = logger(__name__)

_TITLES = {
    403: "Not allowed",
    404: "Not found",
    413: "Too large",
    429: "Too many attempts",
    503: "Not available right now",
}
_AWAY = "This part of Soldwire does not answer at the moment. Your data is safe; we try again by ourselves."
_BROKEN = "This failed on our side and is logged. Nothing you did is lost; try again in a moment."


def install(app: FastAPI) -> None:
    """Pages for people, problem+json for programs."""
    kit_refused = app.exception_handlers[Refused]

    async def refused(request: Request, error: Exception) -> Response:
        if request.url.path.startswith(("/api/", "/admin/")):
            return cast(Response, await kit_refused(request, error))  # type: ignore[misc]
        found = cast(Refused, error)
        return _answer(request, found.status, found.message)

    async def away(request: Request, error: Exception) -> Response:
        log.warning("an owner did not answer", owner=str(error), path=request.url.path)
        if request.url.path.startswith("/api/"):
            return cast(Response, await kit_refused(request, Refused("unavailable", _AWAY, status=503)))  # type: ignore[misc]
        return _answer(request, 503, _AWAY)

    async def missing(request: Request, error: Exception) -> Response:
        found = cast(HTTPException, error)
        text = "There is no such page. It may have moved, or the address has a typing mistake."
        return _answer(request, found.status_code, text if found.status_code == 404 else str(found.detail))

    async def broken(request: Request, error: Exception) -> Response:
        log.error("a request failed", path=request.url.path, exc_info=error)
        return _answer(request, 500, _BROKEN)

    async def sign_in(request: Request, error: Exception) -> Response:
        return see(request, cast(SignInNeededError, error).location)

    app.add_exception_handler(Refused, refused)
    app.add_exception_handler(OwnerAwayError, away)
    app.add_exception_handler(HTTPException, missing)
    app.add_exception_handler(SignInNeededError, sign_in)
    app.add_exception_handler(Exception, broken)


def _answer(request: Request, status: int, message: str) -> Response:
    if is_htmx(request):
        return Response(status_code=status, headers=toast(message, "red"))
    values = {"title": _TITLES.get(status, "This did not work"), "message": message}
    return context_of(request).pages.page(request, "pages/error.html", values, visitor=None, status=status)
