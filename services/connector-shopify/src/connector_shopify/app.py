"""Wires the Shopify connector together; nothing happens at import."""

from __future__ import annotations

from datetime import timedelta

from connector_kit.connector import Connector
from connector_kit.http import http_client
from connector_kit.jobs import DoChores, KeepSubscriptions
from kit.clock import Clock, utc_now
from kit.database import Database
from kit.jobs import Wake
from kit.service import Job, Service

from connector_shopify import usecases
from connector_shopify.client import (
    Admin,
    Bucket,
    Limits,
    Products,
    ShopifyMarketplace,
    ShopReader,
    Subscriptions,
)
from connector_shopify.config import Settings
from connector_shopify.jobs.products import TidyProducts
from connector_shopify.routes import accounts_router, connecting_router, hooks_router
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
    settle, sold_out = timedelta(seconds=settings.settle_seconds), Wake()
    takedowns = usecases.KeptTakedowns(database, settle)
    marketplace = ShopifyMarketplace(admin, takedowns, settle, clock)
    connector.use(marketplace, map_webhook, on_reached=usecases.want_tidying(sold_out))
    tidy = TidyProducts(database, connector.sealer, Products(admin), settle, clock)
    products = DoChores(database, connector.leases, usecases.PRODUCT, tidy.do, wake=sold_out)
    subscriptions = Subscriptions(admin, settings.shopify_webhook_address)
    keeper = KeepSubscriptions(connector.database, connector.sealer, subscriptions.ensure)
    routers = [
        hooks_router(connector, settings.webhook_secrets()),
        connecting_router(connector, ShopReader(admin), subscriptions),
        accounts_router(connector),
    ]
    return connector.service(
        routers,
        jobs=[
            Job("subscriptions", keeper.turn, every=3600.0),
            Job("products", products.turn, every=1.0, wake=sold_out),
        ],
        lifespan=[http],
        redrivers={"orders": usecases.read_order_again},
    )
