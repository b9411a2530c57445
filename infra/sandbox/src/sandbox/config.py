"""The sandbox's settings, read from the environment."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the sandbox listens, where it keeps its journal, how fast its webhooks are resent and how many go out at once."""

    port: int = 8900
    state: Path | None = None
    time_factor: float = 1.0
    at_once: int = 32
    """Webhooks on their way to one address; a marketplace has no such limit, two shared cores do."""

    @classmethod
    def from_environment(cls) -> "Settings":
        state = os.environ.get("SOLDWIRE_SANDBOX_STATE")
        return cls(
            port=int(os.environ.get("SOLDWIRE_SANDBOX_PORT", "8900")),
            state=Path(state) if state else None,
            time_factor=float(os.environ.get("SOLDWIRE_SANDBOX_TIME_FACTOR", "1")),
            at_once=int(os.environ.get("SOLDWIRE_SANDBOX_AT_ONCE", "32")),
        )
