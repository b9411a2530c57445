"""Keeps what a marketplace was asked to notify us of: it drops subscriptions whose address did not answer for long."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from kit.database import Database
from kit.logs import logger

from connector_kit import usecases
from connector_kit.domain import Account
from connector_kit.errors import CallFailed
from connector_kit.sealing import Sealer

log = logger(__name__)

_FIRST = UUID(int=0)
_AT_ONCE = 100


class KeepSubscriptions:
    """A job. `ensure` makes an account's missing subscriptions and returns their topics; it raises CallFailed alone."""

    def __init__(
        self, database: Database, sealer: Sealer, ensure: Callable[[Account], Awaitable[Sequence[str]]]
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._ensure = ensure

    async def turn(self) -> None:
        """Look at each connected account once; one that can't be reached is left for the next turn."""
        after: UUID | None = _FIRST
        while after is not None:
            async with self._database.bus() as uow:
                found, after = await usecases.connected_accounts(uow, self._sealer, after, _AT_ONCE)
            for account in found:
                await self._keep(account)

    async def _keep(self, account: Account) -> None:
        try:
            added = await self._ensure(account)
        except CallFailed as failed:
            log.warning("subscriptions not looked at", account=str(account.account_id), error=str(failed))
            return
        if added:
            log.warning("subscriptions were missing", account=str(account.account_id), topics=added)
