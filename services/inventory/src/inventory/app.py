"""Wires inventory together; nothing happens at import."""

from kit.clock import Clock, utc_now
from kit.database import Database
from kit.service import Job, Service, Wake

from inventory import handlers, jobs, routes
from inventory.config import Settings


def build(settings: Settings | None = None, clock: Clock = utc_now) -> Service:
    """The inventory service as one process runs it; tests hand in settings and a clock."""
    settings = settings or Settings()
    db = Database(settings, source="/inventory", clock=clock)
    sweep = Wake()
    return Service(
        name="inventory",
        settings=settings,
        database=db,
        routers=[handlers.router],
        http=[routes.build(db, sweep)],
        jobs=[Job("owners", jobs.sweep_owners(db), every=60.0, wake=sweep)],
    )
