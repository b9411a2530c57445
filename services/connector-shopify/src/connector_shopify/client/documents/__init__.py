"""The GraphQL documents of this connector, by operation name, for Admin API 2026-10."""

from __future__ import annotations

from connector_shopify.client.documents.articles import ARTICLES
from connector_shopify.client.documents.bulk import BULK
from connector_shopify.client.documents.changes import CHANGES
from connector_shopify.client.documents.checks import CHECKS
from connector_shopify.client.documents.leaving import LEAVING
from connector_shopify.client.documents.orders import ORDERS
from connector_shopify.client.documents.payments import PAYMENTS
from connector_shopify.client.documents.shops import SHOPS

API_VERSION = "2026-10"
DOCUMENTS = {**SHOPS, **ORDERS, **ARTICLES, **BULK, **CHANGES, **PAYMENTS, **CHECKS, **LEAVING}

__all__ = ["API_VERSION", "DOCUMENTS"]
