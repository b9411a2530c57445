"""Keeps every shop's webhook subscriptions: Shopify removes one after its address failed for four hours."""

from __future__ import annotations

from uuid import UUID

from connector_kit.connector import Connector
from connector_kit.domain import Account
from connector_kit.errors import CallFailed
from kit.logs import logger

from connector_shopify import usecases
from connector_shopify.client import Subscriptions
from connector_shopify.wire.webhooks import SUBSCRIBED

log = logger(__name__)

_FIRST = UUID(int=0)
_AT_ONCE = 100


class KeepSubscriptions:
    """The job `subscriptions`."""

    def __init__(self, connector: Connector, subscriptions: Subscriptions, address: str) -> None:
        self._connector = connector
        self._subscriptions = subscriptions
        self._address = address

    async def turn(self) -> None:
        """Look at each connected shop once; one that can't be reached is left for the next turn."""
        after = _FIRST
        while self._address:
            async with self._connector.database.bus() as uow:
                found = await usecases.connected_accounts(uow, self._connector.sealer, after, _AT_ONCE)
            for account in found:
                if account.state == "connected":
                    await self._keep(account)
            if len(found) < _AT_ONCE:
                return
            after = found[-1].account_id

    async def _keep(self, account: Account) -> None:
        try:
            added = await self._subscriptions.ensure(account, self._address, SUBSCRIBED)
        except CallFailed as failed:
            log.warning("webhook subscriptions not looked at", shop=account.address, error=str(failed))
            return
        if added:
            log.warning("webhook subscriptions were missing", shop=account.address, topics=added)
