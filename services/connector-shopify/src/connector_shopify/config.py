"""Settings of the Shopify connector."""

from __future__ import annotations

from connector_kit.config import ConnectorSettings
from pydantic import SecretStr


class Settings(ConnectorSettings):
    """Where shops are, this application's secrets, and the limits assumed until a shop tells its own."""

    shopify_base: str = "https://{shop}"
    """A shop's address; the sandbox is `http://127.0.0.1:8900/shopify/{shop}`."""
    shopify_client_id: str = ""
    """Of our app; empty, as an empty redirect address, leaves sign-in by OAuth out."""
    shopify_redirect_uri: str = ""
    """Public address of the gateway's `/connect/shopify/callback`, as it is registered with the app."""
    shopify_scopes: str = ""
    """What sellers are asked for, comma-separated; empty is all that Soldwire knows what to do with. An app that
    Shopify has not approved for one, such as `read_all_orders`, leaves it out."""
    shopify_client_secret: SecretStr = SecretStr("")
    """Signs webhooks and callbacks, and gets tokens; two, comma-separated, while one is being rotated, for Shopify takes up to an hour to sign with
    the new one. A shop that is connected through an app of its own brings its own."""
    shopify_webhook_address: str = ""
    """Public address of `/hooks/shopify`; empty registers no webhooks, the poll finds everything."""
    shopify_bucket: float = 2000.0
    shopify_points_per_second: float = 100.0
    """Restore rate of a standard plan."""

    bulk_after_seconds: float = 60.0
    """All articles are read by a bulk operation where pages would take longer; `inf` for never."""

    def webhook_secrets(self) -> list[str]:
        """What our app's webhooks may be signed with."""
        given = self.shopify_client_secret.get_secret_value().split(",")
        return [text for secret in given if (text := secret.strip())]
