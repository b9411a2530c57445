"""What was released is never changed or taken back, also not by whoever rewrites the manifests with it."""

from __future__ import annotations

import subprocess

import pytest
from soldwire_contracts.generate import FOLDER
from soldwire_contracts.release import MANIFEST

RELEASED = ("released", "examples")


def git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=FOLDER, check=False, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"not a git clone, so there is no history to ask: {done.stderr.strip()}")
    return done.stdout


def files(listing: str) -> list[str]:
    return sorted({line for line in listing.splitlines() if line and not line.endswith(f"/{MANIFEST}")})


def test_no_commit_changed_or_removed_a_released_file() -> None:
    assert (
        files(git("log", "--diff-filter=MDRT", "--no-renames", "--format=", "--name-only", "--", *RELEASED))
        == []
    )


def test_nothing_uncommitted_changes_or_removes_a_released_file() -> None:
    assert (
        files(git("diff", "HEAD", "--diff-filter=MDRT", "--no-renames", "--name-only", "--", *RELEASED)) == []
    )
