"""`soldwire doctor`: look at everything a run needs and say what helps where it won't do."""

import asyncio
from pathlib import Path

import typer
from rich.text import Text

from soldwire_local import checks, screen, services
from soldwire_local.checks import Finding, State
from soldwire_local.errors import LocalError

STYLES = {State.GOOD: "green", State.NOTE: "yellow", State.BAD: "bold red"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor() -> None:
    """Check Python, disk, ports, jars, Kafka, PostgreSQL and the services; exit status 1 if something fails."""
    console = screen.console(soft_wrap=True)
    findings = asyncio.run(look(services.data_folder()))
    for finding in findings:
        state = (f"{finding.state.value:<4}", STYLES[finding.state])
        console.print(Text.assemble(state, f"  {finding.what:<22} {screen.plain(finding.says)}"))
        if finding.remedy:
            console.print(f"      {'':<22} → {finding.remedy}")
    if any(finding.state is State.BAD for finding in findings):
        raise typer.Exit(1)


async def look(data: Path) -> list[Finding]:
    """Every finding of every check, in order; a check that can't be made is a finding too."""
    findings: list[Finding] = []
    for check in checks.ALL:
        try:
            findings += await check(data)
        except LocalError as error:
            findings.append(Finding(check.__name__, State.BAD, error.args[0], error.remedy))
    return findings
