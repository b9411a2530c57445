"""Named instants between two steps whose order keeps sales safe. A test ends the process there; nobody else does.

Armed by a file: with `SOLDWIRE_FAILPOINTS` naming a folder, `<folder>/<service>/<name>` kills the next process of that
service that reaches the point. The file is taken away first, under `<name>.hit-<number>`, so that one file is one crash
and the proof of it. Without the variable a point is one comparison.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "SOLDWIRE_FAILPOINTS"

_folder: Path | None = None
KNOWN: dict[str, Failpoint] = {}
"""Every point of what is imported, by name."""


@dataclass(frozen=True)
class Failpoint:
    """One instant. `between` says what has happened and what has not."""

    name: str
    between: str

    def __post_init__(self) -> None:
        if self.name in KNOWN:
            raise ValueError(f"there is a failpoint {self.name} already")
        KNOWN[self.name] = self

    def reached(self) -> None:
        """End the process at once, as `kill -9` does, if somebody armed this point for it."""
        if _folder is None:
            return
        armed = _folder / self.name
        with suppress(FileNotFoundError):
            # Whoever renames it first is the one that dies.
            armed.rename(armed.with_name(f"{self.name}.hit-{os.getpid()}"))
            os.kill(os.getpid(), signal.SIGKILL)


def enable(service: str) -> None:
    """Let points of this process be armed, if the variable is set. Called once, when a service starts."""
    global _folder
    folder = os.environ.get(VARIABLE)
    _folder = Path(folder) / service if folder else None
