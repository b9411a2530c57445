"""Green means that everything was run: `make test` and `.ci/run` fail where tests would quietly be left out."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from architecture.workspace import ROOT

NOTHING_COLLECTED = 5
MAKE_S_OWN = ("MAKEFLAGS", "MAKELEVEL", "ARGS")
"""What the `make test` this runs under would hand on."""
NEEDED = ("bash", "dirname", "cat")


def program(folder: Path, name: str, script: str) -> None:
    """A stand-in for a program."""
    path = folder / name
    path.write_text(f"#!{shutil.which('bash')}\n{script}\n")
    path.chmod(0o755)


def make_test(folder: Path, parts: int, whole: int, *arguments: str) -> int:
    """The status of `make test` when pytest ends so for the tests of parts and for those of the whole product."""
    program(folder, "pytest", f'case "$*" in *"-m stack"*) exit {whole} ;; *) exit {parts} ;; esac')
    command = ["make", "--no-print-directory", "--old-file=setup", "test", f"RUN={folder}", *arguments]
    apart = {name: value for name, value in os.environ.items() if name not in MAKE_S_OWN}
    return subprocess.run(command, cwd=ROOT, env=apart, check=False, capture_output=True).returncode


@pytest.mark.parametrize(
    ("parts", "whole", "arguments", "green"),
    [
        (0, 0, [], True),
        (0, 1, [], False),
        (1, 0, [], False),
        (0, NOTHING_COLLECTED, [], False),
        (NOTHING_COLLECTED, 0, [], False),
        (0, NOTHING_COLLECTED, ["ARGS=libs/kit"], True),
        (NOTHING_COLLECTED, 0, ["ARGS=tests/e2e"], True),
        (NOTHING_COLLECTED, NOTHING_COLLECTED, ["ARGS=-k nothing"], False),
    ],
)
def test_a_half_without_tests_is_green_only_where_somebody_chose(
    tmp_path: Path, parts: int, whole: int, arguments: list[str], green: bool
) -> None:
    assert (make_test(tmp_path, parts, whole, *arguments) == 0) is green


class Machine:
    """A machine with these programs only; `make` is made to succeed."""

    def __init__(self, folder: Path, user: int) -> None:
        self.folder = folder
        for name in NEEDED:
            (folder / name).symlink_to(str(shutil.which(name)))
        program(folder, "make", "echo made $*")
        program(folder, "id", f"echo {user}")

    def run(self) -> subprocess.CompletedProcess[str]:
        script = str(ROOT / ".ci" / "run")
        path = {"PATH": str(self.folder)}
        return subprocess.run(
            [self.folder / "bash", script], env=path, check=False, capture_output=True, text=True
        )


@pytest.mark.parametrize(
    "apt_get", ["echo no such package >&2; exit 100", "true"], ids=["fails", "brings none"]
)
def test_ci_is_red_where_chromium_should_have_been_installed_and_was_not(
    tmp_path: Path, apt_get: str
) -> None:
    machine = Machine(tmp_path, user=0)
    program(tmp_path, "apt-get", apt_get)
    ran = machine.run()
    assert ran.returncode == 1
    assert "made" not in ran.stdout
    assert "could not be installed" in ran.stderr
    assert ("no such package" in ran.stderr) is ("exit" in apt_get), "apt-get's own words are shown"


def test_ci_installs_chromium_and_runs_everything(tmp_path: Path) -> None:
    machine = Machine(tmp_path, user=0)
    browser = tmp_path / "chromium"
    program(
        tmp_path,
        "apt-get",
        f'[ "$1" = update ] || {{ echo "#!/" > {browser}; {shutil.which("chmod")} +x {browser}; }}',
    )
    ran = machine.run()
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "made lint\nmade test\n", "")


@pytest.mark.parametrize(("user", "with_apt_get"), [(1000, True), (0, False)])
def test_ci_says_what_is_not_run_where_it_may_not_install(
    tmp_path: Path, user: int, with_apt_get: bool
) -> None:
    machine = Machine(tmp_path, user)
    if with_apt_get:
        program(tmp_path, "apt-get", "exit 100")
    ran = machine.run()
    assert (ran.returncode, ran.stdout) == (0, "made lint\nmade test\n")
    assert "will say they were not run" in ran.stderr
