"""The connectors' answers: marketplace accounts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from gateway.wire.base import Answer


class Account(Answer):
    """A connected marketplace login. `platform` is filled in by the client that asked.

    Depop's says neither whether it keeps the stock nor up to when its orders were read.
    """

    account_id: UUID
    platform: str = ""
    name: str
    state: str
    reason: str | None = None
    stock_master: bool = False
    connected_at: datetime
    orders_read_up_to: datetime | None = None
