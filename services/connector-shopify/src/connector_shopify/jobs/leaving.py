"""Tells shops that were disconnected in Soldwire: our app is uninstalled there, or an app of the shop's own falls silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from connector_kit.connector import Connector
from connector_kit.errors import RETRY, Action, CallFailed
from connector_kit.sealing import SealError
from connector_kit.store import LeasedChore
from kit.clock import Clock, utc_now
from kit.logs import logger

from connector_shopify import usecases
from connector_shopify.client import Farewell, OAuth
from connector_shopify.jobs.tokens import newer_tokens
from connector_shopify.usecases import Leaving, Outcome
from connector_shopify.wire.credentials import Credentials

log = logger(__name__)

MOST_TRIES = 20
"""With the pauses between them it is given up after half a day."""
_LONGEST = timedelta(hours=1)
_EARLY = timedelta(minutes=1)
"""So long before its end a token is renewed: the shop of an app of its own is told in many calls."""
_CLOSED = timedelta(hours=1)
"""When one is looked at again whose credentials can't be opened: operations must give back their key."""


class LeaveShops:
    """Does the chores `leaving`. What is killed anywhere is done again: a shop that was told takes no token any more."""

    def __init__(
        self, connector: Connector, farewell: Farewell, oauth: OAuth, clock: Clock = utc_now
    ) -> None:
        self._database = connector.database
        self._sealer = connector.sealer
        self._farewell = farewell
        self._oauth = oauth
        self._clock = clock

    async def do(self, leased: LeasedChore) -> timedelta | None:
        """Tell one shop, or give it up in the end. Raises CallFailed when it is to be tried again."""
        try:
            async with self._database.bus() as uow:
                left = await usecases.leaving(uow, self._sealer, leased)
        except SealError as error:
            log.error("a shop can't be told", account=str(leased.chore.account_id), error=str(error))
            await self._closed(leased)
            return None
        if left is not None:
            await self._leave(leased, left)
        return None

    async def _closed(self, leased: LeasedChore) -> None:
        """Raises CallFailed as long as its key may be given back."""
        if leased.failures + 1 < MOST_TRIES:
            raise CallFailed(replace(RETRY, retry_after=_CLOSED), "its credentials can't be opened")
        async with self._database.bus() as uow:
            await usecases.give_up_closed(uow, self._sealer, leased)

    async def _leave(self, leased: LeasedChore, left: Leaving) -> None:
        try:
            outcome: Outcome = "done"
            if not await self._tell(leased, left):
                return
        except CallFailed as failed:
            outcome = _given_up(failed, leased.failures)
            log.warning("a shop was not told", shop=left.account.address, outcome=outcome, error=str(failed))
        async with self._database.bus() as uow:
            await usecases.end_leaving(uow, self._sealer, leased, left, outcome)

    async def _tell(self, leased: LeasedChore, left: Leaving) -> bool:
        """Whether the shop was told; False when it is no longer to be, or somebody else is at it."""
        shop, credentials = left.account.address, left.credentials
        if credentials.renewable and credentials.over(self._clock() + _EARLY):
            asked_at = self._clock()
            answer = await newer_tokens(self._oauth, shop, credentials)
            credentials = Credentials.granted(answer, asked_at, credentials)
            async with self._database.bus() as uow:
                if not await usecases.keep_leaving(uow, self._sealer, leased, credentials):
                    return False
        else:
            async with self._database.bus() as uow:
                if not await usecases.still_leaving(uow, self._sealer, leased):
                    return False
        tell = self._farewell.uninstall if left.our_app else self._farewell.unsubscribe
        await tell(shop, credentials)
        return True


def _given_up(failed: CallFailed, failures: int) -> Outcome:
    """Why it is not tried again. Raises the failure, with a pause that grows to an hour, when it is."""
    if failed.problem.action is Action.FAIL:
        return "refused"
    if failures + 1 >= MOST_TRIES:
        return "unreached"
    pause = min(timedelta(seconds=2.0**failures), _LONGEST)
    asked = max(pause, failed.problem.retry_after or pause)
    raise CallFailed(replace(failed.problem, retry_after=asked), failed.detail) from failed
