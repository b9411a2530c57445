"""Wires the Shopify connector together; nothing happens at import."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import httpx
from connector_kit.circuit import Circuits
from connector_kit.connector import Connector
from connector_kit.http import http_client
from connector_kit.jobs import DoChores
from connector_kit.jobs.chores import Do
from connector_kit.reports import Reports
from connector_kit.usecases import orders_redriver
from kit.clock import Clock, utc_now
from kit.database import Database
from kit.jobs import Wake
from kit.service import Job, Service

from connector_shopify import usecases
from connector_shopify.client import (
    Admin,
    App,
    Bucket,
    Checks,
    Farewell,
    Limits,
    OAuth,
    Payments,
    Products,
    ShopifyMarketplace,
    ShopReader,
    Subscriptions,
    Tokens,
)
from connector_shopify.client.problems import OF_THE_SHOP
from connector_shopify.config import Settings
from connector_shopify.jobs import (
    CarryOutPrivacy,
    CheckScopes,
    KeepHealth,
    LeaveShops,
    MeasureHealth,
    NoteWebhooks,
    PlanChores,
    ReadPayouts,
    RenewTokens,
    TidyProducts,
    WatchSubscriptions,
)
from connector_shopify.routes import (
    Connecting,
    Hearing,
    accounts_router,
    connecting_router,
    hooks_router,
    oauth_router,
    privacy_router,
    testing_router,
)
from connector_shopify.tables import OWN_TENANT_TABLES, oauth_states
from connector_shopify.wire.scopes import ASKED
from connector_shopify.wire.webhooks import map_webhook

NAME = "connector-shopify"
CHORES_OF_ACCESS = (
    usecases.TOKEN,
    usecases.SCOPES,
    usecases.SUBSCRIPTIONS,
    usecases.PAYOUTS,
    usecases.PRODUCT,
)
"""What there is nothing to do of any more once a shop has removed the app."""


def build(settings: Settings | None = None, clock: Clock = utc_now) -> Service:
    """The connector as one process runs it; tests hand in settings and a clock."""
    settings = settings or Settings()
    database = Database(settings, f"/{NAME}", clock)
    own_tables = (*OWN_TENANT_TABLES, oauth_states)
    connector = Connector(NAME, "shopify", settings, database, own_tables, CHORES_OF_ACCESS)
    http = http_client(timeout=settings.call_timeout_seconds, connections=200)
    reports, tokens = Reports(OF_THE_SHOP, clock), Tokens(clock=clock)
    admin = _admin(connector, settings, http, tokens, reports)
    oauth = OAuth(http, settings.shopify_base, _app(settings), settings.call_timeout_seconds)
    renewing = RenewTokens(connector, oauth, tokens, clock)
    tokens.use(renewing.now)
    sold_out = Wake()
    _use(connector, settings, admin, sold_out, clock)
    subscriptions = Subscriptions(admin, settings.shopify_webhook_address)
    noting, privacy, leaving = NoteWebhooks(database, clock), Wake(), Wake()
    leave = LeaveShops(connector, Farewell(admin, subscriptions), oauth, clock)
    connecting = Connecting(connector, ShopReader(admin), oauth, subscriptions, clock)
    return connector.service(
        [
            hooks_router(
                connector, settings.webhook_secrets(), Hearing(noting.heard, noting.refused), privacy.wake
            ),
            connecting_router(connecting),
            oauth_router(connecting),
            accounts_router(connector, leaving.wake),
            testing_router(connector, Checks(admin, settings.shopify_webhook_address)),
            privacy_router(connector),
        ],
        jobs=[
            *_chores(connector, admin, renewing, subscriptions, sold_out, privacy, clock),
            _leaving(connector, leave, leaving),
            Job("heard", noting.turn, every=10.0),
            Job("health", KeepHealth(database, reports).turn, every=3.0),
            Job("measure-health", MeasureHealth(database).turn, every=60.0),
        ],
        lifespan=[http, tokens],
        redrivers={"orders": orders_redriver(usecases.read_order_again)},
    )


def _admin(
    connector: Connector, settings: Settings, http: httpx.AsyncClient, tokens: Tokens, reports: Reports
) -> Admin:
    bucket = Bucket(settings.shopify_bucket, settings.shopify_points_per_second)
    return Admin(
        http,
        settings.shopify_base,
        Limits(connector.budgets, bucket),
        settings.call_timeout_seconds,
        tokens,
        circuits=Circuits(),
        reports=reports,
    )


def _use(connector: Connector, settings: Settings, admin: Admin, sold_out: Wake, clock: Clock) -> None:
    """Shopify as the shared jobs drive it, and what else follows from what they find."""
    settle = timedelta(seconds=settings.settle_seconds)
    takedowns = usecases.KeptTakedowns(connector.database, settle)
    shopify = ShopifyMarketplace(admin, takedowns, settle, clock, bulk_after=settings.bulk_after_seconds)
    connector.use(
        shopify,
        map_webhook,
        usecases.after_run,
        changes=shopify,
        found_untold=usecases.look_for_missing,
        on_reached=usecases.want_tidying(sold_out),
    )


def _chores(
    connector: Connector,
    admin: Admin,
    renewing: RenewTokens,
    subscriptions: Subscriptions,
    sold_out: Wake,
    privacy: Wake,
    clock: Clock,
) -> Sequence[Job]:
    """A job for each kind of chore, and those that find accounts which have none of a kind."""
    database, sealer = connector.database, connector.sealer
    settle = timedelta(seconds=connector.settings.settle_seconds)
    scopes = CheckScopes(connector, ShopReader(admin))
    watching = WatchSubscriptions(database, sealer, subscriptions, clock)
    payouts = ReadPayouts(database, sealer, Payments(admin))
    forgetting = CarryOutPrivacy(database, sealer)
    tidying = TidyProducts(database, sealer, Products(admin), settle, clock)

    def chores(kind: str, do: Do, wake: Wake | None = None, *, every: float) -> Job:
        doing = DoChores(database, connector.leases, kind, do, wake=wake)
        return Job(kind, doing.turn, every=every, wake=doing.wake)

    def planned(name: str, kind: str, every: timedelta) -> Job:
        return Job(name, PlanChores(database, kind, every).turn, every=3600.0)

    return [
        chores(usecases.TOKEN, renewing.do, every=5.0),
        chores(usecases.SCOPES, scopes.do, every=5.0),
        chores(usecases.SUBSCRIPTIONS, watching.do, every=5.0),
        chores(usecases.PAYOUTS, payouts.do, every=30.0),
        chores(usecases.PRIVACY, forgetting.do, privacy, every=10.0),
        chores(usecases.PRODUCT, tidying.do, sold_out, every=5.0),
        planned("scopes-planned", usecases.SCOPES, usecases.SCOPES_EVERY),
        planned("watching", usecases.SUBSCRIPTIONS, usecases.SUBSCRIPTIONS_EVERY),
    ]


def _leaving(connector: Connector, leave: LeaveShops, wake: Wake) -> Job:
    doing = DoChores(connector.database, connector.leases, usecases.LEAVING, leave.do, wake=wake)
    return Job(usecases.LEAVING, doing.turn, every=10.0, wake=doing.wake)


def _app(settings: Settings) -> App:
    """Our app at Shopify."""
    asked = [text for scope in settings.shopify_scopes.split(",") if (text := scope.strip())]
    return App(
        client_id=settings.shopify_client_id,
        secrets=tuple(settings.webhook_secrets()),
        redirect_uri=settings.shopify_redirect_uri,
        scopes=tuple(asked) or ASKED,
    )
