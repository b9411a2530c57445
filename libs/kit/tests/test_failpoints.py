"""A failpoint kills once for each file that arms it, and is nothing otherwise."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from kit import failpoints
from kit.failpoints import Failpoint

PROGRAM = """
from kit import failpoints
point = failpoints.Failpoint("test.program", "nothing")
failpoints.enable("a-service")
point.reached()
print("lived")
"""


def run(folder: Path | None) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != failpoints.VARIABLE}
    if folder is not None:
        environment[failpoints.VARIABLE] = str(folder)
    return subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=False
    )


def test_an_armed_point_kills_the_first_that_comes_and_is_proof_of_it(tmp_path: Path) -> None:
    armed = tmp_path / "a-service" / "test.program"
    armed.parent.mkdir()
    armed.touch()
    died = run(tmp_path)
    assert (died.returncode, died.stdout) == (-signal.SIGKILL, "")
    assert [path.name.rpartition("-")[0] for path in armed.parent.iterdir()] == ["test.program.hit"]
    assert run(tmp_path).stdout == "lived\n"


def test_without_a_folder_or_for_another_service_it_is_nothing(tmp_path: Path) -> None:
    other = tmp_path / "another-service" / "test.program"
    other.parent.mkdir()
    other.touch()
    assert run(tmp_path).stdout == "lived\n"
    assert other.exists()
    assert run(None).stdout == "lived\n"


def test_names_are_given_once() -> None:
    Failpoint("test.twice", "nothing")
    with pytest.raises(ValueError, match=r"test\.twice already"):
        Failpoint("test.twice", "nothing")
