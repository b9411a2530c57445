"""One runtime per data folder: a lock the kernel drops when its holder dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from soldwire_local.errors import LocalError

FILE = "lock"


class InUse(LocalError):
    """Another runtime works on this data folder."""


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Keep the folder for this process; raises InUse with the holder's process id."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / FILE).open("a+") as file:
        if not _try(file):
            raise InUse(
                f"another runtime (process {holder(folder)}) uses {folder}",
                remedy="stop it with Ctrl-C, or set SOLDWIRE_HOME to another folder",
            )
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def holder(folder: Path) -> int | None:
    """The process id of the runtime that uses the folder now, if any."""
    path = folder / FILE
    if not path.exists():
        return None
    with path.open("r+") as file:
        return None if _try(file) else int(file.read() or 0)


def _try(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
