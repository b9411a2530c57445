"""import-linter holds the layer rules: the tree passes, and each kind of violation planted in a copy is refused."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from architecture.workspace import ROOT, members

LINT = Path(sys.executable).with_name("lint-imports")


@dataclass(frozen=True)
class Violation:
    """One line added to one module, and the rule (a contract's id) that must refuse it."""

    rule: str
    module: str
    line: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.module} says {self.line!r}"


VIOLATIONS = [
    Violation("services", "inventory.usecases", "import scheduler"),
    Violation("services", "sales_ledger.wire", "import inventory.domain"),
    Violation("rooms", "scheduler.domain", "from scheduler import usecases"),
    Violation("rooms", "scheduler.usecases", "from scheduler import handlers"),
    Violation("rooms", "scheduler.routes", "from scheduler import jobs"),
    Violation("rooms", "scheduler.helpers", "ANSWER = 42"),
    Violation("handlers", "scheduler.handlers", "from scheduler import store"),
    Violation("handlers", "scheduler.handlers", "from scheduler.domain import *"),
    Violation("routes", "scheduler.routes", "from scheduler import tables"),
    Violation("routes", "scheduler.routes", "from sqlalchemy import text"),
    Violation("jobs", "scheduler.jobs", "from scheduler import store"),
    Violation("usecases", "scheduler.usecases", "import httpx"),
    Violation("usecases", "scheduler.usecases", "from scheduler import tables"),
    Violation("store", "scheduler.store", "import soldwire_contracts"),
    Violation("client", "connector_shopify.client.planted", "import sqlalchemy"),
    Violation("tables", "scheduler.tables", "import scheduler.domain"),
    Violation("wire", "scheduler.wire", "import sqlalchemy"),
    Violation("domain", "scheduler.domain", "import soldwire_contracts"),
    Violation("domain", "scheduler.domain", "from pydantic import BaseModel"),
    Violation("config", "scheduler.config", "import soldwire_contracts"),
    Violation("contracts", "soldwire_contracts.values", "import kit"),
    Violation("contracts", "soldwire_contracts.values", "import sqlalchemy"),
    Violation("kit", "kit.clock", "import scheduler"),
    Violation("kits", "kit.clock", "import connector_kit"),
    Violation("sandbox", "sandbox.config", "import soldwire_contracts"),
    Violation("local", "soldwire_local.ports", "import inventory"),
    Violation("testkit", "kit.clock", "import testkit"),
    Violation("testkit", "scheduler.domain", "import pytest"),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every package's source side by side, found before the installed ones."""
    return copied(tmp_path_factory.mktemp("copy"))


@pytest.fixture(scope="module")
def before(copy: Path) -> list[str]:
    """What is reported of every rule while nothing is planted."""
    return lint(copy).stdout.splitlines()


def copied(folder: Path) -> Path:
    for member in members():
        ignored = shutil.ignore_patterns("static", "__pycache__", "data")
        shutil.copytree(member.source, folder / member.module, ignore=ignored)
    shutil.copy(ROOT / ".importlinter", folder)
    return folder


def lint(folder: Path, *rules: str) -> subprocess.CompletedProcess[str]:
    chosen = [argument for rule in rules for argument in ("--contract", rule)]
    return subprocess.run(
        [LINT, "--no-cache", "--config", folder / ".importlinter", *chosen],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_tree_keeps_every_rule() -> None:
    ran = subprocess.run([LINT, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("violation", VIOLATIONS, ids=str)
def test_a_planted_violation_is_refused(copy: Path, before: list[str], violation: Violation) -> None:
    """The report names the planted module where it did not before."""
    with planted(copy, violation):
        ran = lint(copy, violation.rule)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    new = [line for line in ran.stdout.splitlines() if line not in before]
    assert [line for line in new if violation.module in line], ran.stdout


@contextmanager
def planted(folder: Path, violation: Violation) -> Iterator[None]:
    """Append the line to the module, which may be a package or new; take it out again."""
    path = folder.joinpath(*violation.module.split("."))
    target = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    files = {target.parent / "__init__.py", target}
    before = {file: file.read_text() for file in files if file.exists()}
    target.parent.mkdir(exist_ok=True)
    (target.parent / "__init__.py").touch()
    with target.open("a") as module:
        module.write(f"\n{violation.line}\n")
    yield
    for file in files:
        file.unlink()
    for file, text in before.items():
        file.write_text(text)


def test_every_rule_is_proved() -> None:
    config = (ROOT / ".importlinter").read_text()
    rules = {line.split(":")[2].rstrip("]\n") for line in config.splitlines() if ":contract:" in line}
    assert rules == {violation.rule for violation in VIOLATIONS}


def test_every_package_is_judged() -> None:
    config = (ROOT / ".importlinter").read_text()
    listed = config.split("root_packages =")[1].split("include_external")[0].split()
    assert set(listed) == {member.module for member in members()}
