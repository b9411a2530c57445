"""`soldwire dlq`: what services could not understand, and what is to become of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import httpx
import typer
from pydantic import BaseModel
from rich.table import Table

from soldwire_local import operations, screen
from soldwire_local.errors import LocalError
from soldwire_local.operations import Operations, Refusal

MOST = 1000  # a service lists no more at once, the newest first
COLUMNS = ("service", "id", "subscriber", "source", "tries", "reason", "error", "since")

ServiceOption = Annotated[str | None, typer.Option("--service", help="Only this service.")]
Ids = Annotated[list[UUID] | None, typer.Argument(help="Ids from `soldwire dlq list`.")]


class State(StrEnum):
    """What may have become of one."""

    OPEN = "open"
    REDRIVEN = "redriven"
    DISCARDED = "discarded"


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
    state: Annotated[State, typer.Option(help="Which ones.")] = State.OPEN,
) -> None:
    """List dead letters of every service; exit status 1 if a service could not be asked."""
    view, notes, failed = Table(*COLUMNS), list[str](), False
    calls = operations.connect()
    for name in operations.each_service(calls, service):
        try:
            letters = _letters(calls, name, state)
        except LocalError as error:
            notes, failed = [*notes, str(error)], True
            continue
        for letter in letters:
            view.add_row(*_row(name, letter))
        if len(letters) == MOST:
            notes.append(f"{name} has more: these are the newest {MOST}")
    if view.row_count or not failed:
        screen.console().print(view if view.row_count else f"No {state} dead letters.")
    for note in notes:
        screen.console().print(note, style="red")
    if failed:
        raise typer.Exit(1)


def shown(letter_id: UUID, service: ServiceOption = None) -> None:
    """Show one dead letter with what it carries."""
    calls = operations.connect()
    name, letter = _find(calls, letter_id, service)
    console = screen.console(soft_wrap=True)
    for field, value in letter.model_dump(exclude={"payload"}).items():
        console.print(f"{field:>10}  {screen.plain(str(value))}")
    console.print(f"{'service':>10}  {name}")
    console.print(_readable(letter.payload))


def redriven(
    letter_ids: Ids = None,
    service: ServiceOption = None,
    everything: Annotated[bool, typer.Option("--all", help="Every open one.")] = False,
) -> None:
    """Have dead letters applied after all; one that fails again stays open, with its reason."""
    _check(letter_ids, everything)
    _decide("redrive", letter_ids or [], service)


def discarded(
    letter_ids: Ids = None,
    service: ServiceOption = None,
    everything: Annotated[bool, typer.Option("--all", help="Every open one.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
) -> None:
    """Decide that dead letters are never applied; they stay on record as discarded."""
    _check(letter_ids, everything)
    if not yes:
        typer.confirm("What they say will never be applied. Discard?", abort=True)
    _decide("discard", letter_ids or [], service)


def _check(letter_ids: list[UUID] | None, everything: bool) -> None:
    if everything == bool(letter_ids):
        raise typer.BadParameter("name some ids, or --all")


def _decide(verb: str, letter_ids: list[UUID], service: str | None) -> None:
    """These letters, or without any all that are open; what fails with one keeps no other from it."""
    calls, seen, failed, more = operations.connect(), set[UUID](), False, True
    while more:
        chosen, missed = _chosen(calls, letter_ids, service)
        fresh = [(name, letter_id) for name, letter_id in chosen if letter_id not in seen]
        seen.update(letter_id for _, letter_id in fresh)
        failures = [*missed, *_apply(calls, verb, fresh)]
        for each in failures:
            screen.console(soft_wrap=True).print(screen.plain(each), style="red")
        failed = failed or bool(failures)
        more = not letter_ids and len(fresh) >= MOST  # a full list hides older ones
    if failed:
        raise typer.Exit(1)


def _apply(calls: Operations, verb: str, chosen: list[tuple[str, UUID]]) -> Iterator[str]:
    """Decide on each; yields what kept one from it."""
    for name, letter_id in chosen:
        try:
            done = calls.post(name, f"/admin/dead-letters/{letter_id}/{verb}", Decided)
        except LocalError as error:
            yield f"{letter_id}  {error}"
        else:
            screen.console(soft_wrap=True).print(f"{done.id}  {name}  {done.state}")


def _chosen(
    calls: Operations, letter_ids: list[UUID], service: str | None
) -> tuple[list[tuple[str, UUID]], list[str]]:
    """Letters with the service that holds each, and why others could not be found."""
    found: list[tuple[str, UUID]] = []
    missed: list[str] = []
    for wanted in letter_ids or operations.each_service(calls, service):
        try:
            if isinstance(wanted, UUID):
                found.append((_find(calls, wanted, service)[0], wanted))
            else:
                found += [(wanted, letter.id) for letter in _letters(calls, wanted, State.OPEN)]
        except LocalError as error:
            missed.append(str(error))
    return found, missed


def _letters(calls: Operations, service: str, state: State) -> list[Letter]:
    return calls.get(service, "/admin/dead-letters", list[Letter], state=state.value, limit=MOST)


def _find(calls: Operations, letter_id: UUID, service: str | None) -> tuple[str, Whole]:
    """The service that holds a letter, asked one after the other. Raises LocalError when none is known to."""
    unasked: list[str] = []
    for name in operations.each_service(calls, service):
        try:
            return name, calls.get(name, f"/admin/dead-letters/{letter_id}", Whole)
        except LocalError as error:
            if not (isinstance(error, Refusal) and error.status == httpx.codes.NOT_FOUND):
                unasked.append(str(error))
    says = "\n".join([f"no service has a dead letter {letter_id}", *unasked])
    raise LocalError(says, remedy="see `soldwire dlq list`")


def _row(service: str, letter: Letter) -> tuple[str, ...]:
    place = letter.source if letter.offset is None else f"{letter.source}[{letter.partition}]@{letter.offset}"
    error = letter.error.splitlines()[0][:80] if letter.error else ""
    said = (letter.subscriber, place, str(letter.attempts), letter.reason, error, letter.created_at)
    return service, str(letter.id), *map(screen.plain, said)


def _readable(payload: str) -> str:
    try:
        return json.dumps(json.loads(payload), indent=2, ensure_ascii=False)
    except ValueError:
        return screen.plain(payload)
