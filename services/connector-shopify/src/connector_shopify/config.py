"""Settings of the Shopify connector."""

from __future__ import annotations

from connector_kit.config import ConnectorSettings
from pydantic import SecretStr


class Settings(ConnectorSettings):
    """`shopify_client_secret`: our app's client secret; two, comma-separated, while one is being rotated."""

    shopify_client_secret: SecretStr = SecretStr("")
    shopify_base: str = "https://{shop}"
    """Where a shop's Admin API is; the sandbox is `http://127.0.0.1:8900/shopify/{shop}`."""
    shopify_webhook_address: str = ""
    """Public address of `/hooks/shopify`; empty registers no webhooks, the poll finds everything."""
    shopify_points_per_second: float = 100.0
    """Restore rate assumed until the shop tells its own (100 on a standard plan)."""
    shopify_bucket: float = 2000.0
