"""Reads the orders changed since each account's watermark, whatever webhooks and the scheduler do."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from kit.clock import Clock, utc_now
from kit.database import Database
from kit.errors import is_transient
from kit.failpoints import Failpoint
from kit.jobs import Wake
from kit.logs import logger

from connector_kit import usecases
from connector_kit.domain import Account
from connector_kit.errors import CallFailed
from connector_kit.leases import Leases, Queue
from connector_kit.marketplace import Marketplace
from connector_kit.sealing import Sealer
from connector_kit.store import LeasedPoll
from connector_kit.usecases import FoundUntold, nothing_to_do

log = logger(__name__)

_AT_ONCE = 8
_PAGE_READ = Failpoint("poll.page_read", "a page of orders was read, nothing of it is on record")
_PAGE_RECORDED = Failpoint(
    "poll.page_recorded", "a page of orders is on record, the watermark is where it was"
)


class PollOrders:
    """The job `polls`. Wake it when an account's orders are wanted at once."""

    def __init__(
        self,
        database: Database,
        marketplace: Marketplace,
        sealer: Sealer,
        leases: Leases,
        *,
        every: timedelta,
        overlap: timedelta,
        wake: Wake | None = None,
        clock: Clock = utc_now,
        found_untold: FoundUntold = nothing_to_do,
    ) -> None:
        self.wake = wake or Wake()
        self._found_untold = found_untold
        self._database = database
        self._marketplace = marketplace
        self._sealer = sealer
        self._leases = leases
        self._every = every
        self._overlap = overlap
        self._clock = clock

    async def turn(self) -> None:
        """Poll the accounts that are due, a few at once, until none is."""
        while True:
            async with self._database.bus() as uow:
                due = await usecases.lease_polls(uow, self._sealer, most=_AT_ONCE)
            if not due:
                return
            polled = (self._poll(poll, account) for poll, account in due)
            for outcome in await asyncio.gather(*polled, return_exceptions=True):
                if isinstance(outcome, BaseException):
                    raise outcome

    async def _poll(self, poll: LeasedPoll, account: Account) -> None:
        """One that breaks off on its own data is due again like any other, so that it stands in nobody's way."""
        try:
            with self._leases.kept(Queue.POLLS, poll.account_id, poll.lease_no):
                await self._read(poll, account)
        except Exception as error:
            if is_transient(error):
                raise
            log.error("a poll broke off", account=str(poll.account_id), exc_info=error)
            async with self._database.bus() as uow:
                await usecases.fail_poll(uow, poll, pause=self._every)

    async def _read(self, poll: LeasedPoll, account: Account) -> None:
        if account.state != "connected":
            async with self._database.bus() as uow:
                await usecases.fail_poll(uow, poll, pause=timedelta(minutes=5))
            return
        begun = self._clock()
        since = (account.watermark or account.connected_at) - self._overlap
        try:
            async for page in self._marketplace.orders_changed_since(account, since):
                _PAGE_READ.reached()
                async with self._database.bus() as uow:
                    if not await usecases.record_polled(uow, poll, account, page, self._found_untold):
                        return
                _PAGE_RECORDED.reached()
        except CallFailed as failed:
            problem = failed.problem
            pause = max(problem.retry_after or self._every, timedelta(seconds=1))
            async with self._database.bus() as uow:
                reason = problem.reason if problem.login else None
                await usecases.fail_poll(uow, poll, pause=pause, login_reason=reason)
            return
        async with self._database.bus() as uow:
            await usecases.finish_poll(uow, poll, complete_up_to=begun, every=self._every)
