"""Wires the Shopify connector; nothing happens at import."""

from __future__ import annotations

from connector_kit.connector import Connector
from kit.database import Database
from kit.service import Service

from connector_shopify import routes
from connector_shopify.client import Shopify
from connector_shopify.config import Settings
from connector_shopify.wire import map_webhook

NAME = "connector-shopify"


def build(settings: Settings | None = None) -> Service:
    """The service as its settings say."""
    loaded = settings or Settings()
    database = Database(loaded, source=f"/{NAME}")
    connector = Connector(NAME, "shopify", loaded, database)
    shopify = Shopify(loaded, connector.budgets)
    connector.use(shopify, map_webhook)
    return connector.service(routes.build(connector, shopify, loaded), lifespan=[shopify])
