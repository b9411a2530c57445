"""Ports that avoid what is taken and stay the same between runs: remembered in the data folder."""

import json
import os
import random
import socket
from pathlib import Path

from pydantic import TypeAdapter

from soldwire_local.errors import LocalError
from soldwire_local.reservations import OURS, Reservations

HOST = "127.0.0.1"
RANGE = range(18100, 32000)  # below Linux's and macOS's ephemeral ports, so no outgoing connection takes one
TRIES = 200


def is_free(port: int) -> bool:
    """Whether somebody could listen there now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def spare() -> int:
    """A free port, this process's until it ends."""
    return next(port for port in Ports.candidates() if OURS.take(port, Path()) and is_free(port))


class Ports:
    """Named ports of one data folder, kept from this user's other runtimes until `release` or the process's end."""

    def __init__(self, file: Path, reservations: Reservations = OURS) -> None:
        self.file = file.resolve()
        self._reservations = reservations
        self._chosen = _read(file)

    def choose(self, name: str, hint: int | None = None) -> int:
        """The port remembered under this name, else the hint, else a random one: the first that is free."""
        for port in (self._chosen.get(name), hint, *self.candidates()):
            if port and not self._is_anothers(name, port) and self._take(port):
                return self._remember(name, port)
        raise LocalError(
            f"no free port for {name}", remedy="stop what listens on 127.0.0.1, see `soldwire doctor`"
        )

    @staticmethod
    def candidates() -> list[int]:
        """Ports worth trying, in random order."""
        return random.sample(RANGE, TRIES)

    def known(self) -> dict[str, int]:
        """Every remembered name and port."""
        return dict(self._chosen)

    def release(self) -> None:
        """Let others have these ports; the names keep them in mind."""
        self._reservations.release(self.file)

    def _take(self, port: int) -> bool:
        """Reserve first, then look: who looks first may see free what another is about to listen on."""
        return self._reservations.take(port, self.file) and is_free(port)

    def _is_anothers(self, name: str, port: int) -> bool:
        return any(port == chosen for other, chosen in self._chosen.items() if other != name)

    def _remember(self, name: str, port: int) -> int:
        if self._chosen.get(name) != port:
            self._chosen[name] = port
            self.file.parent.mkdir(parents=True, exist_ok=True)
            fresh = self.file.with_suffix(f".{os.getpid()}")
            fresh.write_text(json.dumps(self._chosen, indent=2, sort_keys=True) + "\n")
            fresh.replace(self.file)  # commands read it meanwhile, and a crash may come at any time
        return port


def _read(file: Path) -> dict[str, int]:
    """Names and ports; raises LocalError for a file that holds anything else."""
    if not file.exists():
        return {}
    try:
        return TypeAdapter(dict[str, int]).validate_json(file.read_bytes())
    except ValueError as error:
        raise LocalError(f"{file} can't be read", remedy="delete it: ports are chosen anew") from error
