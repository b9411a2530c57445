"""Timers: uploads mapped, intents that need no browser ended, runs that a browser has served moved on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from connector_kit import store as shared_store
from connector_kit import usecases as shared
from connector_kit.marketplace import Webhook
from connector_kit.sealing import Sealer
from connector_kit.usecases import LeaseLost
from kit.database import Database
from kit.errors import is_transient
from kit.failpoints import Failpoint
from kit.jobs import Job, Wake
from kit.logs import logger

from connector_depop_ingest import usecases
from connector_depop_ingest.usecases.uploads import bury

log = logger(__name__)

_MAPPED = Failpoint("upload.mapped", "what an upload says is written, nothing of it is committed")


@dataclass(frozen=True)
class Pace:
    """How often browsers are asked to read, how long runs wait for one, and how long raw uploads are kept."""

    read_every: timedelta
    run_patience: timedelta
    keep_uploads: timedelta


class Jobs:
    """All timers of the process, with what wakes them."""

    def __init__(self, pace: Pace, database: Database, sealer: Sealer) -> None:
        self._pace = pace
        self._database = database
        self._sealer = sealer
        self._after = shared_store.FIRST
        self.uploads, self.targets, self.runs = Wake(), Wake(), Wake()

    def all(self) -> list[Job]:
        """The jobs, for the service to run."""
        return [
            Job("uploads", self.map_uploads, every=1.0, wake=self.uploads),
            Job("intents", self.leave_kept, every=1.0, wake=self.targets),
            Job("runs", self.turn_runs, every=1.0, wake=self.runs),
            Job("prune", self.prune, every=3600.0),
        ]

    async def map_uploads(self) -> None:
        """Map what waits, shops in turn, one upload a transaction."""
        while await self._map_next():
            continue
        self.runs.wake()

    async def _map_next(self) -> bool:
        webhook: Webhook | None = None
        try:
            async with self._database.bus() as uow:
                taken = await usecases.take_uploads(uow, after=self._after, most=1, each=1)
                webhook = taken[0] if taken else None
                self._after = webhook.account_id if webhook else shared_store.FIRST
                if webhook is not None:
                    await usecases.map_upload(uow, webhook, self._pace.read_every)
                    _MAPPED.reached()
        except Exception as error:
            if webhook is None or is_transient(error):
                raise
            await self._set_aside(webhook, error)
        return webhook is not None

    async def _set_aside(self, webhook: Webhook, error: Exception) -> None:
        log.error("upload set aside", upload=str(webhook.id), topic=webhook.topic, exc_info=error)
        async with self._database.bus([webhook.tenant_id]) as uow:
            await bury(uow, webhook, webhook.topic, webhook.body, f"{type(error).__name__}: {error}")
            await shared_store.finish_webhooks(uow, {webhook.id: "dead letter"})

    async def leave_kept(self) -> None:
        """End what needs no browser, until nothing is due."""
        left = 1
        while left:
            async with self._database.bus() as uow:
                left = await usecases.leave_kept(uow)

    async def turn_runs(self) -> None:
        """Move on the runs that are due."""
        async with self._database.bus() as uow:
            leased = await shared.lease_runs(uow, most=50)
        for one in leased:
            try:
                async with self._database.bus() as uow:
                    await usecases.turn_run(uow, self._sealer, one, self._pace.run_patience)
            except LeaseLost:
                log.info("a run was taken over", run=str(one.run_id), lease=one.lease_no)

    async def prune(self) -> None:
        """Delete mapped uploads past their time: the CSV names buyers."""
        deleted = 1
        while deleted:
            async with self._database.bus() as uow:
                deleted = await shared_store.prune_webhooks(uow, self._pace.keep_uploads)
