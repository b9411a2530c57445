"""Where the sales-ledger is put together."""

from __future__ import annotations

from datetime import timedelta

from kit.clock import Clock, utc_now
from kit.database import Database
from kit.service import Job, Service

from sales_ledger import handlers, jobs, routes
from sales_ledger.config import Settings


def build(settings: Settings | None = None, clock: Clock = utc_now) -> Service:
    """The service, with nothing started yet."""
    settings = settings or Settings()
    database = Database(settings, source="/sales-ledger", clock=clock)
    return Service(
        name="sales-ledger",
        settings=settings,
        database=database,
        routers=[handlers.router],
        http=routes.build(
            database, timedelta(seconds=settings.undo_seconds), settings.export_page, settings.run_sales
        ),
        jobs=[
            Job("removals", jobs.sweep(database, settings.sweep_batch), every=settings.sweep_seconds),
            Job("terms", jobs.fill(database, settings.sweep_batch), every=settings.sweep_seconds),
        ],
    )
