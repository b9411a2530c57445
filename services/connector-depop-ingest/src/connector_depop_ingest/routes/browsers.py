"""What a paired browser does: pair, upload, take tasks and report. Its token opens one shop and these verbs only."""

from __future__ import annotations

import hashlib
from datetime import datetime
from uuid import UUID

from connector_kit.sealing import Sealer
from fastapi import APIRouter, Request, Response
from kit import telemetry
from kit.database import Database
from kit.errors import Invalid, Refused
from kit.failpoints import Failpoint
from kit.jobs import Wake
from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from connector_depop_ingest import usecases
from connector_depop_ingest.routes.door import Door, Limits
from connector_depop_ingest.usecases import TakeDown, Verb
from connector_depop_ingest.usecases.uploads import LISTINGS, SALES_CSV, SOLD_ITEMS
from connector_depop_ingest.wire.uploads import Held, LeaseRequest, Listings, Pair, SoldItems, TaskResult

_KEPT = Failpoint("upload.kept", "an upload is kept, its browser has no answer")
_TASKS_LEASED = Failpoint("tasks.leased", "tasks are leased to a browser that has no answer")
_REPORTED = Failpoint("task.reported", "what became of a task is on record, its browser has no answer")
_TOO_BIG = "This upload is too big. Send it in smaller batches."


class Paired(BaseModel):
    """The token is told once and kept by the browser alone."""

    token: str
    pairing_id: UUID
    account_id: UUID
    shop: str
    verbs: list[Verb]


class Accepted(BaseModel):
    """An upload is kept; `duplicate` when it had been before."""

    batch_id: str
    duplicate: bool


class TaskView(BaseModel):
    """One task in this browser's hands until its lease ends."""

    model_config = ConfigDict(from_attributes=True)

    task_id: UUID
    lease: int
    lease_until: datetime
    action: TakeDown
    slug: str


class Work(BaseModel):
    """What the browser is asked to do now."""

    tasks: list[TaskView]
    read_sold: bool
    read_listings: bool


class StillHeld(BaseModel):
    """Until when a lease lasts."""

    lease_until: datetime


def build(secret: SecretStr, limits: Limits, database: Database, sealer: Sealer, uploads: Wake) -> APIRouter:
    """Routes of browsers. No CORS: an extension's worker needs none, and no web page may ask."""
    router = APIRouter(prefix="/ingest", tags=["browsers"])
    door = Door(secret, limits, database)

    @router.post("/pair", status_code=201)
    async def pair(request: Request, asked: Pair) -> Paired:
        """Trade a code for a token."""
        await door.may_try(request)
        async with database.bus() as uow:
            pairing, account, token = await usecases.finish_pairing(uow, secret, sealer, asked)
        return Paired(
            token=token,
            pairing_id=pairing.pairing_id,
            account_id=account.account_id,
            shop=account.name,
            verbs=list(Verb),
        )

    _add_uploads(router, door, uploads)
    _add_tasks(router, door)
    return router


def _add_uploads(router: APIRouter, door: Door, uploads: Wake) -> None:
    async def keep(request: Request, topic: str, model: type[SoldItems] | type[Listings] | None) -> Accepted:
        body = await request.body()
        if len(body) > door.limits.upload_bytes:
            raise Refused("too_large", _TOO_BIG, status=413)
        async with door.session(request) as (uow, session):
            batch = _batch_of(body, model)
            trace = telemetry.current_traceparent()
            new = await usecases.accept_upload(uow, session, topic, batch, body, trace)
            uow.after_commit(uploads.wake)
        _KEPT.reached()
        return Accepted(batch_id=batch, duplicate=not new)

    @router.post("/sold-items", status_code=202)
    async def sold_items(request: Request) -> Accepted:
        """Receipts a browser read; kept at once, mapped after."""
        return await keep(request, SOLD_ITEMS, SoldItems)

    @router.post("/listings", status_code=202)
    async def listings(request: Request) -> Accepted:
        """Active items a browser saw."""
        return await keep(request, LISTINGS, Listings)

    @router.post("/sales-csv", status_code=202)
    async def csv_export(request: Request) -> Accepted:
        """Depop's own sales export, as the seller downloaded it."""
        return await keep(request, SALES_CSV, None)


def _batch_of(body: bytes, model: type[SoldItems] | type[Listings] | None) -> str:
    """A batch's own id; a file's content is its id. Raises Invalid for a body that is no batch at all."""
    if model is None:
        return hashlib.sha256(body).hexdigest()
    try:
        return str(model.model_validate_json(body).batch_id)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise Invalid(
            "not_a_batch", f"{'.'.join(map(str, first['loc'])) or 'body'}: {first['msg']}"
        ) from error


def _add_tasks(router: APIRouter, door: Door) -> None:
    lease = door.limits.task_lease

    @router.post("/tasks/lease")
    async def take(request: Request, asked: LeaseRequest) -> Work:
        """Take tasks of this shop."""
        async with door.session(request) as (uow, session):
            leases = await usecases.lease_tasks(uow, session, limit=asked.limit, lease=lease)
        if leases.tasks:
            _TASKS_LEASED.reached()
        tasks = [TaskView.model_validate(task) for task in leases.tasks]
        return Work(tasks=tasks, read_sold=leases.read_sold, read_listings=leases.read_listings)

    @router.post("/tasks/{task_id}/heartbeat")
    async def heartbeat(request: Request, task_id: UUID, held: Held) -> StillHeld:
        """Keep a task for longer; 409 once another browser has it."""
        async with door.session(request) as (uow, session):
            until = await usecases.keep_lease(uow, session, task_id, held.lease, lease)
        return StillHeld(lease_until=until)

    @router.post("/tasks/{task_id}/result", status_code=204)
    async def report(request: Request, task_id: UUID, result: TaskResult) -> Response:
        """Say what became of a task; 409 once another browser has it."""
        async with door.session(request) as (uow, session):
            await usecases.report_task(uow, session, task_id, result)
        _REPORTED.reached()
        return Response(status_code=204)
