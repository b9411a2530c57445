"""Settings of the eBay connector."""

from __future__ import annotations

from connector_kit.config import ConnectorSettings
from pydantic import SecretStr


class Settings(ConnectorSettings):
    """eBay's addresses, this application's keys, and its limits."""

    ebay_api: str = "https://api.ebay.com"
    ebay_auth: str = "https://auth.ebay.com"
    ebay_client_id: str = ""
    ebay_client_secret: SecretStr = SecretStr("")
    ebay_redirect_uri: str = ""
    """The RuName under which eBay knows the page that ends the sign-in."""
    ebay_verification_token: SecretStr = SecretStr("")
    """32 to 80 of [A-Za-z0-9_-]; eBay's challenge of the notification address hashes it."""
    ebay_notification_endpoint: str = ""
    """The public https address of /hooks/ebay; empty registers no notifications, the poll finds everything."""
    ebay_alert_email: str = ""
    """Whom eBay writes to when it can't deliver notifications; it takes no destination before it was told."""
    ebay_calls_per_day: float = 5_000_000.0
    """The application's limit over all sellers."""
    ebay_user_calls_per_second: float = 50.0
