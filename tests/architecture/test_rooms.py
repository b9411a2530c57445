"""What import-linter cannot say of the rooms: the domain is the standard library alone, and every service is whole."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from architecture.workspace import Package, imports_of, services

every_service = pytest.mark.parametrize("service", services(), ids=str)


def foreign_to_the_domain(path: Path, own: str) -> set[str]:
    """Imports of a domain module beyond the standard library and its own room."""
    allowed = f"{own}.domain"
    return {
        name
        for name in imports_of(path)
        if name.split(".")[0] not in sys.stdlib_module_names
        and not (name == allowed or name.startswith(f"{allowed}."))
    }


def domain_of(service: Package) -> list[Path]:
    return [
        path
        for path in service.files()
        if path.relative_to(service.source).parts[0] in ("domain", "domain.py")
    ]


@every_service
def test_the_domain_imports_only_the_standard_library(service: Package) -> None:
    found = {path.name: foreign_to_the_domain(path, service.module) for path in domain_of(service)}
    assert {name: foreign for name, foreign in found.items() if foreign} == {}


@pytest.mark.parametrize(
    ("line", "foreign"),
    [
        ("from decimal import Decimal", set()),
        ("from shop.domain.words import Word", set()),
        ("import attrs", {"attrs"}),
        ("from pydantic import BaseModel", {"pydantic"}),
        ("from shop.store import load", {"shop.store"}),
        ("def f():\n    import httpx", {"httpx"}),
        ("if TYPE_CHECKING:\n    from pydantic import BaseModel", set()),
    ],
)
def test_foreign_imports_are_seen(tmp_path: Path, line: str, foreign: set[str]) -> None:
    module = tmp_path / "domain.py"
    module.write_text(line)
    assert foreign_to_the_domain(module, "shop") == foreign


@every_service
def test_a_service_has_what_running_it_needs(service: Package) -> None:
    needed = ("README.md", "service.yaml", "migrations/env.py", "tests")
    missing = [name for name in needed if not (service.folder / name).exists()]
    rooms = [name for name in ("app", "config", "__main__") if not (service.source / f"{name}.py").exists()]
    assert (missing, rooms) == ([], [])


@every_service
def test_every_module_says_in_one_sentence_what_it_is(service: Package) -> None:
    silent = [str(path.relative_to(service.folder)) for path in service.files() if not _described(path)]
    assert silent == []


def _described(path: Path) -> bool:
    text = path.read_text().lstrip()
    return not text or text.startswith('"""')
