"""Wires the gateway: database, owners' clients, the live hub and its reader, templates and routes."""

from __future__ import annotations

import httpx
from kit.database import Database
from kit.service import Job, Service
from soldwire_contracts.topics import CONNECTED

from gateway import handlers, jobs, routes
from gateway.client import Owners
from gateway.config import Settings
from gateway.routes.assets import Assets
from gateway.routes.rendering import Pages
from gateway.usecases import Hub, SessionRules


def rules_of(settings: Settings) -> SessionRules:
    """How long a sign-in lasts."""
    return SessionRules(settings.session_idle, settings.session_max, settings.secret.get_secret_value())


def manner_of(settings: Settings) -> routes.Manner:
    """How people reach us."""
    return routes.Manner(settings.https, settings.trust_forwarded_for, settings.panel_patience_seconds)


def build(settings: Settings | None = None, http: httpx.AsyncClient | None = None) -> Service:
    """One replica. Raises VendorFilesMissingError when the browser's libraries were not set up."""
    settings = settings or Settings()
    database = Database(settings, source="/gateway")
    owners_http = http or httpx.AsyncClient(timeout=settings.owner_timeout_seconds)
    hub, found = Hub(), Assets()
    owners = Owners.over(settings, owners_http, CONNECTED)
    context = routes.Context(manner_of(settings), rules_of(settings), database, owners, hub, Pages(found))
    reader = handlers.LiveReader(settings, hub)
    return Service(
        name="gateway",
        settings=settings,
        database=database,
        routers=[handlers.router],
        http=routes.build(found),
        jobs=[Job("live", reader.run, every=1.0), *jobs.build(database)],
        lifespan=[owners_http],
        mount=routes.install(context),
    )
