"""`soldwire doctor`: look at everything a run needs and say what helps where it won't do."""

import asyncio
from pathlib import Path

import typer
from rich.console import Console

from soldwire_local import checks, services
from soldwire_local.checks import Finding, State

STYLES = {State.GOOD: "green", State.NOTE: "yellow", State.BAD: "bold red"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor() -> None:
    """Check Python, disk, ports, jars, Kafka, PostgreSQL and the services; exit status 1 if something fails."""
    console = Console(highlight=False)
    findings = asyncio.run(look(services.data_folder()))
    for finding in findings:
        style = STYLES[finding.state]
        console.print(
            f"[{style}]{finding.state.value:<4}[/]  {finding.what:<22} {finding.says}", soft_wrap=True
        )
        if finding.remedy:
            console.print(f"      {'':<22} → {finding.remedy}", markup=False, soft_wrap=True)
    if any(finding.state is State.BAD for finding in findings):
        raise typer.Exit(1)


async def look(data: Path) -> list[Finding]:
    """Every finding of every check, in order."""
    return [finding for check in checks.ALL for finding in await check(data)]
