"""One size-limited log per process, and optionally the same lines on the console with the process's name."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import BinaryIO

MAX_BYTES = 10_000_000
KEPT = 3
MAX_OUTPUT = 1_000_000

Echo = Callable[[str, str], None]


def appended(path: Path, max_bytes: int = MAX_OUTPUT) -> BinaryIO:
    """A file for a process to write to itself, after a line with the time: the one before it may have said why it died.

    Above the size it starts over and the file so far is kept as `<name>.1`.
    """
    if path.exists() and path.stat().st_size > max_bytes:
        path.replace(path.with_name(f"{path.name}.1"))
    output = path.open("ab")
    output.write(f"--- started {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}\n".encode())
    output.flush()
    return output


class ProcessLog:
    """Takes a child's output as it comes; rotates at line ends, at most (KEPT + 1) × MAX_BYTES on disk."""

    def __init__(self, folder: Path, name: str, echo: Echo | None = None, max_bytes: int = MAX_BYTES) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.path = folder / f"{name}.log"
        self._echo = echo
        self._partial = b""
        self._file = RotatingFileHandler(self.path, maxBytes=max_bytes, backupCount=KEPT, encoding="utf-8")

    def write(self, chunk: bytes) -> None:
        """Append output; an unfinished last line waits for its rest."""
        lines, newline, self._partial = (self._partial + chunk).rpartition(b"\n")
        if newline:
            self._emit(lines.decode(errors="replace"))

    def say(self, line: str) -> None:
        """A line of the supervisor's own."""
        self._emit(f"[supervisor] {line}")

    def close(self) -> None:
        """Write what is left and close the file."""
        if self._partial:
            self._emit(self._partial.decode(errors="replace"))
            self._partial = b""
        self._file.close()

    def _emit(self, text: str) -> None:
        self._file.emit(logging.makeLogRecord({"msg": text}))
        if self._echo is not None:
            for line in text.splitlines():
                self._echo(self.name, line)
