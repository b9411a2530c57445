"""`soldwire dlq`: what services could not understand, and what is to become of it."""

from __future__ import annotations

import json
from typing import Annotated
from uuid import UUID

import typer
from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

from soldwire_local import operations
from soldwire_local.errors import LocalError
from soldwire_local.operations import Operations, Refusal

PIPED_WIDTH = 220
COLUMNS = ("service", "id", "subscriber", "source", "tries", "reason", "error", "since")

ServiceOption = Annotated[str | None, typer.Option("--service", help="Only this service.")]
Ids = Annotated[list[UUID] | None, typer.Argument(help="Ids from `soldwire dlq list`.")]


class Letter(BaseModel):
    """A dead letter as its service lists it."""

    id: UUID
    subscriber: str
    source: str
    partition: int
    offset: int | None
    reason: str
    error: str
    tenant_id: UUID | None
    state: str
    attempts: int
    created_at: str


class Whole(Letter):
    """A dead letter with what it carries."""

    payload: str


class Decided(BaseModel):
    """What became of one."""

    id: UUID
    state: str


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help=__doc__, no_args_is_help=True)
    group.command("list")(listed)
    group.command("show")(shown)
    group.command("redrive")(redriven)
    group.command("discard")(discarded)
    app.add_typer(group, name="dlq")


def listed(
    service: ServiceOption = None,
    state: Annotated[str, typer.Option(help="open, redriven or discarded.")] = "open",
) -> None:
    """List dead letters of every service; exit status 1 if a service could not be asked."""
    console = _console()
    view, unasked = Table(*COLUMNS), []
    calls = operations.connect()
    for name in operations.each_service(calls, service):
        try:
            for letter in _letters(calls, name, state):
                view.add_row(*_row(name, letter))
        except LocalError as error:
            unasked.append(str(error))
    console.print(view if view.row_count else f"No {state} dead letters.", markup=False)
    for each in unasked:
        console.print(each, style="red", markup=False)
    if unasked:
        raise typer.Exit(1)


def shown(letter_id: UUID, service: ServiceOption = None) -> None:
    """Show one dead letter with what it carries."""
    calls = operations.connect()
    name, letter = _find(calls, letter_id, service)
    console = _console()
    for field, value in letter.model_dump(exclude={"payload"}).items():
        console.print(f"{field:>10}  {value}", markup=False, highlight=False, soft_wrap=True)
    console.print(f"{'service':>10}  {name}", markup=False, highlight=False)
    console.print(_readable(letter.payload), markup=False, highlight=False, soft_wrap=True)


def redriven(
    letter_ids: Ids = None,
    service: ServiceOption = None,
    everything: Annotated[bool, typer.Option("--all", help="Every open one.")] = False,
) -> None:
    """Have dead letters applied after all; one that fails again stays open, with its reason."""
    _decide("redrive", letter_ids or [], service, everything)


def discarded(
    letter_ids: Ids = None,
    service: ServiceOption = None,
    everything: Annotated[bool, typer.Option("--all", help="Every open one.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
) -> None:
    """Decide that dead letters are never applied; they stay on record as discarded."""
    if not yes:
        typer.confirm("What they say will never be applied. Discard?", abort=True)
    _decide("discard", letter_ids or [], service, everything)


def _decide(verb: str, letter_ids: list[UUID], service: str | None, everything: bool) -> None:
    if everything == bool(letter_ids):
        raise typer.BadParameter("name some ids, or --all")
    calls, console, failed = operations.connect(), _console(), False
    for name, letter_id in _chosen(calls, letter_ids, service):
        try:
            done = calls.post(name, f"/admin/dead-letters/{letter_id}/{verb}", Decided)
            console.print(f"{done.id}  {name}  {done.state}", markup=False, highlight=False)
        except Refusal as refusal:
            failed = True
            console.print(
                f"{letter_id}  {refusal}", style="red", markup=False, highlight=False, soft_wrap=True
            )
    if failed:
        raise typer.Exit(1)


def _chosen(calls: Operations, letter_ids: list[UUID], service: str | None) -> list[tuple[str, UUID]]:
    if letter_ids:
        return [(_find(calls, each, service)[0], each) for each in letter_ids]
    names = operations.each_service(calls, service)
    return [(name, letter.id) for name in names for letter in _letters(calls, name, "open")]


def _letters(calls: Operations, service: str, state: str) -> list[Letter]:
    return calls.get(service, "/admin/dead-letters", list[Letter], state=state, limit=1000)


def _find(calls: Operations, letter_id: UUID, service: str | None) -> tuple[str, Whole]:
    """The service that holds a letter, asked one after the other. Raises LocalError when none does."""
    for name in operations.each_service(calls, service):
        try:
            return name, calls.get(name, f"/admin/dead-letters/{letter_id}", Whole)
        except Refusal as refusal:
            if refusal.status != 404:
                raise
    raise LocalError(f"no service has a dead letter {letter_id}", remedy="see `soldwire dlq list`")


def _row(service: str, letter: Letter) -> tuple[str, ...]:
    place = letter.source if letter.offset is None else f"{letter.source}[{letter.partition}]@{letter.offset}"
    error = letter.error.splitlines()[0][:80] if letter.error else ""
    return (
        service,
        str(letter.id),
        letter.subscriber,
        place,
        str(letter.attempts),
        letter.reason,
        error,
        letter.created_at,
    )


def _readable(payload: str) -> str:
    try:
        return json.dumps(json.loads(payload), indent=2, ensure_ascii=False)
    except ValueError:
        return payload


def _console() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=PIPED_WIDTH)
