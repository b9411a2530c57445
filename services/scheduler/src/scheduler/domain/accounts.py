"""Marketplace accounts as the scheduler knows them: connected or not, and read up to when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

LOOKBACK = timedelta(hours=48)
"""How far a sales run re-reads, so that a sale whose webhook was lost is found; never less (design.md §9)."""


@dataclass(frozen=True, slots=True)
class Account:
    """One account. `watermark`: every sale dated before it has been read."""

    account_id: UUID
    tenant_id: UUID
    platform: str
    name: str
    connected: bool
    revision: int
    connected_at: datetime
    watermark: datetime | None = None

    def arrives(self, before: Account | None) -> bool:
        """Whether it can be acted for now, and could not before."""
        return self.connected and not (before and before.connected)

    def after(self, before: Account | None) -> Account | None:
        """What to keep of a status: None when it is older than what is known."""
        if before is None:
            return self
        if self.revision <= before.revision:
            return None
        return replace(self, watermark=before.watermark)

    def read_from(self, start: datetime | None, lookback: timedelta = LOOKBACK) -> datetime | None:
        """Where a sales run begins: the watermark less the lookback; before the first, the seller's start date."""
        if self.watermark is None:
            return start
        return self.watermark - max(lookback, LOOKBACK)

    def unread(self) -> Account:
        """The account to be read from its plan's start again."""
        return replace(self, watermark=None)

    def read_up_to(self, moment: datetime | None) -> Account:
        """The account after a complete run; a watermark never goes back."""
        if moment is None or (self.watermark is not None and moment <= self.watermark):
            return self
        return replace(self, watermark=moment)
