"""`soldwire restored`: after PostgreSQL was put back to a backup, before any service starts again."""

from __future__ import annotations

import asyncio

import typer
from rich.table import Table

from soldwire_local import offsets, running, screen


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("restored")(restored)


def restored() -> None:
    """Let all services pass over what was said after the backup (all of them stopped); then start them and replay."""
    passed = asyncio.run(offsets.after_restore(running.kafka()))
    view = Table("group", "records passed over")
    for group, records in sorted(passed.items()):
        view.add_row(group, f"{records:,}")
    screen.console().print(view)
