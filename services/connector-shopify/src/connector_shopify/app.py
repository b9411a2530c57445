"""Wires the Shopify connector together; nothing happens at import."""

from __future__ import annotations

from datetime import timedelta

from connector_kit.circuit import Circuits
from connector_kit.connector import Connector
from connector_kit.http import http_client
from connector_kit.jobs import KeepSubscriptions
from connector_kit.reports import Reports
from kit.clock import Clock, utc_now
from kit.database import Database
from kit.service import Job, Service

from connector_shopify import usecases
from connector_shopify.client import (
    Admin,
    Bucket,
    Checks,
    Limits,
    ShopifyMarketplace,
    ShopReader,
    Subscriptions,
)
from connector_shopify.client.problems import OF_THE_SHOP
from connector_shopify.config import Settings
from connector_shopify.jobs import KeepHealth, MeasureHealth
from connector_shopify.routes import accounts_router, connecting_router, hooks_router, testing_router
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
    reports = Reports(OF_THE_SHOP, clock)
    admin = Admin(
        http,
        settings.shopify_base,
        limits,
        settings.call_timeout_seconds,
        circuits=Circuits(),
        reports=reports,
    )
    connector.use(ShopifyMarketplace(admin, timedelta(seconds=settings.settle_seconds), clock), map_webhook)
    subscriptions = Subscriptions(admin, settings.shopify_webhook_address)
    keeper = KeepSubscriptions(connector.database, connector.sealer, subscriptions.ensure)
    routers = [
        hooks_router(connector, settings.webhook_secrets()),
        connecting_router(connector, ShopReader(admin), subscriptions),
        accounts_router(connector),
        testing_router(connector, Checks(admin, settings.shopify_webhook_address)),
    ]
    return connector.service(
        routers,
        jobs=[
            Job("subscriptions", keeper.turn, every=3600.0),
            Job("health", KeepHealth(database, reports).turn, every=3.0),
            Job("measure-health", MeasureHealth(database).turn, every=60.0),
        ],
        lifespan=[http],
        redrivers={"orders": usecases.read_order_again},
    )
