"""`soldwire provision`: databases, roles and topics on servers that are there already, and each service's credentials."""

import asyncio
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from soldwire_local import provision as databases
from soldwire_local import running, services, topics
from soldwire_local.environment import Environment

FILE = "service.env"
CREDENTIALS = (
    "SOLDWIRE_POSTGRES_OWNER",
    "SOLDWIRE_POSTGRES_BUS",
    "SOLDWIRE_POSTGRES_REQUEST",
    "SOLDWIRE_SECRET",
    "SOLDWIRE_SEAL_KEYS",
)

EnvFolder = Annotated[
    Path | None,
    typer.Option(
        "--env-folder", help="Write <folder>/<service>/service.env with that service's credentials."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("provision")(provision)


def provision(env_folder: EnvFolder = None) -> None:
    """Make every service's database and roles, and the topics; safe to repeat and to race.

    Works on SOLDWIRE_KAFKA and SOLDWIRE_POSTGRES, else on what `soldwire up` runs here.
    """
    environment = running.environment(new_secret=True)
    names = [service.name for service in services.discover()]
    asyncio.run(databases.provision(environment.postgres, environment.secret, names))
    typer.echo(f"{len(names)} services have their database and roles")
    changes = asyncio.run(topics.ensure(environment.kafka))
    typer.echo(f"topics: {len(changes.created)} created, {len(changes.widened)} widened")
    if env_folder is not None:
        write(environment, names, env_folder)
        typer.echo(f"credentials are in {env_folder}/<service>/{FILE}")


def write(environment: Environment, names: Iterable[str], folder: Path) -> None:
    """One file a service, mode 600, that a shell or a container can read: its own credentials, nobody else's."""
    for name in names:
        variables = environment.service_environment(name)
        file = folder / name / FILE
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
            handle.writelines(f"{variable}='{variables[variable]}'\n" for variable in CREDENTIALS)
        fresh.replace(file)
