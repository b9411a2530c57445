"""A connected marketplace login."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

DISCONNECTED = "account_disconnected"
"""The code of a target that was missed because its account is disconnected."""
AccountState = Literal["connected", "needs_login", "revoked"]
OVERLAP = timedelta(minutes=10)
"""What is read again of changed articles: a marketplace's search lags behind its changes."""


@dataclass(frozen=True, slots=True)
class Account:
    """One seller's login on one marketplace, with its unsealed credentials (never shown in a repr).

    `seller_id` is the marketplace's immutable id; `address` is what calls are addressed to where that differs, such
    as a Shopify shop domain.
    """

    account_id: UUID
    tenant_id: UUID
    platform: str
    seller_id: str
    address: str
    name: str
    connected_at: datetime
    """First connection: a sale dated before it is history (design.md, rule 4)."""
    state: AccountState = "connected"
    stock_master: bool = False
    revision: int = 1
    watermark: datetime | None = None
    """Every order changed before this has been read."""
    reason: str | None = None
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    granted_at: datetime | None = None
    """When the seller last gave us access: what took it away before that is over. None: at the first connection."""

    articles_up_to: datetime | None = None
    """Every article changed before this has been read."""
    articles_whole_at: datetime | None = None
    """When the last reading of all articles began."""

    def articles_since(self, now: datetime, whole_every: timedelta) -> datetime | None:
        """From when on changed articles are to be read; None where all of them must be.

        That is so when they never were, when it is too long ago, and when access was given anew since: what the seller
        may have done meanwhile, such as deleting articles, no change tells.
        """
        whole, up_to = self.articles_whole_at, self.articles_up_to
        if whole is None or up_to is None or now - whole > whole_every or self.outlived(whole):
            return None
        return up_to - OVERLAP

    def outlived(self, taken_away_at: datetime) -> bool:
        """Whether access that was taken away then has been given again since."""
        return taken_away_at < (self.granted_at or self.connected_at)
