"""The connectors' answers: marketplace accounts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from gateway.wire.base import Answer


class Account(Answer):
    """A connected marketplace login. `platform` is filled in by the client that asked."""

    account_id: UUID
    platform: str = ""
    name: str
    state: str = "connected"
    reason: str | None = None
    stock_master: bool = False
    connected_at: datetime | None = None
    orders_read_up_to: datetime | None = None
