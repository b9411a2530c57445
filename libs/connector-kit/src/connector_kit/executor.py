"""Takes due intents and carries them out: many at once, fair over accounts, recorded in group commits."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from kit.clock import Clock, utc_now
from kit.database import Database
from kit.jobs import Wake
from kit.logs import logger

from connector_kit import store, usecases
from connector_kit.attempt import Attempt
from connector_kit.domain import Intent
from connector_kit.group_commit import GroupCommit
from connector_kit.marketplace import Marketplace
from connector_kit.sealing import Sealer
from connector_kit.usecases import Ended, Work

log = logger(__name__)

FIRST = UUID(int=0)


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
        self._after = {store.LOWER: FIRST, store.RAISE: FIRST}
        self._running: dict[asyncio.Task[None], UUID] = {}
        self._begin: GroupCommit[tuple[Work, Intent], bool] = GroupCommit(self._begin_group)
        self._end: GroupCommit[Ended, None] = GroupCommit(self._end_group)
        self._attempt = Attempt(marketplace, self._begin, clock, marketplace.traits.settle)

    async def turn(self) -> None:
        """Work until nothing is due and nothing is on its way. Leases what it can as soon as there is room."""
        try:
            while True:
                taken = await self._fill()
                if not self._running:
                    return
                await self._pause(full=not taken)
        except asyncio.CancelledError:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)
            raise

    async def _pause(self, *, full: bool) -> None:
        """Until a worker is done; when there was nothing to lease also until woken, at most a second."""
        waits: set[asyncio.Task[None]] = set(self._running)
        woken = asyncio.create_task(self.wake.wait(1.0)) if full else None
        if woken is not None:
            waits = waits | {woken}
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        if woken is not None and not woken.done():
            woken.cancel()
            await asyncio.gather(woken, return_exceptions=True)

    async def _fill(self) -> int:
        """Lease work for the free places: lowerings anywhere before raisings anywhere."""
        taken = 0
        for priority in (store.LOWER, store.RAISE):
            room = self._pace.in_flight - len(self._running)
            if room > 0:
                taken += await self._lease(priority, room)
        return taken

    async def _lease(self, priority: int, room: int) -> int:
        load = Counter(self._running.values())
        busy = [account for account, count in load.items() if count >= self._pace.per_account]
        after = self._after[priority]
        works = await self._lease_after(priority, after, busy, room)
        if len(works) < room and after != FIRST:
            works += await self._lease_after(priority, FIRST, busy, room - len(works))
        for work in works:
            self._start(work)
        self._after[priority] = max((w.account.account_id for w in works), default=FIRST)
        return len(works)

    async def _lease_after(self, priority: int, after: UUID, busy: Sequence[UUID], most: int) -> list[Work]:
        async with self._database.bus() as uow:
            return await usecases.lease_work(
                uow,
                self._sealer,
                priority=priority,
                after=after,
                busy=busy,
                most=most,
                each=self._pace.per_account,
                lease=self._pace.lease,
            )

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
        except Exception as error:
            log.error("an intent's attempt broke off", listing=str(work.intent.listing_id), exc_info=error)

    async def _begin_group(self, calls: Sequence[tuple[Work, Intent]]) -> list[bool]:
        async with self._database.bus() as uow:
            return await usecases.begin_calls(uow, calls)

    async def _end_group(self, ended: Sequence[Ended]) -> list[None]:
        async with self._database.bus() as uow:
            return await usecases.end_work(uow, ended)
