"""What a person does on a page: a form to the owner, then a note, and the page reads again."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Path, Request, Response
from kit.errors import Refused

from gateway.client.delists import Command
from gateway.routes.guard import ContextDep, WriterDep
from gateway.routes.rendering import done, plural
from gateway.wire.delists import CommandAnswer
from gateway.wire.saying import words

router = APIRouter(include_in_schema=False)

_SAID = {
    "approve": "Approved. The listing is being taken down.",
    "skip": "Left for sale.",
    "retry": "Trying again.",
    "mark_done": "Noted as taken down.",
}
Name = Annotated[Command, Path()]


def _refuse_if_nothing_done(answer: CommandAnswer) -> None:
    """Raise Refused in the owner's words when no step took the command."""
    if not any(result.done for result in answer.results):
        messages = [result.message for result in answer.results if result.message]
        raise Refused("nothing_done", messages[0] if messages else "There is nothing left to do about this.")


@router.post("/delists/{command}/{listing_id}/{version}")
async def step(
    request: Request, context: ContextDep, visitor: WriterDep, command: Name, listing_id: UUID, version: int
) -> Response:
    """One listing of a sold article."""
    answer = await context.owners.delists.command(visitor, command, listing_id, version)
    _refuse_if_nothing_done(answer)
    return done(request, _SAID[command], "/automations/delist")


@router.post("/delists/{command}")
async def chosen(
    request: Request,
    context: ContextDep,
    visitor: WriterDep,
    command: Name,
    sale: Annotated[list[UUID] | None, Form()] = None,
) -> Response:
    """Every listing of the chosen sold articles."""
    if not sale:
        raise Refused("nothing_chosen", "Choose at least one article first.", status=422)
    answer = await context.owners.delists.command_sales(visitor, command, sale)
    _refuse_if_nothing_done(answer)
    count = sum(result.done for result in answer.results)
    return done(request, f"{_SAID[command]} ({plural(count, 'listing')})", "/automations/delist")


@router.post("/pauses/{pause_id}/resume")
async def resume(request: Request, context: ContextDep, visitor: WriterDep, pause_id: UUID) -> Response:
    """End a pause."""
    await context.owners.delists.resume(visitor, pause_id)
    return done(request, "Delisting goes on.", "/automations/delist")


@router.post("/refresh")
async def refresh(
    request: Request, context: ContextDep, visitor: WriterDep, scope: Annotated[str, Form()] = "everything"
) -> Response:
    """Read every account again."""
    if scope not in words.SCOPES:
        raise Refused("no_such_scope", "Choose everything, sales only or articles only.", status=422)
    await context.owners.runs.refresh(visitor, scope)
    return done(request, f"Refreshing: {words.SCOPES[scope][0].lower()}.", "/")


@router.post("/runs/{run_id}/cancel")
async def cancel(request: Request, context: ContextDep, visitor: WriterDep, run_id: UUID) -> Response:
    """Stop a run at its next checkpoint."""
    await context.owners.runs.cancel(visitor, run_id)
    return done(request, "Stopping.", "/")
