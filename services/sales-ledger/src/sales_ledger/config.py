"""Settings of the sales-ledger."""

from __future__ import annotations

from typing import Annotated

from kit.settings import ServiceSettings
from pydantic import Field

Hours = Annotated[float, Field(ge=0, le=24 * 90)]


class Settings(ServiceSettings):
    """How long an undo lasts, how much is done at once and how long figures are provisional, beside what every service has."""

    undo_seconds: float = 10.0
    sweep_seconds: float = 1.0
    sweep_batch: int = 500
    export_page: int = 500
    provisional_hours: dict[str, Hours] = Field(default={"shopify": 24, "ebay": 48, "depop": 48})
    """By platform, how long after a sale the marketplace may still change its figures; 0 or no entry: not at all."""
    run_sales: int = 5000
