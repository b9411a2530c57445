"""The access token of each account: kept in memory, renewed by one at a time when it is over or refused."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self
from uuid import UUID

from connector_kit.domain import Account
from connector_kit.errors import NEEDS_LOGIN, CallFailed
from kit.clock import Clock, utc_now

from connector_shopify.wire.credentials import Credentials

NOBODY = UUID(int=0)
"""The account of a shop that is asked before it is anybody's."""
LEFT = UUID(int=1)
"""The account of a shop that is told that it is nobody's any more."""
NO_ACCOUNTS = frozenset({NOBODY, LEFT})
_EARLY = timedelta(seconds=5)
"""So long before its end a token counts as over: a call takes its time to get there."""
_HIDDEN = "[hidden]"
_SECRET = re.compile(r"shp[a-z]{2}_[A-Za-z0-9_-]+")
"""Tokens and secrets as Shopify makes them."""

Renew = Callable[[Account, str], Awaitable[Account]]
"""The account with a token other than the one refused. Raises CallFailed, with `login` when only the seller can help."""


@dataclass(frozen=True, slots=True)
class _Held:
    granted_at: datetime
    credentials: Credentials

    @classmethod
    def of(cls, account: Account) -> _Held:
        return cls(account.granted_at or account.connected_at, Credentials.read(account.credentials))

    @property
    def age(self) -> tuple[datetime, datetime]:
        """Rises with each login and each renewal."""
        return self.granted_at, self.credentials.expires_at or self.granted_at


class Tokens:
    """Gives each call the newest token of its account; an account in hand may be minutes old.

    An async context: what is under way is given up at its end. Without `renew` tokens are as the account has them.
    """

    def __init__(self, renew: Renew | None = None, clock: Clock = utc_now) -> None:
        self._renew = renew
        self._clock = clock
        self._held: dict[UUID, _Held] = {}
        self._renewing: dict[UUID, asyncio.Task[Credentials]] = {}

    def use(self, renew: Renew) -> None:
        """Take who renews tokens: he is made of what makes calls himself."""
        self._renew = renew

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        under_way = list(self._renewing.values())
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    async def of(self, account: Account) -> str:
        """The token to call with; costs nothing while it is good. Raises CallFailed, with `login` when there is none."""
        held = self._newest(account)
        if not held.access_token:
            raise CallFailed(NEEDS_LOGIN, "the account has no credentials any more")
        now = self._clock()
        if not held.over(now + _EARLY) or not held.renewable:
            return held.access_token
        try:
            return (await self._renewed(account, held.access_token)).access_token
        except CallFailed:
            if held.over(now):
                raise
            return held.access_token

    async def instead_of(self, account: Account, refused: str) -> str:
        """Another token than the one the shop has just refused. Raises CallFailed, with `login` when there is none."""
        held = self._newest(account)
        if held.access_token in ("", refused):
            held = await self._renewed(account, refused)
        return held.access_token

    def hide(self, account: Account, text: str) -> str:
        """The text without any of the account's secrets, should a shop or a proxy have thrown them back at us."""
        for credentials in (Credentials.read(account.credentials), self._newest(account)):
            for secret in credentials.secrets():
                text = text.replace(secret, _HIDDEN)
        return _SECRET.sub(_HIDDEN, text)

    def keep(self, account: Account) -> None:
        """These credentials are on record."""
        self._newest(account)

    def _newest(self, account: Account) -> Credentials:
        told = _Held.of(account)
        if account.account_id in NO_ACCOUNTS or not told.credentials.access_token:
            self._held.pop(account.account_id, None)
            return told.credentials
        held = self._held.get(account.account_id)
        if held is None or told.age >= held.age:
            held = self._held[account.account_id] = told
        return held.credentials

    async def _renewed(self, account: Account, refused: str) -> Credentials:
        """All who wait share one renewal; it goes on when they are cancelled."""
        if self._renew is None or account.account_id in NO_ACCOUNTS:
            raise CallFailed(NEEDS_LOGIN, "nobody can renew this token")
        task = self._renewing.get(account.account_id)
        if task is None:
            task = asyncio.create_task(self._renewal(self._renew, account, refused))
            self._renewing[account.account_id] = task
            task.add_done_callback(lambda done: self._ended(account.account_id, done))
        return await asyncio.shield(task)

    async def _renewal(self, renew: Renew, account: Account, refused: str) -> Credentials:
        return self._newest(await renew(account, refused))

    def _ended(self, account_id: UUID, task: asyncio.Task[Credentials]) -> None:
        self._renewing.pop(account_id, None)
        if not task.cancelled():
            task.exception()  # also when nobody waits any more
