"""Takes due intents and carries them out: many at once, fair over accounts, recorded in group commits."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from kit.clock import Clock, utc_now
from kit.database import Database
from kit.failpoints import Failpoint
from kit.jobs import Wake
from kit.logs import logger
from kit.unit_of_work import UnitOfWork

from connector_kit import metrics, store, usecases
from connector_kit.attempt import Attempt
from connector_kit.domain import Intent
from connector_kit.group_commit import GroupCommit
from connector_kit.marketplace import Marketplace
from connector_kit.sealing import Sealer
from connector_kit.store import Leased
from connector_kit.usecases import Ended, Work

log = logger(__name__)

_LEASED = Failpoint("intent.leased", "intents are leased, no work on them has begun")
_ENDING = Failpoint("intent.ending", "how intents ended is written, nothing of it is committed")
_ENDED = Failpoint("intent.ended", "how an intent ended is committed, its worker has not heard")


@dataclass(frozen=True, slots=True)
class Pace:
    """How much at once in this process, and for how long an intent is leased (longer than any call takes)."""

    in_flight: int = 32
    per_account: int = 8
    lease: timedelta = timedelta(seconds=30)


class Executor:
    """The job of a connector that changes listings. `turn` is its body; `wake` is for after the commit of intents."""

    def __init__(
        self,
        database: Database,
        marketplace: Marketplace,
        sealer: Sealer,
        pace: Pace,
        *,
        wake: Wake | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self.wake = wake or Wake()
        self._database = database
        self._sealer = sealer
        self._pace = pace
        self._after = {store.LOWER: store.FIRST, store.RAISE: store.FIRST}
        self._running: dict[asyncio.Task[None], UUID] = {}
        self._begin: GroupCommit[tuple[Work, Intent], bool] = GroupCommit(self._begin_group)
        self._end: GroupCommit[Ended, None] = GroupCommit(self._end_group)
        self._attempt = Attempt(marketplace, self._begin, clock, marketplace.traits.settle)

    async def turn(self) -> None:
        """Work until nothing is due and nothing is on its way. Leases what it can as soon as there is room."""
        try:
            while True:
                more = await self._fill()
                if not self._running:
                    return
                await self._pause(more=more)
        except asyncio.CancelledError:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)
            raise

    async def _pause(self, *, more: bool) -> None:
        """Until woken, at most a second; sooner when a place is free for what waits, or the last worker is done."""
        when = asyncio.FIRST_COMPLETED if more else asyncio.ALL_COMPLETED
        woken = asyncio.create_task(self.wake.wait(1.0))
        done = asyncio.create_task(_until(self._running, when))
        try:
            await asyncio.wait((woken, done), return_when=asyncio.FIRST_COMPLETED)
        finally:
            woken.cancel()
            done.cancel()
            await asyncio.gather(woken, done, return_exceptions=True)

    async def _fill(self) -> bool:
        """Lease work for the free places in one transaction; whether there may be more than there were places."""
        room = self._pace.in_flight - len(self._running)
        if room <= 0:
            return True
        leased: list[Leased] = []
        async with self._database.bus() as uow:
            for priority in (store.LOWER, store.RAISE):
                leased += await self._lease(uow, priority, room - len(leased), leased)
            works = await usecases.load_work(uow, self._sealer, leased)
        if works:
            _LEASED.reached()
        for work in works:
            self._start(work)
        return len(leased) == room or max(self._load().values(), default=0) >= self._pace.per_account

    async def _lease(
        self, uow: UnitOfWork, priority: int, room: int, before: Sequence[Leased]
    ) -> list[Leased]:
        """Lowerings anywhere before raisings anywhere: accounts after the last one served first, then from the start."""
        starts = {self._after[priority], store.FIRST}
        leased: list[Leased] = []
        for after in sorted(starts, reverse=True):
            if room > len(leased):
                leased += await store.lease_intents(
                    uow,
                    priority=priority,
                    after=after,
                    load=self._load((*before, *leased)),
                    most=room - len(leased),
                    each=self._pace.per_account,
                    lease=self._pace.lease,
                )
        self._after[priority] = max((x.account_id for x in leased), default=store.FIRST)
        return leased

    def _load(self, more: Sequence[Leased] = ()) -> Counter[UUID]:
        """How many of each account are under way."""
        return Counter(self._running.values()) + Counter(x.account_id for x in more)

    def _start(self, work: Work) -> None:
        task = asyncio.create_task(self._work(work))
        self._running[task] = work.account.account_id
        task.add_done_callback(lambda done: self._running.pop(done, None))

    async def _work(self, work: Work) -> None:
        """A worker that fails leaves its lease to run out; whoever takes it up then reads first."""
        try:
            ended = await self._attempt.run(work)
            if ended is not None:
                await self._end(ended)
                metrics.did(metrics.INTENTS, 1)
                _ENDED.reached()
        except Exception as error:
            log.error("an intent's attempt broke off", listing=str(work.intent.listing_id), exc_info=error)

    async def _begin_group(self, calls: Sequence[tuple[Work, Intent]]) -> list[bool]:
        async with self._database.bus() as uow:
            return await usecases.begin_calls(uow, calls)

    async def _end_group(self, ended: Sequence[Ended]) -> list[None]:
        async with self._database.bus() as uow:
            done = await usecases.end_work(uow, ended)
            _ENDING.reached()
            return done


async def _until(running: Collection[asyncio.Task[None]], when: str) -> None:
    """Wait for the first of the workers, or for all."""
    await asyncio.wait(tuple(running), return_when=when)
