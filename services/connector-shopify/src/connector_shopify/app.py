"""Wires the Shopify connector together; nothing happens at import."""

from __future__ import annotations

from datetime import timedelta

from connector_kit.connector import Connector
from connector_kit.http import http_client
from connector_kit.jobs import DoChores, KeepSubscriptions
from kit.clock import Clock, utc_now
from kit.database import Database
from kit.service import Job, Service

from connector_shopify import usecases
from connector_shopify.client import (
    Admin,
    App,
    Bucket,
    Limits,
    OAuth,
    ShopifyMarketplace,
    ShopReader,
    Subscriptions,
    Tokens,
)
from connector_shopify.config import Settings
from connector_shopify.jobs import CheckScopes, RenewTokens
from connector_shopify.routes import (
    Connecting,
    accounts_router,
    connecting_router,
    hooks_router,
    oauth_router,
)
from connector_shopify.tables import OWN_TENANT_TABLES, oauth_states
from connector_shopify.wire.scopes import ASKED
from connector_shopify.wire.webhooks import map_webhook

NAME = "connector-shopify"
CHORES_OF_ACCESS = (usecases.TOKEN, usecases.SCOPES)
"""What there is nothing to do of any more once a shop has removed the app."""


def build(settings: Settings | None = None, clock: Clock = utc_now) -> Service:
    """The connector as one process runs it; tests hand in settings and a clock."""
    settings = settings or Settings()
    database = Database(settings, f"/{NAME}", clock)
    connector = Connector(
        NAME, "shopify", settings, database, (*OWN_TENANT_TABLES, oauth_states), CHORES_OF_ACCESS
    )
    http = http_client(timeout=settings.call_timeout_seconds, connections=200)
    bucket = Bucket(settings.shopify_bucket, settings.shopify_points_per_second)
    limits = Limits(connector.budgets, bucket)
    tokens = Tokens(clock=clock)
    admin = Admin(http, settings.shopify_base, limits, settings.call_timeout_seconds, tokens)
    oauth = OAuth(http, settings.shopify_base, _app(settings), settings.call_timeout_seconds)
    renewing = RenewTokens(connector, oauth, tokens, clock)
    tokens.use(renewing.now)
    connector.use(ShopifyMarketplace(admin, timedelta(seconds=settings.settle_seconds), clock), map_webhook)
    subscriptions = Subscriptions(admin, settings.shopify_webhook_address)
    keeper = KeepSubscriptions(connector.database, connector.sealer, subscriptions.ensure)
    connecting = Connecting(connector, ShopReader(admin), oauth, subscriptions, clock)
    routers = [
        hooks_router(connector, settings.webhook_secrets()),
        connecting_router(connecting),
        oauth_router(connecting),
        accounts_router(connector),
    ]
    scopes = CheckScopes(connector, ShopReader(admin))
    chores = {usecases.TOKEN: renewing.do, usecases.SCOPES: scopes.do}
    return connector.service(
        routers,
        jobs=[
            Job("subscriptions", keeper.turn, every=3600.0),
            Job("scopes-planned", scopes.plan, every=3600.0),
            *(
                Job(kind, DoChores(database, connector.leases, kind, do).turn, every=1.0)
                for kind, do in chores.items()
            ),
        ],
        lifespan=[http, tokens],
        redrivers={"orders": usecases.read_order_again},
    )


def _app(settings: Settings) -> App:
    """Our app at Shopify."""
    asked = [text for scope in settings.shopify_scopes.split(",") if (text := scope.strip())]
    return App(
        client_id=settings.shopify_client_id,
        secrets=tuple(settings.webhook_secrets()),
        redirect_uri=settings.shopify_redirect_uri,
        scopes=tuple(asked) or ASKED,
    )
