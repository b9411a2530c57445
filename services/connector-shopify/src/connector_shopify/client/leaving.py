"""Taking leave of a shop: our app is uninstalled, or what an app of the shop's own sends us is ended."""

from __future__ import annotations

from connector_kit.budget import Lane
from connector_kit.errors import CallFailed, Nature

from connector_shopify.client.http import Admin
from connector_shopify.client.shops import nobodys
from connector_shopify.client.subscriptions import Subscriptions
from connector_shopify.client.tokens import LEFT
from connector_shopify.wire.credentials import Credentials


class Farewell:
    """Called with the credentials of an account that left. Both may be repeated, and raise CallFailed and nothing else."""

    def __init__(self, admin: Admin, subscriptions: Subscriptions) -> None:
        self._admin = admin
        self._subscriptions = subscriptions

    async def uninstall(self, shop: str, credentials: Credentials) -> None:
        """Remove our app from the shop, and with it its tokens and subscriptions. Not installed is success."""
        leaving = nobodys(shop, credentials, LEFT)
        try:
            await self._admin.change(leaving, "Uninstall", "appUninstall", {}, Lane.ORDERS)
        except CallFailed as failed:
            if failed.problem.nature is not Nature.GONE:
                raise

    async def unsubscribe(self, shop: str, credentials: Credentials) -> None:
        """Have the shop's app send us nothing any more; the app and its token stay."""
        await self._subscriptions.end(nobodys(shop, credentials, LEFT))
