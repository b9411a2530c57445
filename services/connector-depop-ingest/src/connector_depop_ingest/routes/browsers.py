"""What a paired browser does: pair, upload, take tasks and report. Its token opens one shop and these verbs only."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from connector_kit.sealing import Sealer
from connector_kit.store import borrow
from fastapi import APIRouter, Request, Response
from kit import telemetry
from kit.database import Database
from kit.errors import Invalid, Refused, Unauthorized
from kit.unit_of_work import UnitOfWork
from pydantic import BaseModel, ConfigDict, ValidationError

from connector_depop_ingest import usecases
from connector_depop_ingest.config import Settings
from connector_depop_ingest.domain import TakeDown, Verb
from connector_depop_ingest.jobs import Jobs
from connector_depop_ingest.usecases import Session
from connector_depop_ingest.usecases.uploads import LISTINGS, SALES_CSV, SOLD_ITEMS
from connector_depop_ingest.wire.uploads import Held, LeaseRequest, Listings, Pair, SoldItems, TaskResult

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


@dataclass(frozen=True)
class _Door:
    """Lets a request in: by its token, within its rate."""

    settings: Settings
    database: Database

    @asynccontextmanager
    async def session(self, request: Request) -> AsyncIterator[tuple[UnitOfWork, Session]]:
        """A transaction of the token's tenant. Raises Unauthorized, or Refused (429)."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthorized("no_token", "Pair this browser first.")
        async with self.database.bus() as uow:
            session = await usecases.enter_session(uow, self.settings.secret, token.strip())
            await self._within(
                uow,
                f"pairing:{session.pairing_id}",
                self.settings.token_burst,
                self.settings.token_requests_per_second,
            )
            yield uow, session

    async def may_try(self, request: Request) -> None:
        """Raises Refused (429) when an address tries too many codes."""
        address = request.client.host if request.client else ""
        scope = f"pair:{hashlib.sha256(address.encode()).hexdigest()[:16]}"
        tries = self.settings.pair_tries_per_minute
        async with self.database.bus() as uow:
            await self._within(uow, scope, tries, tries / 60)

    async def _within(self, uow: UnitOfWork, scope: str, capacity: float, per_second: float) -> None:
        grant = await borrow(
            uow, scope, capacity=capacity, per_second=per_second, least=1, most=1, reserve=0.0
        )
        if grant.points < 1:
            raise Refused("too_many_requests", "Slow down and try again.", status=429, retry_after=grant.wait)


def build(settings: Settings, database: Database, sealer: Sealer, jobs: Jobs) -> APIRouter:
    """Routes of browsers. No CORS: an extension's worker needs none, and no web page may ask."""
    router = APIRouter(prefix="/ingest", tags=["browsers"])
    door = _Door(settings, database)

    @router.post("/pair", status_code=201)
    async def pair(request: Request, asked: Pair) -> Paired:
        """Trade a code for a token."""
        await door.may_try(request)
        async with database.bus() as uow:
            pairing, account, token = await usecases.finish_pairing(uow, settings.secret, sealer, asked)
        return Paired(
            token=token,
            pairing_id=pairing.pairing_id,
            account_id=account.account_id,
            shop=account.name,
            verbs=list(Verb),
        )

    _add_uploads(router, door, jobs)
    _add_tasks(router, door)
    return router


def _add_uploads(router: APIRouter, door: _Door, jobs: Jobs) -> None:
    async def keep(request: Request, topic: str, model: type[SoldItems] | type[Listings] | None) -> Accepted:
        body = await request.body()
        if len(body) > door.settings.upload_bytes:
            raise Refused("too_large", _TOO_BIG, status=413)
        async with door.session(request) as (uow, session):
            batch = _batch_of(body, model)
            trace = telemetry.current_traceparent()
            new = await usecases.accept_upload(uow, session, topic, batch, body, trace)
            uow.after_commit(jobs.uploads.wake)
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


def _add_tasks(router: APIRouter, door: _Door) -> None:
    lease = timedelta(seconds=door.settings.task_lease_seconds)

    @router.post("/tasks/lease")
    async def take(request: Request, asked: LeaseRequest) -> Work:
        """Take tasks of this shop."""
        async with door.session(request) as (uow, session):
            leases = await usecases.lease_tasks(uow, session, limit=asked.limit, lease=lease)
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
        return Response(status_code=204)
