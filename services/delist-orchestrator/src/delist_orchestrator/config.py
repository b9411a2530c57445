"""Settings of the delist-orchestrator."""

from __future__ import annotations

from kit.settings import ServiceSettings


class Settings(ServiceSettings):
    """What the brake, deadlines and retries are set to, beside what every service has."""

    brake_floor: int = 50
    brake_share: float = 0.05
    brake_window_seconds: int = 600
    deadline_seconds: int = 60
    browser_deadline_seconds: int = 900
    retry_first_seconds: float = 30.0
    retry_longest_seconds: float = 3600.0
    retry_attempts: int = 6
    sweep_batch: int = 500
    sweep_seconds: float = 1.0
