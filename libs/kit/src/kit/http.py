"""HTTP for every service: errors as problem+json, signed callers, health, metrics, dead letters."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Annotated, Literal, cast
from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import AwareDatetime, BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kit import dead_letters, tokens
from kit.database import Database
from kit.dead_letters import DeadLetter
from kit.errors import Forbidden, Invalid, Refused, Unauthorized, is_transient, is_unstorable
from kit.logs import logger
from kit.replay import replay
from kit.settings import ServiceSettings
from kit.tokens import Caller

log = logger(__name__)

Health = Callable[[], Awaitable[tuple[bool, dict[str, object]]]]
Redrive = Callable[[UUID], Awaitable[None]]
LetterState = Literal["open", "redriven", "discarded"]


def caller(request: Request) -> Caller:
    """The caller a request's bearer token speaks for. Raises Unauthorized."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthorized("no_token", "This address needs a token signed by the gateway.")
    return tokens.verify(request.app.state.settings, token.strip(), audience=request.app.state.service)


def operations_caller(request: Request) -> Caller:
    """The caller, who must be of the operations role. Raises Unauthorized or Forbidden."""
    found = caller(request)
    if found.role != "operations":
        raise Forbidden("not_operations", "Only the operations role may do this.")
    return found


def writing_caller(request: Request) -> Caller:
    """The caller, who must be allowed to change things. Raises Unauthorized or Forbidden."""
    found = caller(request)
    if found.role == "viewer":
        raise Forbidden("read_only", "This user may look but not change anything.")
    return found


CallerDep = Annotated[Caller, Depends(caller)]
WriterDep = Annotated[Caller, Depends(writing_caller)]
OperationsDep = Annotated[Caller, Depends(operations_caller)]


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
            response = _problem(Refused("too_large", f"The body is over {self._limit} bytes.", status=413))
            await response(scope, receive, send)
            return
        await self._app(scope, limited, send)


class _Problem(JSONResponse):
    """In ASCII: what is told may quote a lone surrogate, which no UTF-8 can hold."""

    media_type = "application/problem+json"

    def render(self, content: object) -> bytes:
        """The body's bytes."""
        return json.dumps(content, separators=(",", ":")).encode()


def _problem(error: Refused) -> JSONResponse:
    body = {
        "type": "about:blank",
        "status": error.status,
        "code": error.code,
        "title": error.message,
        "message": error.message,
        "details": error.details,
    }
    response = _Problem(body, status_code=error.status)
    if "retry_after" in error.details:
        response.headers["Retry-After"] = str(error.details["retry_after"])
    return response


async def _on_refused(_: Request, error: Exception) -> Response:
    return _problem(error) if isinstance(error, Refused) else Response(status_code=500)


def invalid_request(error: RequestValidationError) -> Invalid:
    """What is wrong where, without the input: it may be what nobody else should read, or bytes that are no text."""
    wrong = [{"where": [str(part) for part in e["loc"]], "what": e["msg"]} for e in error.errors()]
    return Invalid("invalid_request", "The request is not what it should be; see details.", wrong=wrong)


async def _on_invalid(_: Request, error: Exception) -> Response:
    return _problem(invalid_request(cast(RequestValidationError, error)))


async def _on_http(_: Request, error: Exception) -> Response:
    """What the framework refuses by itself: no such address or verb, a body that can't be read at all."""
    found = cast(HTTPException, error)
    response = _problem(
        Refused(HTTPStatus(found.status_code).name.lower(), str(found.detail), status=found.status_code)
    )
    response.headers.update(found.headers or {})
    return response


