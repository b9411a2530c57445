"""The `soldwire` command: finds the modules of soldwire_local.commands and gives errors as sentences."""

import importlib
import pkgutil
import sys

import typer
from rich.console import Console

from soldwire_local import commands
from soldwire_local.errors import LocalError


def build() -> typer.Typer:
    """The command with every module of `commands` registered, in the order of their names."""
    app = typer.Typer(
        name="soldwire",
        help="Soldwire: one sale, delisted everywhere.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    for module in sorted(pkgutil.iter_modules(commands.__path__), key=lambda found: found.name):
        importlib.import_module(f"{commands.__name__}.{module.name}").register(app)
    return app


def main() -> None:
    """The console script: exit status 0, 1 for an error with a remedy, 2 for wrong usage."""
    try:
        build()()
    except LocalError as error:
        Console(stderr=True, highlight=False).print(f"soldwire: {error}", style="red", markup=False)
        sys.exit(1)
