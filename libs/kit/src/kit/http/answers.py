"""Errors as problem+json: what is wrong where, in words, and whether to try again."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import cast

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from kit.errors import Invalid, Refused, is_transient, is_unstorable


class Problem(JSONResponse):
    """In ASCII: what is told may quote a lone surrogate, which no UTF-8 can hold."""

    media_type = "application/problem+json"

    def render(self, content: object) -> bytes:
        """The body's bytes."""
        return json.dumps(content, separators=(",", ":")).encode()


def problem(error: Refused) -> JSONResponse:
    """A refusal as it is answered, with Retry-After where waiting helps."""
    body = {
        "type": "about:blank",
        "status": error.status,
        "code": error.code,
        "title": error.message,
        "message": error.message,
        "details": error.details,
    }
    response = Problem(body, status_code=error.status)
    if "retry_after" in error.details:
        response.headers["Retry-After"] = str(error.details["retry_after"])
    return response


async def on_refused(_: Request, error: Exception) -> Response:
    """What a route refuses by itself."""
    return problem(error) if isinstance(error, Refused) else Response(status_code=500)


def invalid_request(error: RequestValidationError) -> Invalid:
    """What is wrong where, without the input: it may be what nobody else should read, or bytes that are no text."""
    wrong = [{"where": [str(part) for part in e["loc"]], "what": e["msg"]} for e in error.errors()]
    return Invalid("invalid_request", "The request is not what it should be; see details.", wrong=wrong)


async def on_invalid(_: Request, error: Exception) -> Response:
    """What does not fit the route's contract."""
    return problem(invalid_request(cast(RequestValidationError, error)))


async def on_http(_: Request, error: Exception) -> Response:
    """What the framework refuses by itself: no such address or verb, a body that can't be read at all."""
    found = cast(HTTPException, error)
    response = problem(
        Refused(HTTPStatus(found.status_code).name.lower(), str(found.detail), status=found.status_code)
    )
    response.headers.update(found.headers or {})
    return response


async def on_error(_: Request, error: Exception) -> Response:
    """503 while PostgreSQL is away, so that a marketplace sends again; it never reads as accepted.

    422 for what PostgreSQL can't hold whoever asks: sending it again would not help.
    """
    if is_unstorable(error):
        message = "This holds a character or a figure that can't be kept; change it and try again."
        return problem(Invalid("not_storable", message))
    if is_transient(error):
        message = "This is not available right now; try again."
        return problem(Refused("unavailable", message, status=503, retry_after=1))
    return problem(Refused("internal", "This failed on our side; it is logged.", status=500))
