"""Renews access tokens: one at a time over all processes, on record before anybody uses them.

Shopify keeps the refresh token before valid until its replacement is used. So: lease, ask, commit both tokens fenced by
the lease, and only then use either. Whatever dies in between leaves a pair on record that still works.
"""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

from connector_kit import metrics
from connector_kit.connector import Connector
from connector_kit.domain import Account, pause_after
from connector_kit.errors import NEEDS_LOGIN, RETRY, CallFailed
from connector_kit.leases import Queue
from connector_kit.store import LeasedChore
from kit.clock import Clock, utc_now
from kit.failpoints import Failpoint
from kit.logs import logger

from connector_shopify import usecases
from connector_shopify.client import OAuth, Tokens
from connector_shopify.wire.credentials import Credentials
from connector_shopify.wire.oauth import TokenAnswer

log = logger(__name__)

_LEASED = Failpoint("token.leased", "a token's renewal is leased, the shop was not asked")
_GRANTED = Failpoint("token.granted", "the shop has granted newer tokens, they are not on record")
_KEPT = Failpoint("token.kept", "newer tokens are on record, nobody has used them")

_PATIENCE = 10.0
"""Seconds for which another's renewal is waited for: longer than a dead one's lease lasts."""
_LOOK = 0.1


class RenewTokens:
    """Renews when a chore is due (`do`), and at once for a call that needs it (`now`)."""

    def __init__(self, connector: Connector, oauth: OAuth, tokens: Tokens, clock: Clock = utc_now) -> None:
        self._connector = connector
        self._database = connector.database
        self._oauth = oauth
        self._tokens = tokens
        self._clock = clock

    async def do(self, leased: LeasedChore) -> timedelta | None:
        """The chore: the time until the next renewal, None when there will be none. Raises CallFailed."""
        chore = leased.chore
        async with self._database.bus([chore.tenant_id]) as uow:
            account = await usecases.on_record(uow, self._connector.sealer, chore.account_id)
        if account is None or not Credentials.read(account.credentials).renewable:
            return None
        try:
            renewed = await self._renew(leased, account)
        except CallFailed as failed:
            if failed.problem.login:
                return None
            raise
        return Credentials.read(renewed.credentials).renewal_after(self._clock())

    async def now(self, account: Account, refused: str) -> Account:
        """The account with a token that is not the one refused, renewed here or by whoever is at it."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            async with self._database.autocommit() as uow:
                leased = await usecases.lease_renewal(uow, account)
            if leased is not None:
                with self._connector.leases.kept(Queue.CHORES, leased.chore.chore_id, leased.lease_no):
                    return await self._in_hand(leased, account, refused)
            held = await self._held(account)
            if self._good(held, refused):
                return held
            if time.monotonic() > deadline:
                raise CallFailed(RETRY, "another process is renewing this account's token")
            await asyncio.sleep(_LOOK)

    async def _in_hand(self, leased: LeasedChore, account: Account, refused: str) -> Account:
        """Renew under the lease, unless that was done just before; then give it back."""
        try:
            held = await self._held(account)
            if not self._good(held, refused):
                held = await self._renew(leased, held)
        except CallFailed as failed:
            pause = None if failed.problem.login else pause_after(leased.failures)
            await self._give_back(leased, pause, failed=True)
            raise
        await self._give_back(leased, Credentials.read(held.credentials).renewal_after(self._clock()))
        return held

    async def _give_back(self, leased: LeasedChore, pause: timedelta | None, *, failed: bool = False) -> None:
        async with self._database.bus() as uow:
            await usecases.end_renewal(uow, leased, uow.now + pause if pause else None, failed=failed)

    async def _held(self, account: Account) -> Account:
        """The account as it is on record. Raises CallFailed when no token of it can work."""
        async with self._database.bus([account.tenant_id]) as uow:
            held = await usecases.on_record(uow, self._connector.sealer, account.account_id)
        if held is None or not held.credentials.get("access_token") or usecases.is_signed_out(held):
            raise CallFailed(NEEDS_LOGIN, "the account has no credentials any more")
        return held

    def _good(self, held: Account, refused: str) -> bool:
        """Whether the token on record can be used. Raises CallFailed when it can't and none can be had."""
        credentials = Credentials.read(held.credentials)
        if credentials.access_token != refused:
            return not credentials.over(self._clock())
        if not credentials.renewable:
            raise CallFailed(NEEDS_LOGIN, "the shop refuses a token that can't be renewed")
        return False

    async def _renew(self, leased: LeasedChore, account: Account) -> Account:
        """Ask for newer tokens and put them on record. Raises CallFailed; `login` once the account needs one."""
        _LEASED.reached()
        asked_at, before = self._clock(), Credentials.read(account.credentials)
        try:
            answer = await newer_tokens(self._oauth, account.address, before)
        except CallFailed as failed:
            return await self._refused(leased, account, failed)
        _GRANTED.reached()
        fresh = Credentials.granted(answer, asked_at, before)
        async with self._database.bus([account.tenant_id]) as uow:
            kept = await usecases.keep_token(uow, self._connector.sealer, leased, account, fresh)
        if kept is None:
            return await self._others(account)
        _KEPT.reached()
        metrics.tokens_renewed.labels("shopify", "renewed").inc()
        self._tokens.keep(kept)
        return kept

    async def _refused(self, leased: LeasedChore, account: Account, failed: CallFailed) -> Account:
        """A refusal counts only while the account is as it was: somebody else may have renewed or connected again."""
        if not failed.problem.login:
            metrics.tokens_renewed.labels("shopify", "failed").inc()
            raise failed
        async with self._database.bus([account.tenant_id]) as uow:
            over = await usecases.give_up_token(
                uow, self._connector.sealer, leased, account, failed.problem.reason
            )
        if not over:
            return await self._others(account)
        metrics.tokens_renewed.labels("shopify", "refused").inc()
        log.warning("a shop's sign-in is over", account=str(account.account_id), error=str(failed))
        raise failed

    async def _others(self, account: Account) -> Account:
        """What somebody else has put on record meanwhile."""
        held = await self._held(account)
        if held.credentials == account.credentials:
            raise CallFailed(RETRY, "another process is renewing this account's token")
        return held


async def newer_tokens(oauth: OAuth, shop: str, held: Credentials) -> TokenAnswer:
    """What the shop grants for what is held. Raises CallFailed.

    One who stood still past its lease may have had another pair made, unused, by which the one on record died.
    """
    if held.grant == "client_credentials":
        return await oauth.client_credentials(shop, held.client_id or "", held.client_secret or "")
    try:
        return await oauth.refresh(shop, held.refresh_token or "")
    except CallFailed as failed:
        if not failed.problem.login or held.previous is None:
            raise
    return await oauth.refresh(shop, held.previous)
