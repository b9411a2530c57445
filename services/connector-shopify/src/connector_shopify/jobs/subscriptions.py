"""Looks at a shop's webhook subscriptions, repairs them and writes down what it found."""

from __future__ import annotations

import random
from datetime import timedelta

from connector_kit.domain import Account
from connector_kit.errors import CallFailed
from connector_kit.sealing import Sealer
from connector_kit.store import LeasedChore
from kit.clock import Clock, utc_now
from kit.database import Database
from kit.logs import logger

from connector_shopify import usecases
from connector_shopify.client import Subscriptions
from connector_shopify.usecases import SUBSCRIPTIONS_EVERY

log = logger(__name__)


class WatchSubscriptions:
    """The chore `subscriptions`."""

    def __init__(
        self, database: Database, sealer: Sealer, subscriptions: Subscriptions, clock: Clock = utc_now
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._subscriptions = subscriptions
        self._clock = clock

    async def do(self, leased: LeasedChore) -> timedelta | None:
        """Look at one shop; again in about an hour, never again for one that left. Raises CallFailed."""
        chore = leased.chore
        async with self._database.bus([chore.tenant_id]) as uow:
            account = await usecases.connected_account(uow, self._sealer, chore.account_id)
        if account is None:
            return None
        await self.look(account)
        return SUBSCRIPTIONS_EVERY * random.uniform(0.9, 1.1)  # noqa: S311 - so that shops connected together drift apart

    async def look(self, account: Account) -> str | None:
        """Look at a shop, repair and write down; returns why it does not send all it should. Raises CallFailed."""
        began = self._clock()
        try:
            found = await self._subscriptions.ensure(account)
        except CallFailed as failed:
            async with self._database.bus([account.tenant_id], keep=True) as uow:
                await usecases.record_topics(
                    uow, account.account_id, None, began=None, problem=failed.problem.reason
                )
            raise
        if found.repaired:
            log.warning("subscriptions were missing", shop=account.address, topics=found.repaired)
        asked = bool(self._subscriptions.address)
        async with self._database.bus([account.tenant_id], keep=True) as uow:
            await usecases.record_topics(
                uow,
                account.account_id,
                found.topics if asked else None,
                began=began if asked else None,
                problem=found.problem,
            )
        return found.problem
