"""Wires everything a connector shares for one marketplace."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

from fastapi import APIRouter
from kit import telemetry
from kit.admission import Admission
from kit.database import Database
from kit.dead_letters import DeadLetter
from kit.failpoints import Failpoint
from kit.jobs import Job, Wake
from kit.redrive import Redriver
from kit.service import Service
from kit.unit_of_work import UnitOfWork
from sqlalchemy import Table

from connector_kit import handlers, store, usecases
from connector_kit.answers import Answers
from connector_kit.budget import Budgets
from connector_kit.config import ConnectorSettings
from connector_kit.executor import Executor, Pace
from connector_kit.group_commit import GroupCommit
from connector_kit.jobs import CarryOutRuns, MapWebhooks, MeasureBacklog, PollOrders, SealAnew
from connector_kit.jobs.gathering import Gathering
from connector_kit.jobs.webhooks import PACE
from connector_kit.leases import KEEP_EVERY, Leases
from connector_kit.marketplace import Mapper, Marketplace, ReadsChanges
from connector_kit.sealing import Sealer
from connector_kit.store import Known, ReceivedWebhook
from connector_kit.usecases import FoundUntold, OnReached

_VERIFIED = Failpoint("webhook.verified", "a webhook is genuine, it is not stored")
_STORED = Failpoint("webhook.stored", "a webhook is stored, the marketplace has no answer")
_FRESH_SECONDS = 10.0
_UNDRAWN = timedelta(days=1)
"""A bucket nobody drew from for so long is full, and made anew when somebody does."""


class Directory:
    """Whose account a marketplace's name for a seller is; answers are kept for a few seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: Answers[str, Known] = Answers(self._look, _FRESH_SECONDS)
        self._also: list[Callable[[], None]] = []

    async def find(self, key: str) -> Known | None:
        """The active entry of a name such as `shop:demo.myshopify.com`; None when there is none."""
        return await self._known.get(key)

    def forget(self, key: str) -> None:
        """Whose it is may have changed: the next one who asks has it looked up."""
        self._known.forget(key)
        for forget in self._also:
            forget()

    def on_forget(self, forget: Callable[[], None]) -> None:
        """What else is kept of accounts, and may have changed then."""
        self._also.append(forget)

    async def _look(self, key: str) -> Known | None:
        async with self._database.autocommit() as uow:
            known = await store.find_in_directory(uow, key)
        return known if known is not None and known.active else None


