"""`soldwire up`: start everything and stay until Ctrl-C."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from soldwire_local import foreground, services
from soldwire_local.errors import LocalError
from soldwire_local.runtime import Runtime
from soldwire_local.services import Service

console = Console(highlight=False)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("up")(up)


def up(
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Start only this service (repeatable).")
    ] = None,
    sandbox: Annotated[bool, typer.Option(help="Start the marketplaces' stand-in too.")] = True,
    logs: Annotated[bool, typer.Option("--logs", help="Show every process's log lines here too.")] = False,
) -> None:
    """Start Kafka, PostgreSQL, the sandbox and every service; Ctrl-C stops them, data is kept."""
    chosen = choose(services.discover(), only)
    foreground.run(
        lambda: _stay(Runtime(services=chosen, sandbox=sandbox, echo=_echo if logs else None, say=_say))
    )
    console.print("stopped")


def choose(found: list[Service], only: list[str] | None) -> list[Service]:
    """The named services, all when none is named; raises LocalError for a name that isn't there."""
    unknown = set(only or ()) - {service.name for service in found}
    if unknown:
        known = ", ".join(service.name for service in found)
        raise LocalError(f"no service {', '.join(sorted(unknown))}", remedy=f"the services here are {known}")
    return [service for service in found if not only or service.name in only]


async def _stay(runtime: Runtime) -> None:
    async with runtime:
        for name, url in runtime.urls.items():
            console.print(f"  {name:<24} {url}", markup=False)
        console.print(
            f"Logs are in {runtime.supervisor.logs}. Ctrl-C stops everything; data is kept.", markup=False
        )
        try:
            await asyncio.Event().wait()
        finally:
            console.print("stopping …")


def _say(line: str) -> None:
    console.print(line, markup=False)


def _echo(name: str, line: str) -> None:
    console.print(f"{name:<24} | {line}", markup=False, soft_wrap=True)
