"""Wires Depop's ingest together; nothing happens at import."""

from __future__ import annotations

from datetime import timedelta

from connector_kit.sealing import Sealer
from kit.clock import Clock, utc_now
from kit.database import Database
from kit.service import Service

from connector_depop_ingest import handlers, routes, usecases
from connector_depop_ingest.config import Settings
from connector_depop_ingest.jobs import Jobs, Pace


def build(settings: Settings | None = None, clock: Clock = utc_now) -> Service:
    """The service as one process runs it; tests hand in settings and a clock."""
    settings = settings or Settings()
    database = Database(settings, "/connector-depop-ingest", clock)
    sealer = Sealer(settings.seal_keys.get_secret_value())
    pace = Pace(
        timedelta(seconds=settings.read_every_seconds),
        timedelta(hours=settings.run_patience_hours),
        timedelta(days=settings.raw_webhook_days),
    )
    jobs = Jobs(pace, database, sealer)
    limits = routes.Limits(
        timedelta(seconds=settings.task_lease_seconds),
        settings.token_burst,
        settings.token_requests_per_second,
        settings.pair_tries_per_minute,
        settings.upload_bytes,
    )
    return Service(
        name="connector-depop-ingest",
        settings=settings,
        database=database,
        routers=[handlers.build(jobs.targets, jobs.runs)],
        http=routes.build(settings.secret, limits, database, sealer, jobs.uploads),
        jobs=jobs.all(),
        redrivers={"uploads": usecases.map_upload_again},
    )
