"""`soldwire replay`: after a loss of Kafka, every service says again what it said; whoever has had it drops it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from pydantic import BaseModel
from rich.table import Table

from soldwire_local import operations, screen
from soldwire_local.errors import LocalError

UNITS = {"m": "minutes", "h": "hours", "d": "days"}
MOST = timedelta(days=30)
"""For so long a service keeps what it said."""


class Replayed(BaseModel):
    """How many facts go out again."""

    facts: int


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("replay")(replay)


def replay(
    since: Annotated[str, typer.Option("--since", help="How far back: 90m, 24h, 7d; at most 30d.")],
) -> None:
    """Let every service say again what it said; make the topics first (`soldwire topics`)."""
    begun = datetime.now(UTC) - age(since)
    view, failed = Table("service", "facts said again"), False
    calls = operations.connect()
    for service in calls.services():
        try:
            asked = {"since": begun.isoformat()}
            found = calls.post(service, "/admin/outbox/replay", Replayed, asked)
            view.add_row(service, f"{found.facts:,}")
        except LocalError as error:
            failed = True
            view.add_row(service, screen.plain(str(error)))
    screen.console().print(view)
    if failed:
        raise typer.Exit(1)


def age(words: str) -> timedelta:
    """`24h` as a time; raises typer.BadParameter."""
    found = re.fullmatch(r"(\d{1,5})([mhd])", words.strip())
    if not found:
        raise typer.BadParameter("say how far back, as 90m, 24h or 7d")
    wanted = timedelta(**{UNITS[found[2]]: int(found[1])})
    if not timedelta(0) < wanted <= MOST:
        raise typer.BadParameter("services keep what they said for 30 days")
    return wanted
