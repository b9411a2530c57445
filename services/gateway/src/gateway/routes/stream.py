"""Live hints by server-sent events: what changed, never what it is now."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from gateway.routes.guard import ContextDep, VisitorDep
from gateway.usecases import Hub, Visitor

router = APIRouter(include_in_schema=False)

HEARTBEAT_SECONDS = 15.0
PACE_SECONDS = 0.4
"""A page re-reads at most this often; hints in between collapse into one."""
LIFE_SECONDS = 600.0
"""Then the page is told `bye` and connects again, and with it the session is checked again."""


@router.get("/stream")
async def stream(
    context: ContextDep, visitor: VisitorDep, mark: str = "", sale: Annotated[UUID | None, Query()] = None
) -> Response:
    """Stream hints of the visitor's tenant, or of one sale. `mark` is where the hints stood when the page was made.

    Events carry no id: `Last-Event-ID` has no meaning here, since a page reads everything again on `hello`
    after a reconnect, and a missed hint costs nothing.
    """
    body = _events(context.hub, visitor, mark, sale)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(body, media_type="text/event-stream", headers=headers)


async def _events(hub: Hub, visitor: Visitor, mark: str, sale: UUID | None) -> AsyncIterator[str]:
    ends = time.monotonic() + LIFE_SECONDS
    with hub.listening(visitor.tenant_id, sale) as browser:
        reading = hub.reading
        missed = mark != hub.mark(visitor.tenant_id)
        yield _event("hello", {"reading": reading, "missed": missed})
        while time.monotonic() < ends:
            hints = await browser.take(HEARTBEAT_SECONDS)
            if hub.reading != reading:
                reading = hub.reading
                yield _event("heard" if reading else "deaf", {})
            for kind, subjects in hints.items():
                yield _event(kind, {"ids": [str(subject) for subject in subjects]})
            if not hints:
                yield ": beat\n\n"
            await asyncio.sleep(PACE_SECONDS)
        yield _event("bye", {})


def _event(name: str, data: dict[str, object]) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"
