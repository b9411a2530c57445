"""What Shopify asks about buyers' data, and what we hold of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Held:
    """A webhook as it is held, raw or dead. `mapped`: nothing reads it again by itself."""

    id: UUID
    topic: str
    at: datetime
    body: bytes
    mapped: bool


@dataclass(frozen=True, slots=True)
class PrivacyRequest:
    """One request of Shopify's about a buyer or a shop: ids only."""

    request_id: UUID
    tenant_id: UUID
    account_id: UUID
    topic: str
    received_at: datetime
    due_by: datetime
    shopify_id: str | None = None
    customer_id: str | None = None
    order_ids: tuple[str, ...] = ()
    forgotten: int = 0
    done_at: datetime | None = None

    @property
    def naming(self) -> frozenset[str]:
        """The ids that tell which webhooks it is about."""
        return frozenset((*self.order_ids, *([self.customer_id] if self.customer_id else ())))
