"""Targets of listings as the orchestrator sends them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from soldwire_contracts.listings import ListingTarget
from soldwire_contracts.values import Platform, TargetCause


def listing_target(
    platform: Platform, tenant: UUID, account: UUID, listing: UUID, **more: object
) -> ListingTarget:
    """Version 1 of a take-down after a sale, wanted now and due in five minutes; `more` are fields that differ."""
    now = datetime.now(UTC)
    values: dict[str, object] = {
        "tenant_id": tenant,
        "platform": platform,
        "account_id": account,
        "listing_id": listing,
        "article_id": uuid4(),
        "version": 1,
        "quantity": 0,
        "cause": TargetCause.SALE,
        "requested_at": now,
        "deadline": now + timedelta(minutes=5),
    }
    return ListingTarget.model_validate(values | more)
