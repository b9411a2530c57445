"""Outgoing HTTP: Shopify's Admin GraphQL API."""

from connector_shopify.client.documents import API_VERSION, DOCUMENTS
from connector_shopify.client.shopify import Shopify

__all__ = ["API_VERSION", "DOCUMENTS", "Shopify"]
