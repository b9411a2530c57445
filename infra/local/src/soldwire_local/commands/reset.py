"""`soldwire reset`: delete the data kept between runs."""

import shutil
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from soldwire_local import java, lock, postgres, processes, services
from soldwire_local.errors import LocalError

# By name, so that a SOLDWIRE_HOME that holds other things loses none of them.
OURS = ("kafka", "postgres", "sandbox", "logs", "demo", "ports.json", "secret", lock.FILE)
# Who may still work in it: what their command line names, and their program.
WORKERS = (("kafka/server.properties", java.EXECUTABLE), ("postgres/cluster", postgres.EXECUTABLE))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("reset")(reset)


def reset(yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False) -> None:
    """Delete all local data (Kafka, PostgreSQL, sandbox, logs). Refused while something runs."""
    folder = services.data_folder()
    if not folder.exists():
        typer.echo(f"nothing to delete: {folder} is not there")
        return
    holder = lock.holder(folder)
    if holder is not None:
        raise LocalError(f"process {holder} uses {folder}", remedy="stop it first (Ctrl-C), then reset")
    if not yes:
        typer.confirm(f"Delete all local data in {folder}?", abort=True)
    delete(folder)
    typer.echo(f"deleted the data in {folder}")


def delete(folder: Path) -> None:
    """Stop what an earlier run left behind and delete what a runtime keeps there; raises InUse while one runs."""
    with lock.hold(folder):  # a runtime may have started while the question was on the screen
        _delete_held(folder)
    with suppress(OSError):  # other things are there, or somebody came in
        folder.rmdir()


def _delete_held(folder: Path) -> None:
    for argument, executable in WORKERS:
        processes.stop_leftovers(str(folder.resolve() / argument), executable)
    for path in (folder / name for name in OURS):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
