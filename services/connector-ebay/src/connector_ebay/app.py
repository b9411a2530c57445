"""Wires the eBay connector together; nothing happens at import."""

from __future__ import annotations

from datetime import timedelta

from connector_kit.connector import Connector
from connector_kit.http import http_client
from connector_kit.jobs import KeepSubscriptions
from connector_kit.usecases import orders_redriver
from kit.clock import Clock, utc_now
from kit.database import Database
from kit.service import Job, Service

from connector_ebay import routes, usecases
from connector_ebay.client import (
    Address,
    Ebay,
    EbayMarketplace,
    Keys,
    Limits,
    NotificationApi,
    Pace,
    Subscriptions,
    Tokens,
)
from connector_ebay.client.keys import PublicKeys
from connector_ebay.config import Settings
from connector_ebay.jobs import KeepNotifications
from connector_ebay.wire.mapping import mapped


def build(settings: Settings | None = None, clock: Clock = utc_now) -> Service:
    """The connector as one process runs it; tests hand in settings and a clock."""
    settings = settings or Settings()
    connector = Connector("connector-ebay", "ebay", settings, Database(settings, "/connector-ebay", clock))
    http = http_client(timeout=settings.call_timeout_seconds, connections=64)
    keys = Keys(settings.ebay_client_id, settings.ebay_client_secret, settings.ebay_redirect_uri)
    ebay = Ebay(http, settings.ebay_api, Tokens(http, settings.ebay_api, keys))
    limits = Limits(connector.budgets, Pace(settings.ebay_calls_per_day, settings.ebay_user_calls_per_second))
    settle = timedelta(seconds=settings.settle_seconds)
    connector.use(EbayMarketplace(ebay, limits, settle, clock), mapped)
    registered = routes.Registered(
        settings.ebay_verification_token,
        settings.ebay_notification_endpoint,
        settings.ebay_auth,
        settings.ebay_redirect_uri,
    )
    subscriptions = Subscriptions(NotificationApi(ebay), limits, _address(settings))
    sellers = KeepSubscriptions(connector.database, connector.sealer, subscriptions.ensure_at_times)
    keeper = KeepNotifications(subscriptions, sellers)
    return connector.service(
        [routes.build(registered, connector, ebay, PublicKeys(ebay), subscriptions)],
        jobs=[Job("subscriptions", keeper.turn, every=300.0)],
        lifespan=[http],
        redrivers={"orders": orders_redriver(usecases.read_order_again)},
    )


def _address(settings: Settings) -> Address:
    token = settings.ebay_verification_token
    return Address(settings.ebay_notification_endpoint, token, settings.ebay_alert_email)
