"""Wires the Shopify connector together; nothing happens at import."""

from __future__ import annotations

from datetime import timedelta

from connector_kit.connector import Connector
from connector_kit.http import http_client
from connector_kit.jobs import DoChores
from kit.clock import Clock, utc_now
from kit.database import Database
from kit.service import Job, Service

from connector_shopify import usecases
from connector_shopify.client import Admin, Bucket, Limits, ShopifyMarketplace, ShopReader, Subscriptions
from connector_shopify.config import Settings
from connector_shopify.jobs import CarryOutPrivacy, NoteWebhooks, WatchSubscriptions
from connector_shopify.routes import accounts_router, connecting_router, hooks_router, privacy_router
from connector_shopify.tables import OWN_TENANT_TABLES, oauth_states
from connector_shopify.wire.webhooks import map_webhook

NAME = "connector-shopify"


def build(settings: Settings | None = None, clock: Clock = utc_now) -> Service:
    """The connector as one process runs it; tests hand in settings and a clock."""
    settings = settings or Settings()
    database = Database(settings, f"/{NAME}", clock)
    connector = Connector(NAME, "shopify", settings, database, (*OWN_TENANT_TABLES, oauth_states))
    http = http_client(timeout=settings.call_timeout_seconds, connections=200)
    bucket = Bucket(settings.shopify_bucket, settings.shopify_points_per_second)
    limits = Limits(connector.budgets, bucket)
    admin = Admin(http, settings.shopify_base, limits, settings.call_timeout_seconds)
    connector.use(
        ShopifyMarketplace(admin, timedelta(seconds=settings.settle_seconds), clock),
        map_webhook,
        found_untold=usecases.look_for_missing,
    )
    subscriptions = Subscriptions(admin, settings.shopify_webhook_address)
    watching = WatchSubscriptions(database, connector.sealer, subscriptions, clock)
    watched = DoChores(database, connector.leases, usecases.SUBSCRIPTIONS, watching.do)
    forgetting = CarryOutPrivacy(database, connector.sealer)
    forgotten = DoChores(database, connector.leases, usecases.PRIVACY, forgetting.do)
    noting = NoteWebhooks(database, clock)
    routers = [
        hooks_router(connector, settings.webhook_secrets(), noting.heard, forgotten.wake.wake),
        connecting_router(connector, ShopReader(admin), subscriptions),
        accounts_router(connector),
        privacy_router(connector),
    ]
    return connector.service(
        routers,
        jobs=[
            Job("subscriptions", watched.turn, every=10.0, wake=watched.wake),
            Job("watching", watching.turn, every=3600.0),
            Job("privacy", forgotten.turn, every=10.0, wake=forgotten.wake),
            Job("heard", noting.turn, every=10.0),
        ],
        lifespan=[http],
        redrivers={"orders": usecases.read_order_again},
    )
