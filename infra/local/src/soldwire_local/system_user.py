"""Whom PostgreSQL runs as when we are root, which it refuses to be, and what that user is let into."""

import os
import pwd
import stat
import subprocess
from pathlib import Path
from typing import TypedDict

NAME = "pgserver"  # the package's own server uses this name too


class Identity(TypedDict, total=False):
    """Arguments of Popen."""

    user: int
    group: int
    extra_groups: list[int]


def identity() -> Identity:
    """As root the other user, and none of root's groups; else nothing."""
    if os.geteuid() != 0:
        return {}
    found = pwd.getpwnam(NAME)
    return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}


def give(path: Path) -> None:
    """As root, make the user its owner."""
    if os.geteuid() == 0:
        owner = pwd.getpwnam(NAME)
        os.chown(path, owner.pw_uid, owner.pw_gid)


def let_in(folder: Path, binaries: Path) -> list[str]:
    """As root only: the user, its folder, and a way to both; returns what that changed on this machine, in words.

    Nothing of it is taken back later, so it has to be said.
    """
    if os.geteuid() != 0:
        return []
    said = []
    if _made():
        said.append(f"made the system user {NAME}: PostgreSQL refuses to run as root")
    give(folder)
    if opened := open_above(folder, binaries.resolve()):
        named = " ".join(map(str, opened))
        said.append(f"let PostgreSQL's user {NAME} pass through, not list (chmod o+x): {named}")
    return said


def _made() -> bool:
    """Whether the user had to be made."""
    try:
        pwd.getpwnam(NAME)
    except KeyError:
        subprocess.run(["useradd", "--system", "--no-create-home", NAME], check=True, capture_output=True)
        return True
    return False


def open_above(*paths: Path) -> list[Path]:
    """Let everybody pass through the folders above these, not list them; returns those where nobody could yet."""
    opened = []
    for above in (parent for path in paths for parent in reversed(path.parents)):
        mode = above.stat().st_mode
        if not mode & stat.S_IXOTH:
            above.chmod(mode | stat.S_IXOTH)
            opened.append(above)
    return opened
