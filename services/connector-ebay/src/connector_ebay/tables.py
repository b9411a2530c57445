"""The eBay connector keeps what every connector keeps, and nothing besides."""

from connector_kit.tables import BUS_TABLES, TENANT_TABLES, metadata

__all__ = ["BUS_TABLES", "TENANT_TABLES", "metadata"]
