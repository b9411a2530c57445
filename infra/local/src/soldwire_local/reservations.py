"""Ports reserved across this user's processes: between finding a port free and listening on it nobody else takes it."""

import fcntl
import os
import tempfile
import threading
from pathlib import Path

from soldwire_local.errors import LocalError


class Reservations:
    """One file whose bytes stand for ports: a process locks those it has, and the kernel unlocks them when it ends.

    The locks are POSIX's: a process has them once however often it asks, so within the process a table says for whom.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._guard = threading.Lock()
        self._process = 0
        self._descriptor = -1
        self._owners: dict[int, Path] = {}

    def take(self, port: int, owner: Path) -> bool:
        """Whether the port is the owner's now, it may have been before."""
        with self._guard:
            self._open()
            if port in self._owners:
                return self._owners[port] == owner
            try:
                fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
            except (BlockingIOError, PermissionError):  # POSIX allows either
                return False
            self._owners[port] = owner
            return True

    def release(self, owner: Path) -> None:
        """Give back every port of the owner."""
        with self._guard:
            self._open()
            for port in [port for port, other in self._owners.items() if other == owner]:
                fcntl.lockf(self._descriptor, fcntl.LOCK_UN, 1, port)
                del self._owners[port]

    def _open(self) -> None:
        """Once per process and never closed: closing any descriptor of the file would unlock all. A fork has no locks."""
        if self._process == os.getpid():
            return
        try:
            self._descriptor = os.open(
                self.file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600
            )
        except OSError as error:
            raise LocalError(
                f"ports can't be reserved in {self.file}: {error}", remedy="delete that file, or set TMPDIR"
            ) from error
        self._owners = {}
        self._process = os.getpid()


OURS = Reservations(Path(tempfile.gettempdir()) / f"soldwire-ports-{os.getuid()}")
