"""What was released is never changed or taken back, also not by whoever rewrites the manifests with it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from soldwire_contracts.generate import FOLDER
from soldwire_contracts.release import MANIFEST

RELEASED = ("released", "examples")
AS_SOMEBODY = (
    "-c",
    "user.name=somebody",
    "-c",
    "user.email=somebody@example.org",
    "-c",
    "commit.gpgsign=false",
)


def git(*arguments: str, within: Path = FOLDER) -> str:
    done = subprocess.run(["git", *arguments], cwd=within, check=False, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"not a git clone, so there is no history to ask: {done.stderr.strip()}")
    return done.stdout


def files(listing: str) -> list[str]:
    return sorted({line for line in listing.splitlines() if line and not line.endswith(f"/{MANIFEST}")})


def changed_in_history(within: Path = FOLDER) -> list[str]:
    """Released files that a commit changed or removed."""
    if git("rev-parse", "--is-shallow-repository", within=within).strip() == "true":
        pytest.skip("a shallow clone has no history to ask: git fetch --unshallow")
    how = ("--diff-filter=MDRT", "--no-renames", "--format=", "--name-only")
    return files(git("log", *how, "--", *RELEASED, within=within))


def test_no_commit_changed_or_removed_a_released_file() -> None:
    assert changed_in_history() == []


def test_a_change_in_the_history_is_seen_and_a_clone_without_one_says_so(tmp_path: Path) -> None:
    whole, shallow = tmp_path / "whole", tmp_path / "shallow"
    whole.mkdir()
    git("init", "--quiet", within=whole)
    for text in ("as released", "as changed"):
        (whole / "released").mkdir(exist_ok=True)
        (whole / "released" / "sale.json").write_text(text)
        git("add", ".", within=whole)
        git(*AS_SOMEBODY, "commit", "--quiet", "--message", text, within=whole)
    assert changed_in_history(whole) == ["released/sale.json"]
    git("clone", "--quiet", "--depth=1", whole.as_uri(), str(shallow), within=tmp_path)
    with pytest.raises(pytest.skip.Exception, match="unshallow"):
        changed_in_history(shallow)


def test_nothing_uncommitted_changes_or_removes_a_released_file() -> None:
    assert (
        files(git("diff", "HEAD", "--diff-filter=MDRT", "--no-renames", "--name-only", "--", *RELEASED)) == []
    )
