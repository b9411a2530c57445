"""Settings of the sales-ledger."""

from __future__ import annotations

from kit.settings import ServiceSettings


class Settings(ServiceSettings):
    """How long an undo lasts and how much is done at once, beside what every service has."""

    undo_seconds: float = 10.0
    sweep_seconds: float = 1.0
    sweep_batch: int = 500
    export_page: int = 1000
    run_sales: int = 5000
