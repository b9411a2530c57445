"""The packages of the workspace as they lie on disk, for the tests that judge their layout."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Package:
    """One member of the workspace: its folder and what its pyproject says."""

    folder: Path

    @cached_property
    def project(self) -> dict[str, Any]:
        return tomllib.loads((self.folder / "pyproject.toml").read_text())

    @property
    def distribution(self) -> str:
        return str(self.project["project"]["name"])

    @property
    def module(self) -> str:
        return str(self.project["tool"]["uv"]["build-backend"]["module-name"])

    @property
    def source(self) -> Path:
        return self.folder / "src" / self.module

    @property
    def requires(self) -> set[str]:
        """Names of the distributions it declares."""
        return {normalised(each) for each in self.project["project"]["dependencies"]}

    def files(self) -> Iterator[Path]:
        return (path for path in sorted(self.source.rglob("*.py")) if "node_modules" not in path.parts)

    def __str__(self) -> str:
        return self.folder.name


def normalised(requirement: str) -> str:
    """Distribution name of a requirement such as `sqlalchemy[asyncio]>=2.1`."""
    name = re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


def members() -> list[Package]:
    """Every member of the workspace."""
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["uv"]["workspace"]["members"]
    folders = sorted(found for pattern in patterns for found in ROOT.glob(pattern))
    return [Package(folder) for folder in folders if (folder / "pyproject.toml").exists()]


def services() -> list[Package]:
    """Every service."""
    return [member for member in members() if member.folder.parent.name == "services"]


def imports_of(path: Path) -> set[str]:
    """Modules a file imports by absolute name, those for type checking only left out."""
    tree = ast.parse(path.read_text())
    return {name for node in _running(tree) for name in _imported(node)}


def _running(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            continue
        yield child
        yield from _running(child)


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []
