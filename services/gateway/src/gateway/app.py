"""Wires the gateway: database, owners' clients, the live hub and its reader, templates and routes."""

from __future__ import annotations

import httpx
from kit.database import Database
from kit.service import Job, Service

from gateway import jobs, routes
from gateway.client import Owners
from gateway.config import Settings
from gateway.handlers import LiveReader
from gateway.live import Hub
from gateway.routes.assets import Assets
from gateway.routes.rendering import Pages


def build(settings: Settings | None = None, http: httpx.AsyncClient | None = None) -> Service:
    """One replica. Raises VendorFilesMissingError when the browser's libraries were not set up."""
    settings = settings or Settings()
    database = Database(settings, source="/gateway")
    owners_http = http or httpx.AsyncClient(timeout=settings.owner_timeout_seconds)
    hub, found = Hub(), Assets()
    context = routes.Context(settings, database, Owners.over(settings, owners_http), hub, Pages(found))
    reader = LiveReader(settings, hub)
    return Service(
        name="gateway",
        settings=settings,
        database=database,
        http=routes.build(found),
        jobs=[Job("live", reader.run, every=1.0), *jobs.build(database)],
        lifespan=[owners_http],
        mount=routes.install(context),
    )
