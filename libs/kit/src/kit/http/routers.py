"""Routes that every service has: health, metrics, dead letters, the outbox."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import AwareDatetime, BaseModel

from kit import dead_letters
from kit.database import Database
from kit.dead_letters import DeadLetter
from kit.http.callers import OperationsDep
from kit.replay import replay

Health = Callable[[], Awaitable[tuple[bool, dict[str, object]]]]
Redrive = Callable[[UUID], Awaitable[None]]
LetterState = Literal["open", "redriven", "discarded"]


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
