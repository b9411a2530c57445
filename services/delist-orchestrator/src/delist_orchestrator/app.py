"""Where the delist-orchestrator is put together."""

from __future__ import annotations

from datetime import timedelta

from kit.clock import Clock, utc_now
from kit.database import Database
from kit.service import Job, Service, Wake

from delist_orchestrator import handlers, jobs, routes
from delist_orchestrator.config import Settings
from delist_orchestrator.domain import NEEDS_BROWSER, Brake, Platform, Timing
from delist_orchestrator.usecases import Conduct


def timing_of(settings: Settings) -> Timing:
    """Deadlines and retries as set."""
    deadline = timedelta(seconds=settings.deadline_seconds)
    browser_deadline = timedelta(seconds=settings.browser_deadline_seconds)
    return Timing(
        deadlines={p: browser_deadline if p in NEEDS_BROWSER else deadline for p in Platform},
        retry_first=timedelta(seconds=settings.retry_first_seconds),
        retry_longest=timedelta(seconds=settings.retry_longest_seconds),
        retry_attempts=settings.retry_attempts,
    )


def brake_of(settings: Settings) -> Brake:
    """The brake as set."""
    return Brake(settings.brake_floor, settings.brake_share, timedelta(seconds=settings.brake_window_seconds))


def build(settings: Settings | None = None, clock: Clock = utc_now) -> Service:
    """The service, with nothing started yet."""
    settings = settings or Settings()
    database = Database(settings, source="/delist-orchestrator", clock=clock)
    wake = Wake()
    conduct = Conduct(timing_of(settings), brake_of(settings), wake.wake)
    sweep = jobs.sweep(database, conduct, settings.sweep_batch)
    return Service(
        name="delist-orchestrator",
        settings=settings,
        database=database,
        routers=[handlers.build(conduct)],
        http=routes.build(database, conduct),
        jobs=[
            Job("sweep", sweep, every=settings.sweep_seconds, wake=wake),
            Job("brake", jobs.lift_brakes(database, conduct), every=settings.sweep_seconds),
        ],
    )
