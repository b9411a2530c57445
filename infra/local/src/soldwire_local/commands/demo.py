"""`soldwire demo`: everything started, real sales on the sandbox, each followed to the last listing."""

import asyncio
import secrets
import time
from typing import Annotated

import typer

from soldwire_local import foreground, screen
from soldwire_local.demo import Demo
from soldwire_local.runtime import Runtime

IMPATIENT = {"SOLDWIRE_SETTLE_SECONDS": "10"}
"""A marketplace is given a minute to settle before a listing is put back; nobody watches for that long."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    once: Annotated[bool, typer.Option("--once", help="End once the sales are through.")] = False,
) -> None:
    """Start everything, sell on two marketplaces, print how each sale went hop by hop, give the dashboard's login."""
    foreground.run(lambda: _run(once))


async def _run(once: bool) -> None:
    begun = time.monotonic()
    async with Runtime(say=_say, extra=IMPATIENT) as runtime:
        show = Demo(runtime, _say, screen.console().print, name=secrets.token_hex(3))
        await show.play(begun)
        if once:
            return
        _say("Ctrl-C stops everything; data is kept.")
        await asyncio.Event().wait()


def _say(line: str) -> None:
    screen.console(soft_wrap=True).print(line)
