"""Asking a shop who it is, before it is anybody's account."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from connector_kit.budget import Lane
from connector_kit.domain import Account

from connector_shopify.client.http import Admin
from connector_shopify.wire.graphql import Shop, ShopData

_NOBODY = UUID(int=0)


class ShopReader:
    """Reads `shop` with credentials that belong to no account yet."""

    def __init__(self, admin: Admin) -> None:
        self._admin = admin

    async def read(self, shop: str, credentials: Mapping[str, str]) -> Shop:
        """The shop a token is for. Raises CallFailed, with `login` when the token is refused."""
        asking = Account(
            account_id=_NOBODY,
            tenant_id=_NOBODY,
            platform="shopify",
            seller_id="",
            address=shop,
            name=shop,
            connected_at=datetime.now(UTC),
            credentials=credentials,
        )
        return (await self._admin.read(asking, "Shop", {}, ShopData, Lane.ORDERS)).shop
