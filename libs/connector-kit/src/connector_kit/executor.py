"""Takes due intents and carries them out: many at once, fair over accounts, recorded in group commits."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from kit.clock import Clock, utc_now
from kit.database import Database
from kit.errors import is_transient
from kit.failpoints import Failpoint
from kit.jobs import Wake
from kit.logs import logger
from kit.unit_of_work import UnitOfWork

from connector_kit import metrics, store, usecases
from connector_kit.attempt import Attempt
from connector_kit.domain import Intent
from connector_kit.group_commit import GroupCommit
from connector_kit.leases import Leases, Queue
from connector_kit.marketplace import Marketplace
from connector_kit.sealing import Sealer
from connector_kit.store import Leased
from connector_kit.usecases import Ended, OnReached, Work
from connector_kit.workers import Workers

log = logger(__name__)

_BROKE_OFF_PAUSE = timedelta(seconds=30)

_LEASED = Failpoint("intent.leased", "intents are leased, no work on them has begun")
_ENDING = Failpoint("intent.ending", "how intents ended is written, nothing of it is committed")
_ENDED = Failpoint("intent.ended", "how an intent ended is committed, its worker has not heard")


@dataclass(frozen=True, slots=True)
class Pace:
    """How much at once in this process."""

    in_flight: int = 32
    per_account: int = 8


class Executor:
    """The job of a connector that changes listings. `turn` is its body; `wake` is for after the commit of intents."""

    def __init__(
        self,
        database: Database,
        marketplace: Marketplace,
        sealer: Sealer,
        pace: Pace,
        leases: Leases,
        *,
        wake: Wake | None = None,
        clock: Clock = utc_now,
        on_reached: OnReached | None = None,
    ) -> None:
        self.wake = wake or Wake()
        self._on_reached = on_reached
        self._database = database
        self._sealer = sealer
        self._pace = pace
        self._after = {store.LOWER: store.FIRST, store.RAISE: store.FIRST}
        self._leases = leases
        self._workers = Workers(self.wake)
        self._begin: GroupCommit[tuple[Work, Intent], bool] = GroupCommit(self._begin_group)
        self._end: GroupCommit[Ended, bool] = GroupCommit(self._end_group)
        self._attempt = Attempt(marketplace, self._begin, clock, marketplace.traits.settle)

    async def turn(self) -> None:
        """Work until nothing is due and nothing is on its way. Leases what it can as soon as there is room."""
        try:
            while True:
                more = await self._fill()
                if not self._workers or not await self._workers.pause(more=more):
                    return
        except asyncio.CancelledError:
            await self._workers.stop()
            raise

    async def _fill(self) -> bool:
        """Lease work for the free places in one transaction; whether there may be more than there were places."""
        room = self._pace.in_flight - len(self._workers)
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
            self._workers.start(self._work(work), work.account.account_id)
        return len(leased) == room or max(self._workers.load().values(), default=0) >= self._pace.per_account

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
                    load=self._workers.load() + Counter(x.account_id for x in (*before, *leased)),
                    most=room - len(leased),
                    each=self._pace.per_account,
                    held=self._leases.held(Queue.INTENTS),
                )
        full = len(leased) == room
        self._after[priority] = (
            max((x.account_id for x in leased), default=store.FIRST) if full else store.FIRST
        )
        return leased

    async def _work(self, work: Work) -> None:
        """A worker that fails leaves its lease to run out; whoever takes it up then reads first."""
        try:
            with self._leases.kept(Queue.INTENTS, work.intent.listing_id, work.lease_no):
                ended = await self._attempt.run(work)
                if ended is not None:
                    await self._end(ended)
            if ended is not None:
                metrics.did(metrics.INTENTS, 1)
                _ENDED.reached()
        except Exception as error:
            log.error("an intent's attempt broke off", listing=str(work.intent.listing_id), exc_info=error)
            if not is_transient(error):
                await self._put_off(work)

    async def _put_off(self, work: Work) -> None:
        with suppress(Exception):  # then its lease runs out
            async with self._database.bus() as uow:
                await usecases.put_off(uow, work, _BROKE_OFF_PAUSE)

    async def _begin_group(self, calls: Sequence[tuple[Work, Intent]]) -> list[bool]:
        async with self._database.bus() as uow:
            begun = await usecases.begin_calls(uow, calls)
        if not all(begun):
            self.wake.wake()
        return begun

    async def _end_group(self, ended: Sequence[Ended]) -> list[bool]:
        async with self._database.bus() as uow:
            superseded = await usecases.end_work(uow, ended, self._on_reached)
            _ENDING.reached()
        if any(superseded):
            self.wake.wake()
        return superseded
