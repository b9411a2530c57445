"""Asking a shop who it is and which scopes it gives, before it is anybody's account and after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from connector_kit.budget import Lane
from connector_kit.domain import Account

from connector_shopify.client.http import Admin
from connector_shopify.client.tokens import NOBODY
from connector_shopify.wire.credentials import Credentials
from connector_shopify.wire.graphql import AppScopesData, Shop, ShopData
from connector_shopify.wire.scopes import with_reading


@dataclass(frozen=True, slots=True)
class Access:
    """What a token gives: its scopes with what they imply, and its app's client id, empty where that is not told."""

    scopes: frozenset[str]
    client_id: str


class ShopReader:
    """Reads with an account's credentials, or with some that belong to no account yet."""

    def __init__(self, admin: Admin) -> None:
        self._admin = admin

    async def read(self, shop: str, credentials: Credentials) -> Shop:
        """The shop a token is for. Raises CallFailed, with `login` when the token is refused."""
        asking = nobodys(shop, credentials)
        return (await self._admin.read(asking, "Shop", {}, ShopData, Lane.ORDERS)).shop

    async def access(self, shop: str, credentials: Credentials) -> Access:
        """What a token may do there, and of which app it is. Raises CallFailed."""
        return await self._access(nobodys(shop, credentials))

    async def scopes_of(self, account: Account) -> frozenset[str]:
        """What the shop lets us do, with what that implies. Raises CallFailed."""
        return (await self._access(account)).scopes

    async def _access(self, account: Account) -> Access:
        data = await self._admin.read(account, "AppScopes", {}, AppScopesData, Lane.ORDERS)
        found = data.current_app_installation
        scopes = with_reading(scope.handle for scope in found.access_scopes)
        return Access(scopes, found.app.api_key if found.app else "")


def nobodys(shop: str, credentials: Credentials, account_id: UUID = NOBODY) -> Account:
    """A shop that is asked with credentials of no account: nobody renews them, and nothing is told of an account."""
    return Account(
        account_id=account_id,
        tenant_id=NOBODY,
        platform="shopify",
        seller_id="",
        address=shop,
        name=shop,
        connected_at=datetime.now(UTC),
        credentials=credentials.kept(),
    )