async def _on_error(_: Request, error: Exception) -> Response:
    """503 while PostgreSQL is away, so that a marketplace sends again; it never reads as accepted.

    422 for what PostgreSQL can't hold whoever asks: sending it again would not help.
    """
    if is_unstorable(error):
        message = "This holds a character or a figure that can't be kept; change it and try again."
        return _problem(Invalid("not_storable", message))
    if is_transient(error):
        message = "This is not available right now; try again."
        return _problem(Refused("unavailable", message, status=503, retry_after=1))
    return _problem(Refused("internal", "This failed on our side; it is logged.", status=500))


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
    app.add_exception_handler(Refused, _on_refused)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_error)
    app.add_middleware(_TransientErrors)
    app.add_middleware(BodyLimit, limit=body_limit)
    for router in routers:
        app.include_router(router)
    return app


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
            await _problem(error)(scope, receive, send)
        except ClientDisconnect:
            log.info("the sender hung up before its body had come", path=scope["path"])
        except Exception as error:
            known = is_transient(error) or is_unstorable(error)
            if started or scope["type"] != "http" or not known:
                raise
            response = await _on_error(Request(scope), error)
            log.warning(f"answered {response.status_code}", path=scope["path"], error=repr(error))
            await response(scope, receive, send)


def health_router(health: Health) -> APIRouter:
    """`/live`: the process turns. `/ready`: it can serve (PostgreSQL answers). `/metrics`: Prometheus."""
    router = APIRouter(tags=["health"])

    @router.get("/live")
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @router.get("/ready")
    async def ready() -> JSONResponse:
        ok, details = await health()
        return JSONResponse({"ready": ok, **details}, status_code=200 if ok else 503)

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router


def _shown(letter: DeadLetter) -> dict[str, object]:
    return {
        "id": str(letter.id),
        "subscriber": letter.subscriber,
        "source": letter.source,
        "partition": letter.partition,
        "offset": letter.position if letter.partition >= 0 and letter.position >= 0 else None,
        "reason": letter.reason,
        "error": letter.error,
        "tenant_id": str(letter.tenant_id) if letter.tenant_id else None,
        "state": letter.state,
        "attempts": letter.attempts,
        "created_at": letter.created_at.isoformat(),
    }


class Since(BaseModel):
    """From when on."""

    since: AwareDatetime


def outbox_router(database: Database) -> APIRouter:
    """The outbox for the operations role: everything said since a time can be said again, as after a loss of Kafka."""
    router = APIRouter(prefix="/admin/outbox", tags=["operations"])

    @router.post("/replay", status_code=202)
    async def replayed(asked: Since, _: OperationsDep) -> dict[str, int]:
        return {"facts": await replay(database, asked.since)}

    return router


def admin_router(database: Database, redrive: Redrive) -> APIRouter:
    """Dead letters for the operations role: list, show, redrive, discard."""
    router = APIRouter(prefix="/admin/dead-letters", tags=["operations"])

    @router.get("")
    async def listed(
        _: OperationsDep, state: LetterState = "open", limit: Annotated[int, Query(ge=1, le=1000)] = 200
    ) -> list[dict[str, object]]:
        async with database.bus() as uow:
            return [_shown(letter) for letter in await dead_letters.listed(uow, state=state, limit=limit)]

    @router.get("/{letter_id}")
    async def shown(letter_id: UUID, _: OperationsDep) -> dict[str, object]:
        async with database.bus() as uow:
            letter = await dead_letters.get(uow, letter_id)
        payload = base64.b64encode(letter.payload).decode()
        return {
            **_shown(letter),
            "payload_base64": payload,
            "payload": letter.payload.decode("utf-8", "replace"),
        }

    @router.post("/{letter_id}/redrive")
    async def redriven(letter_id: UUID, _: OperationsDep) -> dict[str, str]:
        await redrive(letter_id)
        return {"id": str(letter_id), "state": "redriven"}

    @router.post("/{letter_id}/discard")
    async def discarded(letter_id: UUID, _: OperationsDep) -> dict[str, str]:
        async with database.bus() as uow:
            await dead_letters.take(uow, letter_id)
            await dead_letters.decide(uow, letter_id, "discarded")
        return {"id": str(letter_id), "state": "discarded"}

    return router
