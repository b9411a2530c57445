"""Wires Depop's ingest together; nothing happens at import."""

from __future__ import annotations

from connector_kit.sealing import Sealer
from kit.clock import Clock, utc_now
from kit.database import Database
from kit.service import Service

from connector_depop_ingest import handlers, routes, usecases
from connector_depop_ingest.config import Settings
from connector_depop_ingest.jobs import Jobs


def build(settings: Settings | None = None, clock: Clock = utc_now) -> Service:
    """The service as one process runs it; tests hand in settings and a clock."""
    settings = settings or Settings()
    database = Database(settings, "/connector-depop-ingest", clock)
    sealer = Sealer(settings.seal_keys.get_secret_value())
    jobs = Jobs(settings, database, sealer)
    return Service(
        name="connector-depop-ingest",
        settings=settings,
        database=database,
        routers=[handlers.build(jobs.targets, jobs.runs)],
        http=routes.build(settings, database, sealer, jobs),
        jobs=jobs.all(),
        redrivers={"uploads": usecases.map_upload_again},
    )
