"""The services of this repository, read from services/*/service.yaml."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

from soldwire_local.errors import LocalError


@dataclass(frozen=True)
class Service:
    """One service.yaml.

    name: folder and consumer-group prefix; module: the package `python -m` runs; title: what it does, for people;
    owns: what its tables hold; port_hint: the HTTP port it takes when that is free.
    """

    name: str
    module: str
    title: str = ""
    owns: str = ""
    port_hint: int | None = None

    def command(self, verb: str) -> list[str]:
        """`python -m <module> run` or `migrate` with this interpreter."""
        return [sys.executable, "-m", self.module, verb]


def repository() -> Path:
    """The root of the working copy: the nearest folder above that holds `services/`; raises LocalError."""
    for folder in (Path.cwd(), *Path.cwd().parents, *Path(__file__).resolve().parents):
        if (folder / "services").is_dir() and (folder / "pyproject.toml").is_file():
            return folder
    raise LocalError("no services/ folder here or above", remedy="run it inside the repository")


def data_folder() -> Path:
    """Where data is kept between runs: SOLDWIRE_HOME, else .soldwire in the repository."""
    given = os.environ.get("SOLDWIRE_HOME")
    return Path(given).expanduser().resolve() if given else repository() / ".soldwire"


def discover(root: Path | None = None) -> list[Service]:
    """Every service with a service.yaml, by name; raises LocalError for one that can't be read."""
    folder = (root or repository()) / "services"
    return [read(file) for file in sorted(folder.glob("*/service.yaml"))]


def read(file: Path) -> Service:
    """One service.yaml; keys this package has no use for are other readers' business."""
    try:
        found = yaml.safe_load(file.read_text())
        port = found.get("port_hint")
        return Service(
            name=str(found["name"]),
            module=str(found["module"]),
            title=str(found.get("title", "")),
            owns=_words(found.get("owns", "")),
            port_hint=None if port is None else int(port),
        )
    except (AttributeError, KeyError, ValueError, yaml.YAMLError) as error:
        raise LocalError(
            f"{file} can't be read: {error!r}",
            remedy="it needs at least name and module, see infra/local/README.md",
        ) from error


def _words(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
