"""The application of a service, and what stands before its routes."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kit.errors import Refused, is_transient, is_unstorable
from kit.http.answers import on_error, on_http, on_invalid, on_refused, problem
from kit.logs import logger
from kit.settings import ServiceSettings

log = logger(__name__)


def make_app(
    service: str,
    settings: ServiceSettings,
    routers: Sequence[APIRouter],
    *,
    body_limit: int = 10 * 1024 * 1024,
) -> FastAPI:
    """The FastAPI application of a service with its routers and the product's error answers."""
    app = FastAPI(title=f"Soldwire {service}", version="0.1.0", docs_url=None, redoc_url=None)
    app.state.settings = settings
    app.state.service = service
    app.add_exception_handler(Refused, on_refused)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(Exception, on_error)
    app.add_middleware(_TransientErrors)
    app.add_middleware(BodyLimit, limit=body_limit)
    for router in routers:
        app.include_router(router)
    return app


class BodyLimit:
    """Refuses bodies over a limit before they are held in memory."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry: counts the bytes as they come in."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        size = int(dict(scope["headers"]).get(b"content-length") or 0)
        seen = 0

        async def limited() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._limit:
                raise Refused("too_large", f"The body is over {self._limit} bytes.", status=413)
            return message

        if size > self._limit:
            response = problem(Refused("too_large", f"The body is over {self._limit} bytes.", status=413))
            await response(scope, receive, send)
            return
        await self._app(scope, limited, send)


class _TransientErrors:
    """Answers 503 for database errors that pass by themselves, without Starlette logging them as crashes.

    Nor is a sender that hangs up before its body has come a crash of ours: there is nobody left to answer.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Refused as error:
            if started or scope["type"] != "http":
                raise
            await problem(error)(scope, receive, send)
        except ClientDisconnect:
            log.info("the sender hung up before its body had come", path=scope["path"])
        except Exception as error:
            known = is_transient(error) or is_unstorable(error)
            if started or scope["type"] != "http" or not known:
                raise
            response = await on_error(Request(scope), error)
            log.warning(f"answered {response.status_code}", path=scope["path"], error=repr(error))
            await response(scope, receive, send)
