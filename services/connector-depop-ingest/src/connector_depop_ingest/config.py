"""Settings of Depop's ingest."""

from __future__ import annotations

from connector_kit.config import ConnectorSettings


class Settings(ConnectorSettings):
    """How long a browser may hold a task, how often it should read, and what one token may ask for."""

    task_lease_seconds: float = 120.0
    read_every_seconds: float = 600.0
    """How often a browser is asked to read the sold items when nothing calls for it sooner."""
    run_patience_hours: float = 24.0
    """A requested run waits this long for a browser."""
    token_requests_per_second: float = 5.0
    token_burst: float = 60.0
    pair_tries_per_minute: float = 10.0
    upload_bytes: int = 4 * 1024 * 1024
