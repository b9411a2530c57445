"""One runtime per data folder: a lock the kernel drops when its holder dies."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from soldwire_local.errors import LocalError

FILE = "lock"
LOOKERS_GONE_WITHIN = 0.5  # seconds: `holder` takes a shared lock for an instant


class InUse(LocalError):
    """Another runtime works on this data folder."""


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Keep the folder for this process; raises InUse with the holder's process id."""
    with _taken(folder) as file:
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def holder(folder: Path) -> int | None:
    """The process id of the runtime that uses the folder now, if any; 0 when it has not said yet."""
    try:
        file = (folder / FILE).open("r")
    except FileNotFoundError:
        return None
    with file:
        if _try(file, fcntl.LOCK_SH):
            return None
        said = file.read()
        return int(said) if said.isdecimal() else 0


def _taken(folder: Path) -> IO[str]:
    deadline = time.monotonic() + LOOKERS_GONE_WITHIN
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / FILE).open("a+")
        if _try(file, fcntl.LOCK_EX) and _still_there(file, folder / FILE):
            return file
        file.close()
        if time.monotonic() > deadline:
            raise InUse(
                f"another runtime (process {holder(folder)}) uses {folder}",
                remedy="stop it with Ctrl-C, or set SOLDWIRE_HOME to another folder",
            )
        time.sleep(0.01)


def _still_there(file: IO[str], path: Path) -> bool:
    """A reset deletes the file while it holds it; a lock on what has no name keeps nobody out."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _try(file: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
