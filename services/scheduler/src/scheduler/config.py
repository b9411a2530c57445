"""Settings of the scheduler."""

from __future__ import annotations

from kit.settings import ServiceSettings


class Settings(ServiceSettings):
    """What the scheduler reads from `SOLDWIRE_*` beside what every service does."""

    sweep_seconds: float = 1.0
    """How often due plans and silent runs are looked for."""