class Connector:
    """One marketplace's connector. Give it its client with `use`, then take the `service`."""

    def __init__(
        self,
        name: str,
        platform: str,
        settings: ConnectorSettings,
        database: Database,
        own_tables: Sequence[Table] = (),
        chores_of_access: Sequence[str] = (),
    ) -> None:
        """`own_tables`: what it keeps of tenants beside the shared tables, to be forgotten with them.

        `chores_of_access`: kinds of chores that are over when an account takes our access away.
        """
        self.name = name
        self.platform = platform
        self.settings = settings
        self.database = database
        self.sealer = Sealer(settings.seal_keys.get_secret_value())
        self.parting = usecases.Parting(self.sealer, tuple(chores_of_access))
        self.budgets = Budgets(database)
        self.leases = Leases(settings, database.source)
        self.directory = Directory(database)
        self.targets, self.webhooks, self.polls, self.runs = Wake(), Wake(), Wake(), Wake()
        self._gathering = Gathering(self.webhooks.wake)
        self.router = handlers.build(
            name, platform, targets=self.targets, runs=self.runs, own_tables=own_tables
        )
        self._accepting: GroupCommit[ReceivedWebhook, bool] = GroupCommit(self._accept_group)
        self._admission = Admission(self._accepting.waited)
        self._jobs: list[Job] = []
        self._mapper: Mapper | None = None

    def admit(self) -> None:
        """To be called before anything of a notification is looked at. Raises Overloaded (503): it is sent again."""
        self._admission.check()

    async def accept(self, webhook: ReceivedWebhook) -> bool:
        """Store a verified webhook; returns once it is committed, so that a 2xx answer is a promise.

        False, and nothing stored, when its account is no longer the tenant's: what the directory keeps for a moment was
        old. Forget it, and look up whose it is now.
        """
        _VERIFIED.reached()
        stored = await self._accepting(webhook)
        _STORED.reached()
        return stored

    async def _accept_group(self, received: Sequence[ReceivedWebhook]) -> list[bool]:
        async with self.database.autocommit() as uow:  # one statement: all of the group are stored, or none
            stored = await usecases.accept_webhooks(uow, received)
        self._gathering.stored({webhook.account_id for webhook in received})
        return stored

    def use(
        self,
        marketplace: Marketplace,
        mapper: Mapper,
        after_run: usecases.AfterRun | None = None,
        *,
        changes: ReadsChanges | None = None,
        found_untold: FoundUntold = usecases.nothing_to_do,
        on_reached: OnReached | None = None,
    ) -> None:
        """Take the marketplace's client, the meaning of its notifications, and what follows a complete run.

        `changes` reads changed articles alone; `found_untold` hears of sales that notifications missed; `on_reached`: what
        else follows, for this marketplace alone, in the transaction that says a target is reached.
        """
        s = self.settings
        self._mapper = mapper
        self.executor = Executor(
            self.database,
            marketplace,
            self.sealer,
            Pace(in_flight=s.calls_in_flight, per_account=s.calls_per_account),
            self.leases,
            wake=self.targets,
            on_reached=on_reached,
        )
        mapping = self._mapping(marketplace, mapper)
        polling = self._polling(marketplace, found_untold)
        running = self._running(marketplace, after_run, changes, found_untold)
        self._jobs = [
            Job("intents", self.executor.turn, every=1.0, wake=self.targets),
            Job("webhooks", mapping.turn, every=1.0, wake=self.webhooks, pace=PACE),
            Job("polls", polling.turn, every=1.0, wake=self.polls),
            Job("runs", running.turn, every=1.0, wake=self.runs),
            Job("leases", self.leases.turn, every=KEEP_EVERY),
            Job("backlog", MeasureBacklog(self.database).turn, every=5.0),
            Job("sealing", SealAnew(self.database, self.sealer).turn, every=300.0),
            Job("prune", self._prune, every=3600.0),
        ]

    def _mapping(self, marketplace: Marketplace, mapper: Mapper) -> MapWebhooks:
        s = self.settings
        return MapWebhooks(
            self.database,
            marketplace,
            mapper,
            self.sealer,
            self.leases,
            most=s.webhooks_per_turn,
            each=s.webhooks_per_account,
            wake=self.webhooks,
            gathering=self._gathering,
            parting=self.parting,
            runs=self.runs,
        )

    def _polling(self, marketplace: Marketplace, found_untold: FoundUntold) -> PollOrders:
        s = self.settings
        return PollOrders(
            self.database,
            marketplace,
            self.sealer,
            self.leases,
            every=timedelta(seconds=s.poll_seconds),
            overlap=timedelta(seconds=s.poll_overlap_seconds),
            wake=self.polls,
            found_untold=found_untold,
        )

    def _running(
        self,
        marketplace: Marketplace,
        after_run: usecases.AfterRun | None,
        changes: ReadsChanges | None,
        found_untold: FoundUntold,
    ) -> CarryOutRuns:
        return CarryOutRuns(
            self.database,
            marketplace,
            self.sealer,
            self.leases,
            whole_every=timedelta(hours=self.settings.whole_reading_hours),
            changes=changes,
            wake=self.runs,
            after=after_run,
            found_untold=found_untold,
        )

    async def _prune(self) -> None:
        keep = timedelta(days=self.settings.raw_webhook_days)
        deleted = 1
        while deleted:
            async with self.database.bus() as uow:
                deleted = await store.prune_webhooks(uow, keep)
        async with self.database.bus() as uow:
            await store.prune_budgets(uow, _UNDRAWN)

    async def redrive(self, uow: UnitOfWork, letter: DeadLetter) -> None:
        """Map a dead webhook again."""
        if self._mapper is None:
            raise RuntimeError("the connector has no mapper yet")
        with telemetry.continued(None, f"{self.name} redrives a webhook"):
            await usecases.map_again(uow, self._mapper, letter, self.parting)

    def service(
        self,
        http: Sequence[APIRouter] = (),
        *,
        jobs: Sequence[Job] = (),
        lifespan: Sequence[AbstractAsyncContextManager[object]] = (),
        redrivers: Mapping[str, Redriver] | None = None,
    ) -> Service:
        """The service with all shared handlers and jobs, and the marketplace's own routes and jobs."""
        return Service(
            name=self.name,
            settings=self.settings,
            database=self.database,
            routers=[self.router],
            http=http,
            jobs=[*self._jobs, *jobs],
            lifespan=[self._admission, self.leases, *lifespan],
            redrivers={"webhooks": self.redrive, **(redrivers or {})},
        )
