"""What several routes take: pages, and how long figures are provisional."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Query, Request

from sales_ledger.usecases import Delays


def delays_of(request: Request) -> Delays:
    """By platform, from the settings."""
    hours: dict[str, float] = request.app.state.settings.provisional_hours
    return {platform: timedelta(hours=delay) for platform, delay in hours.items()}


DelaysDep = Annotated[Delays, Depends(delays_of)]
Cursor = Annotated[str | None, Query(max_length=1000)]
Limit = Annotated[int, Query(ge=1, le=200)]
