"""Settings of the eBay connector."""

from __future__ import annotations

from kit.settings import ServiceSettings
from pydantic import SecretStr


class Settings(ServiceSettings):
    """eBay's addresses, this application's keys, and the pace of reading."""

    ebay_api: str = "https://api.ebay.com"
    ebay_auth: str = "https://auth.ebay.com"
    ebay_client_id: str = ""
    ebay_client_secret: SecretStr = SecretStr("")
    ebay_redirect_uri: str = ""
    """The RuName under which eBay knows our OAuth callback."""
    ebay_verification_token: SecretStr = SecretStr("")
    """32 to 80 of [A-Za-z0-9_-]; eBay's challenge of the notification address hashes it."""
    ebay_notification_endpoint: str = ""
    """The public https address of /hooks/ebay, exactly as it is registered at eBay."""
    ebay_timeout_seconds: float = 20.0
    ebay_application_calls_per_day: int = 5_000_000
    ebay_user_calls_per_second: float = 20.0
    poll_seconds: float = 60.0
    poll_overlap_seconds: float = 300.0
