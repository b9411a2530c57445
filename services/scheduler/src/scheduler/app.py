"""Wires the scheduler; nothing happens at import."""

from __future__ import annotations

from kit.database import Database
from kit.service import Service

from scheduler import handlers, jobs, routes
from scheduler.config import Settings


def build() -> Service:
    """The process: settings, database, handlers, HTTP and the two sweeps."""
    settings = Settings()
    database = Database(settings, source="/scheduler")
    return Service(
        name="scheduler",
        settings=settings,
        database=database,
        routers=[handlers.router],
        http=[routes.build(database)],
        jobs=jobs.build(database, settings.sweep_seconds),
    )
