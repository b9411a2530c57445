"""Carries out requested runs, page by page, each with its checkpoint."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from kit.clock import Clock, utc_now
from kit.database import Database
from kit.errors import is_transient
from kit.failpoints import Failpoint
from kit.jobs import Wake
from kit.logs import logger

from connector_kit import usecases
from connector_kit.domain import Account, pause_after
from connector_kit.errors import BROKE_OFF, Action, CallFailed, Problem
from connector_kit.leases import Leases, Queue
from connector_kit.marketplace import ListingsPage, Marketplace, ReadsChanges
from connector_kit.sealing import Sealer
from connector_kit.store import LeasedRun, Run
from connector_kit.usecases import AfterRun, FoundUntold, LeaseLost, nothing_to_do

log = logger(__name__)

_MOST_FAILURES = 8
_LEASED = Failpoint("run.leased", "a run is leased, nothing of it is read")
_PAGE_READ = Failpoint(
    "run.page_read", "a page of a run was read, neither it nor its checkpoint is on record"
)
_PAGE_RECORDED = Failpoint(
    "run.page_recorded", "a page and its checkpoint are on record, the next is not asked for"
)


class CarryOutRuns:
    """The job `runs`: one run at a time in a process, so that syncs stay in the background."""

    def __init__(
        self,
        database: Database,
        marketplace: Marketplace,
        sealer: Sealer,
        leases: Leases,
        *,
        whole_every: timedelta,
        changes: ReadsChanges | None = None,
        wake: Wake | None = None,
        after: AfterRun | None = None,
        clock: Clock = utc_now,
        found_untold: FoundUntold = nothing_to_do,
    ) -> None:
        """`changes`: how changed articles are read alone, in runs between the whole readings due after `whole_every`."""
        self._whole_every = whole_every if changes is not None else None
        self._changes = changes
        self.wake = wake or Wake()
        self._after = after
        self._found_untold = found_untold
        self._database = database
        self._marketplace = marketplace
        self._sealer = sealer
        self._leases = leases
        self._clock = clock

    async def turn(self) -> None:
        """Carry out what is due, until nothing is."""
        while True:
            async with self._database.autocommit() as uow:
                leased = await usecases.lease_runs(uow, most=1)
            if not leased:
                return
            _LEASED.reached()
            for one in leased:
                with self._leases.kept(Queue.RUNS, one.run_id, one.lease_no):
                    await self._run(one)

    async def _run(self, leased: LeasedRun) -> None:
        try:
            async with self._database.bus() as uow:
                begun = await usecases.begin_run(uow, self._sealer, leased, whole_every=self._whole_every)
            if begun is not None:
                await self._carry_out(leased, *begun)
        except LeaseLost:
            log.info("a run was taken over", run=str(leased.run_id), lease=leased.lease_no)
            return
        if self._changes is not None:
            await self._let_go(leased, self._changes)

    async def _let_go(self, leased: LeasedRun, reading: ReadsChanges) -> None:
        async with self._database.bus() as uow:
            left = await usecases.broken_off(uow, self._sealer, leased)
        if left is None:
            return
        try:
            await reading.give_up_reading(*left)
        except CallFailed as failed:
            log.info("what a run left at its marketplace stays", run=str(leased.run_id), error=str(failed))

    async def _carry_out(self, leased: LeasedRun, run: Run, account: Account) -> None:
        current: Run | None = run
        try:
            while current is not None:
                current, complete_up_to = await self._phase(leased, current, account)
                if current is not None:
                    async with self._database.bus() as uow:
                        current = await usecases.next_phase(
                            uow, leased, account, begun_at=complete_up_to, after=self._after
                        )
        except CallFailed as failed:
            await self._failed(leased, run, account, failed.problem)
        except Exception as error:
            if is_transient(error) or isinstance(error, LeaseLost):
                raise
            log.error("a run broke off", run=str(leased.run_id), exc_info=error)
            await self._failed(leased, run, account, BROKE_OFF)

    async def _phase(self, leased: LeasedRun, run: Run, account: Account) -> tuple[Run | None, datetime]:
        """Read the phase from its checkpoint to its end, and up to when it is complete.

        No run when it was cancelled, or goes on later.
        """
        if run.phase == "articles":
            return await self._articles(leased, run, account), self._clock()
        current: Run | None = run
        up_to = self._clock()
        since = usecases.since_of(run, account)
        async for orders in self._marketplace.orders_changed_since(account, since, run.cursor, bulk=True):
            _PAGE_READ.reached()
            async with self._database.bus() as uow:
                current = await usecases.record_orders_page(uow, leased, account, orders, self._found_untold)
            _PAGE_RECORDED.reached()
            up_to = min(up_to, orders.complete_up_to or up_to)
            if current is None:
                break
        return current, up_to

    async def _articles(self, leased: LeasedRun, run: Run, account: Account) -> Run | None:
        current: Run | None = run
        async for page in self._pages(account, run):
            _PAGE_READ.reached()
            async with self._database.bus() as uow:
                current = await usecases.record_listings_page(uow, leased, account, page)
            _PAGE_RECORDED.reached()
            if current is None or page.again_in is not None:
                return None
        return current

    def _pages(self, account: Account, run: Run) -> AsyncIterator[ListingsPage]:
        if self._changes is None or run.articles_since is None:
            return self._marketplace.listings(account, run.cursor)
        return self._changes.listings_changed_since(account, run.articles_since, run.cursor)

    async def _failed(self, leased: LeasedRun, run: Run, account: Account, problem: Problem) -> None:
        passing = problem.action is not Action.FAIL and run.failures < _MOST_FAILURES
        asked, growing = problem.retry_after, pause_after(run.failures)
        if asked is not None and problem.action is not Action.RATE_LIMITED:
            asked = max(asked, growing)  # a circuit's short pauses must not use up what a run may fail
        pause = max(asked or growing, timedelta(seconds=1)) if passing else None
        async with self._database.bus() as uow:
            await usecases.fail_run(
                uow, leased, account, reason=problem.reason, pause=pause, login=problem.login
            )
