"""Does what is due beside intents, polls and runs: leases it, has it done, puts it off or ends it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from kit.database import Database
from kit.errors import is_transient
from kit.jobs import Wake
from kit.logs import logger

from connector_kit import store
from connector_kit.domain import pause_after
from connector_kit.errors import CallFailed
from connector_kit.leases import Leases, Queue
from connector_kit.store import LeasedChore

log = logger(__name__)

Do = Callable[[LeasedChore], Awaitable[timedelta | None]]
"""Does one chore; the time until it is due again, None when it is done for good. May raise CallFailed."""

_AT_ONCE = 4
_LONGEST = timedelta(hours=1)


class DoChores:
    """A job of one kind of chores. Wake it when one was wanted for now.

    `do` fences what it writes by `store.hold_chore` in the same transaction. One that fails is due again after a pause that grows to an hour.
    """

    def __init__(
        self,
        database: Database,
        leases: Leases,
        kind: str,
        do: Do,
        *,
        at_once: int = _AT_ONCE,
        wake: Wake | None = None,
    ) -> None:
        self.wake = wake or Wake()
        self._database = database
        self._leases = leases
        self._kind = kind
        self._do = do
        self._at_once = at_once

    async def turn(self) -> None:
        """Do what is due, a few at once, until nothing is."""
        while True:
            async with self._database.autocommit() as uow:
                held = self._leases.held(Queue.CHORES)
                leased = await store.lease_chores(uow, self._kind, most=self._at_once, held=held)
            if not leased:
                return
            for outcome in await asyncio.gather(*(self._one(x) for x in leased), return_exceptions=True):
                if isinstance(outcome, BaseException):
                    raise outcome

    async def _one(self, leased: LeasedChore) -> None:
        """One that breaks off on its own data is due again like any other, so that it stands in nobody's way."""
        try:
            with self._leases.kept(Queue.CHORES, leased.chore.chore_id, leased.lease_no):
                pause = await self._do(leased)
        except CallFailed as failed:
            log.warning(
                "a chore failed", kind=self._kind, account=str(leased.chore.account_id), error=str(failed)
            )
            await self._put_off(leased, failed.problem.retry_after)
        except Exception as error:
            if is_transient(error):
                raise
            log.error(
                "a chore broke off", kind=self._kind, account=str(leased.chore.account_id), exc_info=error
            )
            await self._put_off(leased, None)
        else:
            await self._done(leased, pause)

    async def _put_off(self, leased: LeasedChore, asked: timedelta | None) -> None:
        pause = min(max(pause_after(leased.failures), asked or timedelta(seconds=1)), _LONGEST)
        async with self._database.bus() as uow:
            await store.postpone_chore(uow, leased, uow.now + pause, failed=True)

    async def _done(self, leased: LeasedChore, pause: timedelta | None) -> None:
        async with self._database.bus() as uow:
            if pause is None:
                await store.end_chore(uow, leased)
            else:
                await store.postpone_chore(uow, leased, uow.now + pause)
