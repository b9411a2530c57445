"""The gateway's settings: where people reach it, and how long a sign-in lasts."""

from __future__ import annotations

from datetime import timedelta

from kit.settings import ServiceSettings


class Settings(ServiceSettings):
    """Settings of one gateway replica, from `SOLDWIRE_*` variables."""

    public_url: str = ""
    """The address people type. Cookies are `Secure` when it is https; empty means plain http on this machine."""
    session_idle_hours: int = 7 * 24
    session_max_hours: int = 30 * 24
    owner_timeout_seconds: float = 4.0
    panel_patience_seconds: float = 0.35
    """How long a page waits for a panel before it sends the page with that panel's skeleton."""
    trust_forwarded_for: bool = False
    """Take the client's address from the last `X-Forwarded-For` entry: only behind a proxy that sets it."""

    @property
    def https(self) -> bool:
        """Whether people reach us over https."""
        return self.public_url.startswith("https://")

    @property
    def session_idle(self) -> timedelta:
        """A session not used for this long ends."""
        return timedelta(hours=self.session_idle_hours)

    @property
    def session_max(self) -> timedelta:
        """A session ends after this long, used or not."""
        return timedelta(hours=self.session_max_hours)
