"""Settings every connector has beside the service's own."""

from __future__ import annotations

from kit.settings import ServiceSettings
from pydantic import SecretStr


class ConnectorSettings(ServiceSettings):
    """`seal_keys` is "id:base64key,…": the first key seals, all of them open."""

    seal_keys: SecretStr
    calls_in_flight: int = 32
    """Calls to the marketplace at once, in this process."""
    calls_per_account: int = 8
    settle_seconds: float = 60.0
    """How long a change may take to show on the marketplace."""
    call_timeout_seconds: float = 10.0
    poll_seconds: float = 60.0
    poll_overlap_seconds: float = 120.0
    webhooks_per_turn: int = 300
    webhooks_per_account: int = 50
    raw_webhook_days: int = 30
    whole_reading_hours: float = 24.0
    """A run reads all articles when they were not read whole for so long, else those that changed."""
