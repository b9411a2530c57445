"""How ids are made, so that every door a thing comes in by gives it the same one (design.md, Identity)."""

from __future__ import annotations

from uuid import UUID, uuid5

from soldwire_contracts.values import Platform


def account_id(tenant_id: UUID, platform: Platform, seller_id: str) -> UUID:
    """UUIDv5 of tenant, platform and the platform's immutable seller id: reconnecting is the same account."""
    return uuid5(tenant_id, f"{platform}:{seller_id}")


def sale_id(account: UUID, order_id: str, line_id: str) -> UUID:
    """UUIDv5 of account, order and line: webhook, poll and sync meet in one sale (Shopify, eBay)."""
    return uuid5(account, f"{order_id}:{line_id}")


def listing_id(account: UUID, alias: str) -> UUID:
    """UUIDv5 of account and the first alias a listing was seen under, such as `variant:123`."""
    return uuid5(account, f"listing:{alias}")
