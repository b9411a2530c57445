"""Runs that read a shop of `reading_shop`: one process each, killed where a test says so."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from connector_kit import store, usecases
from connector_kit.budget import Budgets
from connector_kit.domain import Account, Listing
from connector_kit.jobs import CarryOutRuns
from connector_kit.leases import Leases
from connector_kit.sealing import Sealer
from connector_kit.usecases import Observation
from connector_shopify.client import Admin, Bucket, Limits, ShopifyMarketplace
from connector_shopify.config import Settings
from kit.clock import Clock, utc_now
from kit.ids import new_id
from reading_shop import ReadingShop
from shopify_takedowns import Remembered
from soldwire_contracts.listings import ListingObserved
from soldwire_contracts.sync import SyncProgress, SyncRequested
from soldwire_contracts.values import RunState, SyncScope
from testkit.connector import Bench

ALWAYS, NEVER = -1.0, float("inf")
"""Seconds pages may take before bulk is the way."""


@dataclass
class Reader:
    """A connected account whose runs read `shop`, in as many processes as a test wants."""

    bench: Bench
    shop: ReadingShop
    bulk_after: float = ALWAYS
    ahead: timedelta = timedelta()
    """How far the clock of its processes is ahead."""
    runs: list[UUID] = field(default_factory=list)
    memory: Remembered = field(default_factory=Remembered)

    async def ask(self, desired: RunState = RunState.RUNNING, *, again: bool = False) -> UUID:
        """Ask for a run, or for the last one `again` with what is desired of it now."""
        if not again:
            self.runs.append(new_id())
        wanted = SyncRequested(
            tenant_id=self.bench.tenant,
            platform=self.bench.platform,
            account_id=self.bench.account,
            run_id=self.runs[-1],
            revision=2 if again else 1,
            scope=SyncScope.ARTICLES,
            desired=desired,
            requested_at=utc_now(),
        )
        await self.bench.take("runs", wanted)
        return self.runs[-1]

    def process(self) -> CarryOutRuns:
        """A process's job."""
        database = self.bench.service.database

        def now() -> datetime:
            return utc_now() + self.ahead

        marketplace = self.marketplace(now)
        return CarryOutRuns(
            database,
            marketplace,
            self._sealer,
            Leases(self.bench.settings, database.source),
            whole_every=timedelta(hours=24),
            changes=marketplace,
            clock=now,
        )

    def marketplace(self, clock: Clock = utc_now) -> ShopifyMarketplace:
        """Its client of the shop."""
        limits = Limits(Budgets(self.bench.service.database), Bucket(100_000, 100_000))
        admin = Admin(self.shop.http(), "https://{shop}", limits)
        return ShopifyMarketplace(admin, self.memory, timedelta(seconds=1), clock, bulk_after=self.bulk_after)

    async def account(self) -> Account:
        """The account, with its keys."""
        async with self.bench.service.database.bus([self.bench.tenant]) as uow:
            (account,) = (await store.load_accounts(uow, [self.bench.account], self._sealer)).values()
        return account

    @property
    def _sealer(self) -> Sealer:
        assert isinstance(self.bench.settings, Settings)
        return Sealer(self.bench.settings.seal_keys.get_secret_value())

    async def hears_of(self, number: int) -> None:
        """A webhook speaks of this variant, so it is read and recorded."""
        account = await self.account()
        named = Listing(new_id(), account.tenant_id, account.account_id, (f"variant:{number}",))
        seen = await self.marketplace().read_listing(account, named)
        async with self.bench.service.database.bus([self.bench.tenant]) as uow:
            await usecases.record_listings(uow, [Observation(account, seen)])

    async def turn(self) -> None:
        """A turn of a process that starts now, whatever a dead one holds, and a waiting run waits for."""
        await self.everything_due()
        await self.process().turn()

    async def everything_due(self) -> None:
        """Nobody holds a run, and none waits."""
        await self.bench.execute("update due_runs set due_at = now(), lease_until = null")

    async def killed(self, at_request: int) -> None:
        """A turn of a process that dies when the shop has done what its request of this number asks."""
        await self.everything_due()
        last = len(self.shop.asked) + at_request
        turning = asyncio.create_task(self.process().turn())

        def kill(number: int) -> None:
            if number == last:
                turning.cancel()

        self.shop.on_request = kill
        await asyncio.gather(turning, return_exceptions=True)
        self.shop.on_request = lambda _: None

    async def ended(self, within: int = 40) -> SyncProgress:
        """Turn until the last run has ended; what it said last."""
        for _ in range(within):
            await self.turn()
            if (last := (await self.progress())[-1]).outcome is not None:
                return last
        raise AssertionError(f"the run has not ended: {last}")

    async def read(self) -> SyncProgress:
        """A run, asked for and carried out."""
        await self.ask()
        return await self.ended()

    async def progress(self) -> list[SyncProgress]:
        """What the last run said."""
        said = [e.data for e in await self.bench.said("sync.progress") if isinstance(e.data, SyncProgress)]
        return [word for word in said if word.run_id == self.runs[-1]]

    async def last_said(self) -> dict[str, ListingObserved]:
        """What was last said of each SKU."""
        said = [
            e.data for e in await self.bench.said("listing.observed") if isinstance(e.data, ListingObserved)
        ]
        return {str(one.sku): one for one in said}

    async def shown(self) -> dict[str, tuple[int, str]]:
        """SKU → quantity and state, as last said."""
        return {sku: (one.quantity, str(one.state)) for sku, one in (await self.last_said()).items()}

    def truth(self) -> dict[str, tuple[int, str]]:
        """The same, as the shop has it."""
        states = {"ACTIVE": "live", "DRAFT": "draft", "ARCHIVED": "ended"}
        return {
            f"SKU-{v.number}": (sum(v.levels.values()), states[v.status]) for v in self.shop.variants.values()
        }
