"""Each package declares what it imports, and each service runs with only its own dependencies."""

from __future__ import annotations

import json
import os
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
def asked() -> Iterator[dict[str, Future[subprocess.CompletedProcess[str]]]]:
    """Every service in an environment of its own, two at a time: each takes seconds."""
    with ThreadPoolExecutor(2) as pool:
        yield {service.module: pool.submit(_ask_alone, service) for service in services()}


def _ask_alone(service: Package) -> subprocess.CompletedProcess[str]:
    """Its HTTP contract, by the command line, without being told anything."""
    told = {name: value for name, value in os.environ.items() if not name.startswith("SOLDWIRE_")}
    return subprocess.run(
        [
            *(
                UV,
                "run",
                "--quiet",
                "--isolated",
                "--no-dev",
                "--frozen",
                "--no-compile-bytecode",
                "--package",
                service.distribution,
            ),
            *("python", "-m", service.module, "openapi"),
        ],
        cwd=ROOT,
        env=told,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.timeout(600)
@pytest.mark.parametrize("service", services(), ids=str)
def test_a_service_is_built_with_only_its_own_dependencies(
    service: Package, asked: dict[str, Future[subprocess.CompletedProcess[str]]]
) -> None:
    """`build` connects to nothing, so a service can be asked for its HTTP contract without a server."""
    answer = asked[service.module].result()
    assert answer.returncode == 0, answer.stderr
    contract = json.loads(answer.stdout)
    assert contract["info"]["title"] == f"Soldwire {service}"
    assert "/ready" in contract["paths"]
