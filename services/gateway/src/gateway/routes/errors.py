"""What people see when something is refused, missing or broken: what happened, what it means, what to do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from logging import ERROR, WARNING
from typing import cast

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from kit.errors import Refused, is_transient
from kit.http import invalid_request
from kit.logs import logger
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.client import OwnerAwayError
from gateway.routes.guard import SignInNeededError, context_of
from gateway.routes.rendering import is_htmx, see, toast

log = logger(__name__)

Handler = Callable[[Request, Exception], Awaitable[Response]]

_TITLES = {
    403: "Not allowed",
    404: "Not found",
    413: "Too large",
    429: "Too many attempts",
    503: "Not available right now",
}
_NO_PAGE = "There is no such page. It may have moved, or the address has a typing mistake."
_AWAY = "This part of Soldwire does not answer at the moment. Your data is safe; we try again by ourselves."
_BROKEN = "This failed on our side and is logged. Nothing you did is lost; try again in a moment."


_INVALID = "Something in this address or form is not what it should be. Go back, change it, then try again."


def install(app: FastAPI) -> None:
    """Pages for people, problem+json for programs."""
    problem = cast(Handler, app.exception_handlers[Refused])
    app.add_exception_handler(Refused, _refused(problem))
    app.add_exception_handler(OwnerAwayError, _away(problem))
    app.add_exception_handler(RequestValidationError, _invalid(problem))
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(SignInNeededError, _sign_in)
    app.user_middleware.append(Middleware(Failures, problem=cast(Handler, app.exception_handlers[Exception])))


class Failures:
    """Answers what no route foresaw, innermost, so that these answers carry every header too."""

    def __init__(self, app: ASGIApp, problem: Handler) -> None:
        self._app = app
        self._problem = problem

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            if started or scope["type"] != "http":
                raise
            response = await self._answer(Request(scope, receive), error)
            await response(scope, receive, send)

    async def _answer(self, request: Request, error: Exception) -> Response:
        passes = is_transient(error)
        log.log(WARNING if passes else ERROR, "a request failed", path=request.url.path, exc_info=error)
        if _is_program(request):
            return await self._problem(request, error)
        return _answer(request, 503 if passes else 500, _AWAY if passes else _BROKEN)


def _refused(problem: Handler) -> Handler:
    async def refused(request: Request, error: Exception) -> Response:
        found = cast(Refused, error)
        if _is_program(request):
            response = await problem(request, error)
            if "retry_after_seconds" in found.details:
                response.headers["retry-after"] = str(found.details["retry_after_seconds"])
            return response
        return _answer(request, found.status, found.message)

    return refused


def _away(problem: Handler) -> Handler:
    async def away(request: Request, error: Exception) -> Response:
        log.warning("an owner did not answer", owner=str(error), path=request.url.path)
        if _is_program(request):
            return await problem(request, Refused("unavailable", _AWAY, status=503))
        return _answer(request, 503, _AWAY)

    return away


def _invalid(problem: Handler) -> Handler:
    async def invalid(request: Request, error: Exception) -> Response:
        found = cast(RequestValidationError, error)
        if _is_program(request):
            return await problem(request, invalid_request(found))
        if any(e["loc"][0] == "path" for e in found.errors()):
            return _answer(request, 404, _NO_PAGE)
        return _answer(request, 422, _INVALID)

    return invalid


async def _http(request: Request, error: Exception) -> Response:
    found = cast(HTTPException, error)
    return _answer(request, found.status_code, _NO_PAGE if found.status_code == 404 else str(found.detail))


async def _sign_in(request: Request, error: Exception) -> Response:
    return see(request, cast(SignInNeededError, error).location)


def _is_program(request: Request) -> bool:
    return request.url.path.startswith(("/api/", "/admin/"))


def _answer(request: Request, status: int, message: str) -> Response:
    if is_htmx(request):
        return Response(status_code=status, headers=toast(message, "red"))
    values = {"title": _TITLES.get(status, "This did not work"), "message": message}
    return context_of(request).pages.page(request, "pages/error.html", values, visitor=None, status=status)
