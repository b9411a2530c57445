"""Each package declares what it imports, and each service runs with only its own dependencies."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from architecture.workspace import ROOT, Package, imports_of, members, normalised, services

UV = Path(sys.executable).with_name("uv")
PROVIDERS = {
    module: {normalised(name) for name in names} for module, names in packages_distributions().items()
}
OWN = {member.module: {member.distribution} for member in members()}
RE_EXPORTED = {"starlette": {"fastapi"}, "alembic": {"soldwire-kit"}, "pydantic_core": {"pydantic"}}
"""Packages that come with another one which names them as part of its own interface."""


def undeclared(imported: set[str], package: Package) -> set[str]:
    """Top-level modules that no declared dependency provides."""
    foreign = {name.split(".")[0] for name in imported} - {package.module, *sys.stdlib_module_names}
    return {name for name in foreign if not _providers(name) & package.requires}


def _providers(module: str) -> set[str]:
    return OWN.get(module) or RE_EXPORTED.get(module, set()) | PROVIDERS.get(module, set())


@pytest.mark.parametrize("package", members(), ids=str)
def test_a_package_declares_what_it_imports(package: Package) -> None:
    found = {
        str(path.relative_to(package.folder)): undeclared(imports_of(path), package)
        for path in package.files()
    }
    assert {path: names for path, names in found.items() if names} == {}


def test_an_undeclared_import_is_seen() -> None:
    scheduler = next(service for service in services() if service.module == "scheduler")
    imported = {"json", "kit.bus", "httpx", "jinja2", "scheduler.domain"}
    assert undeclared(imported, scheduler) == {"httpx", "jinja2"}


@pytest.mark.parametrize("package", members(), ids=str)
def test_workspace_dependencies_are_taken_from_the_workspace(package: Package) -> None:
    sources = package.project["tool"]["uv"].get("sources", {})
    ours = {name for name in package.requires if name.startswith("soldwire-")}
    assert {name for name, source in sources.items() if source == {"workspace": True}} == ours


@pytest.fixture(scope="module")
def started() -> Iterator[dict[str, Future[subprocess.CompletedProcess[str]]]]:
    """Every service's start in an environment of its own, two at a time: each takes seconds."""
    with ThreadPoolExecutor(2) as pool:
        yield {service.module: pool.submit(_start_alone, service) for service in services()}


def _start_alone(service: Package) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            *(UV, "run", "--quiet", "--isolated", "--no-dev", "--frozen", "--package", service.distribution),
            *("python", "-c", f"import {service.module}.app, {service.module}.__main__"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.timeout(600)
@pytest.mark.parametrize("service", services(), ids=str)
def test_a_service_starts_with_only_its_own_dependencies(
    service: Package, started: dict[str, Future[subprocess.CompletedProcess[str]]]
) -> None:
    """`app` builds nothing at import, so importing it and asking for the HTTP contract needs no server."""
    ran = started[service.module].result()
    assert ran.returncode == 0, ran.stderr
