"""Maps stored webhooks: a batch in one transaction, one by one when that fails, orders fetched where only ids came."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from kit import telemetry
from kit.database import Database
from kit.errors import is_transient
from kit.failpoints import Failpoint
from kit.jobs import Wake
from kit.logs import logger
from soldwire_contracts.ids import listing_id as mint_listing_id

from connector_kit import metrics, store, usecases
from connector_kit.domain import Account, Listing, pause_after
from connector_kit.errors import CallFailed
from connector_kit.jobs.gathering import Gathering
from connector_kit.leases import Leases, Queue
from connector_kit.marketplace import Mapper, Marketplace, UnmappableError, Webhook
from connector_kit.sealing import Sealer
from connector_kit.usecases import Fetch
from connector_kit.workers import Workers

log = logger(__name__)

PACE = 0.02
"""Seconds at least between the starts of two batches: under load they are fewer and larger. While quiet none waits."""
_FETCHES_EACH = 8
"""At once for one account."""
_MAPPED = Failpoint("webhooks.mapped", "what stored webhooks say is written, nothing of it is committed")
_RECORDED = Failpoint("webhooks.recorded", "what stored webhooks say is committed, nobody was woken")
_FETCHED = Failpoint("webhooks.fetched", "what a webhook spoke of was read, nothing of it is on record")


class MapWebhooks:
    """The job `webhooks`. Wake it after a webhook was stored."""

    def __init__(
        self,
        database: Database,
        marketplace: Marketplace,
        mapper: Mapper,
        sealer: Sealer,
        leases: Leases,
        *,
        most: int = 300,
        each: int = 50,
        wake: Wake | None = None,
        gathering: Gathering | None = None,
        parting: usecases.Parting | None = None,
        runs: Wake | None = None,
    ) -> None:
        self.wake = wake or Wake()
        self._database = database
        self._marketplace = marketplace
        self._mapper = mapper
        self._sealer = sealer
        self._parting = parting or usecases.Parting(sealer)
        self._leases = leases
        self._fetching = Workers(self.wake)
        self._room: dict[UUID, asyncio.Semaphore] = {}
        self._most = most
        self._each = each
        self._after = store.FIRST
        self._wake_runs = (runs or Wake()).wake
        self._gathering = gathering or Gathering(self.wake.wake)

    async def turn(self) -> None:
        """Map until nothing is due and nothing is being fetched. A slow marketplace holds up only what needs it."""
        try:
            while True:
                began = time.monotonic()
                more = await self._map()
                if not more and not self._fetching:
                    return
                if not more:
                    full = max(self._fetching.load().values(), default=0) >= self._each
                    if not await self._fetching.pause(more=full):
                        return
                    await asyncio.sleep(max(0.0, began + PACE - time.monotonic()))
        except asyncio.CancelledError:
            await self._fetching.stop()
            raise

    async def _map(self) -> bool:
        """Map one batch and begin what it wants fetched; whether there may be more."""
        load = self._fetching.load()
        webhooks, fetches = await self._batch(load)
        for fetch in fetches:
            self._fetching.start(self._fetch(fetch), fetch.webhook.account_id)
        metrics.did(metrics.WEBHOOKS, len(webhooks) - len(fetches))
        per_account = Counter(w.account_id for w in webhooks)
        full = len(webhooks) >= self._most > 0 or len(per_account) >= store.IN_TURN
        self._after = webhooks[-1].account_id if full else store.FIRST
        if not full:
            left = {account: self._each - load.get(account, 0) for account in per_account}
            self._gathering.mapped({account: n for account, n in per_account.items() if n < left[account]})
        return full or max(per_account.values(), default=0) >= self._each

    async def _batch(self, load: Mapping[UUID, int]) -> tuple[Sequence[Webhook], list[Fetch]]:
        taken: list[Webhook] = []
        try:
            async with self._database.bus() as uow:
                taken = await store.take_webhooks(
                    uow,
                    after=self._after,
                    most=self._most,
                    each=self._each,
                    load={**load, **dict.fromkeys(self._gathering.resting(), self._each)},
                    held=self._leases.held(Queue.WEBHOOKS),
                )
                fetches = await usecases.map_webhooks(
                    uow, self._mapper, taken, self._parting, self._wake_runs
                )
                if taken:
                    uow.after_commit(_RECORDED.reached)
                    _MAPPED.reached()
                return taken, fetches
        except Exception as error:
            if is_transient(error) or not taken:
                raise
            log.warning("webhooks mapped one by one", size=len(taken), error=repr(error))
            return taken, [fetch for webhook in taken for fetch in await self._alone(webhook)]

    async def _alone(self, webhook: Webhook) -> list[Fetch]:
        try:
            async with self._database.bus() as uow:
                return await usecases.map_one(uow, self._mapper, webhook.id, self._parting, self._wake_runs)
        except Exception as error:
            if is_transient(error):
                raise
            await self._set_aside(webhook, error)
            return []

    async def _set_aside(self, webhook: Webhook, error: Exception) -> None:
        log.error("webhook set aside", webhook=str(webhook.id), topic=webhook.topic, exc_info=error)
        async with self._database.bus([webhook.tenant_id]) as uow:
            await usecases.bury(uow, webhook, "refused", f"{type(error).__name__}: {error}")

    async def _fetch(self, fetch: Fetch) -> None:
        """One that breaks off is taken up again when its lease has run out; what can't be recorded is set aside."""
        webhook = fetch.webhook
        try:
            with self._leases.kept(Queue.WEBHOOKS, webhook.id, webhook.attempts + 1):
                async with self._room.setdefault(webhook.account_id, asyncio.Semaphore(_FETCHES_EACH)):
                    await self._fetch_now(fetch)
        except Exception as error:
            if is_transient(error):
                log.warning("what a webhook speaks of was not read", error=repr(error))
            else:
                await self._set_aside(webhook, error)

    async def _fetch_now(self, fetch: Fetch) -> None:
        webhook = fetch.webhook
        async with self._database.bus([webhook.tenant_id]) as uow:
            found, closed = await store.load_openable(uow, [webhook.account_id], self._sealer)
            if closed:
                await usecases.postpone_fetch(uow, fetch, usecases.CLOSED_PAUSE)
                return
        account = found[webhook.account_id]
        try:
            sightings, observations = await self._read(fetch, account)
        except CallFailed as failed:
            pause = failed.problem.retry_after or max(pause_after(webhook.attempts), timedelta(seconds=1))
            async with self._database.bus([webhook.tenant_id]) as uow:
                await usecases.postpone_fetch(uow, fetch, pause)
            return
        except UnmappableError as error:
            async with self._database.bus([webhook.tenant_id]) as uow:
                await usecases.bury(uow, webhook, "unreadable_order", str(error))
            return
        _FETCHED.reached()
        async with self._database.bus([webhook.tenant_id]) as uow:
            await usecases.record_fetched(uow, fetch, sightings, observations)
        metrics.did(metrics.WEBHOOKS, 1)

    async def _read(
        self, fetch: Fetch, account: Account
    ) -> tuple[list[usecases.Sighting], list[usecases.Observation]]:
        webhook = fetch.webhook
        sightings: list[usecases.Sighting] = []
        observations: list[usecases.Observation] = []
        with telemetry.continued(webhook.traceparent, "reads what a webhook spoke of"):
            if fetch.orders:
                page = await self._marketplace.read_orders(account, fetch.orders)
                if page.unreadable:
                    raise UnmappableError(page.unreadable[0].reason)
                sightings = [
                    usecases.Sighting(account, line, "webhook", webhook.accepted_at, webhook.traceparent)
                    for line in page.lines
                ]
            for alias in fetch.listings:
                named = Listing(
                    mint_listing_id(account.account_id, alias),
                    account.tenant_id,
                    account.account_id,
                    (alias,),
                )
                seen = await self._marketplace.read_listing(account, named)
                observations.append(usecases.Observation(account, seen, webhook.traceparent))
        return sightings, observations
