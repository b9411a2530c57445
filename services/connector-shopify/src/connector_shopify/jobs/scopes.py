"""Looks once an hour, when a shop tells of a change and after it refused a token, which scopes each shop gives us."""

from __future__ import annotations

from datetime import timedelta

from connector_kit.connector import Connector
from connector_kit.errors import CallFailed
from connector_kit.store import LeasedChore

from connector_shopify import usecases
from connector_shopify.client import ShopReader

REFUSED_EVERY = timedelta(minutes=5)


class CheckScopes:
    """The chore `scopes`."""

    def __init__(self, connector: Connector, shops: ShopReader) -> None:
        self._connector = connector
        self._shops = shops

    async def do(self, leased: LeasedChore) -> timedelta | None:
        """Ask the shop and put it on record; due again in an hour, never for one that left. Raises CallFailed.

        One that refuses its token is asked again in a few minutes: it comes back by itself if that was a whim.
        """
        chore, database = leased.chore, self._connector.database
        async with database.bus([chore.tenant_id]) as uow:
            account = await usecases.on_record(uow, self._connector.sealer, chore.account_id)
        if account is None:
            return None
        if usecases.is_signed_out(account):
            return usecases.SCOPES_EVERY
        try:
            granted = await self._shops.scopes_of(account)
        except CallFailed as failed:
            if not failed.problem.login:
                raise
            return REFUSED_EVERY
        async with database.bus([chore.tenant_id]) as uow:
            await usecases.record_scopes(uow, chore.account_id, granted)
            uow.after_commit(self._connector.polls.wake)
            uow.after_commit(self._connector.targets.wake)
        return usecases.SCOPES_EVERY
