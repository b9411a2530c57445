"""Keeping a shop's webhook subscriptions at our address, whatever Shopify has removed."""

from __future__ import annotations

from connector_kit.budget import Lane
from connector_kit.domain import Account
from connector_kit.errors import Action, CallFailed
from kit.logs import logger

from connector_shopify.client.http import Admin
from connector_shopify.wire.graphql import SubscriptionsData
from connector_shopify.wire.webhooks import SUBSCRIBED

log = logger(__name__)


class Subscriptions:
    """Subscribes a shop's topics to our `address`, none when that is empty. Raises CallFailed and nothing else."""

    def __init__(self, admin: Admin, address: str) -> None:
        self._admin = admin
        self.address = address

    async def ensure(self, account: Account) -> list[str]:
        """Register what is not registered at our address yet; returns the topics added. Safe to repeat.

        A topic that the shop or our scopes do not allow is left out with a warning: the poll finds what it would say.
        """
        if not self.address:
            return []
        held = await self._held(account)
        wanted = [topic for topic in SUBSCRIBED if topic.upper().replace("/", "_") not in held]
        return [topic for topic in wanted if await self._add(account, topic)]

    async def _held(self, account: Account) -> set[str]:
        held: set[str] = set()
        cursor: str | None = None
        while True:
            data = await self._admin.read(
                account, "Subscriptions", {"after": cursor}, SubscriptionsData, Lane.ORDERS
            )
            held |= {s.topic for s in data.webhook_subscriptions.nodes if s.uri == self.address}
            cursor = data.webhook_subscriptions.cursor
            if cursor is None:
                return held

    async def _add(self, account: Account, topic: str) -> bool:
        name = topic.upper().replace("/", "_")
        variables = {"topic": name, "webhookSubscription": {"uri": self.address, "format": "JSON"}}
        try:
            await self._admin.change(
                account, "Subscribe", "webhookSubscriptionCreate", variables, Lane.ORDERS
            )
        except CallFailed as failed:
            if failed.problem.action is not Action.FAIL or failed.problem.login:
                raise
            log.warning("a webhook topic was refused", shop=account.address, topic=topic, error=str(failed))
            return False
        return True
