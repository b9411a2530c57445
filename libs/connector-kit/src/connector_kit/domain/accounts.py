"""A connected marketplace login."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

DISCONNECTED = "account_disconnected"
"""The code of a target that was missed because its account is disconnected."""
AccountState = Literal["connected", "needs_login", "revoked"]


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

    def outlived(self, taken_away_at: datetime) -> bool:
        """Whether access that was taken away then has been given again since."""
        return taken_away_at < (self.granted_at or self.connected_at)
