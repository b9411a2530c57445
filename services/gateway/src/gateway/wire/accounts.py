"""The connectors' answers: marketplace accounts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from gateway.wire.base import Answer


class Account(Answer):
    """A connected marketplace login."""

    account_id: UUID
    platform: str
    name: str
    state: str = "connected"
    reason: str | None = None
    stock_master: bool = False
    connected_at: datetime | None = None
    reconnect_url: str | None = None
