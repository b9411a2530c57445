"""What is kept sealed of an account: its tokens, until when they are good, and by which way they are renewed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from connector_shopify.wire.oauth import TokenAnswer

Grant = Literal["token", "offline", "client_credentials"]
_GRANTS: Mapping[str, Grant] = {"offline": "offline", "client_credentials": "client_credentials"}
_CONNECTED_BY = {"token": "token", "offline": "oauth", "client_credentials": "client_credentials"}
_RENEWED_AT = 0.8
"""Of a token's life."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """An account's credentials. `grant`: a token the seller gave, ours by OAuth, or one of an app of the shop's own.

    `client_secret` is that of the shop's own app; ours is a setting.
    """

    access_token: str = field(default="", repr=False)
    grant: Grant = "token"
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    previous: str | None = field(default=None, repr=False)
    """The refresh token before, good until its replacement is used: what it was replaced by may have died unused."""
    expires_at: datetime | None = None
    refresh_expires_at: datetime | None = None

    @classmethod
    def read(cls, kept: Mapping[str, str]) -> Credentials:
        """As they were kept; those of before tokens expired have no grant."""
        return cls(
            access_token=kept.get("access_token", ""),
            grant=_GRANTS.get(kept.get("grant", ""), "token"),
            client_id=kept.get("client_id"),
            client_secret=kept.get("client_secret"),
            refresh_token=kept.get("refresh_token"),
            previous=kept.get("previous"),
            expires_at=_time(kept.get("expires_at")),
            refresh_expires_at=_time(kept.get("refresh_expires_at")),
        )

    @classmethod
    def granted(cls, answer: TokenAnswer, asked_at: datetime, before: Credentials) -> Credentials:
        """What the token endpoint has granted, asked at that time by what was held before."""
        return replace(
            before,
            access_token=answer.access_token,
            refresh_token=answer.refresh_token,
            previous=before.refresh_token,
            expires_at=_after(asked_at, answer.expires_in),
            refresh_expires_at=_after(asked_at, answer.refresh_token_expires_in),
        )

    def kept(self) -> dict[str, str]:
        """What is to be sealed."""
        found: dict[str, str | None] = {
            "access_token": self.access_token,
            "grant": self.grant,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "refresh_token": self.refresh_token,
            "previous": self.previous,
            "expires_at": self.expires_at.isoformat() if self.expires_at else None,
            "refresh_expires_at": self.refresh_expires_at.isoformat() if self.refresh_expires_at else None,
        }
        return {name: value for name, value in found.items() if value is not None}

    @property
    def renewable(self) -> bool:
        """Whether a newer token can be had without the seller."""
        if self.grant == "offline":
            return self.refresh_token is not None
        return self.grant == "client_credentials" and bool(self.client_id and self.client_secret)

    @property
    def connected_by(self) -> str:
        """How the seller connected: oauth, token or client_credentials."""
        return _CONNECTED_BY[self.grant]

    def secrets(self) -> list[str]:
        """What nobody may read."""
        return [
            text
            for text in (self.access_token, self.refresh_token, self.previous, self.client_secret)
            if text
        ]

    def over(self, at: datetime) -> bool:
        """Whether the access token is no longer good then."""
        return self.expires_at is not None and self.expires_at <= at

    def renewal_after(self, now: datetime) -> timedelta | None:
        """In how long the job renews it: at four fifths of what is left; None for one that stays."""
        if self.expires_at is None or not self.renewable:
            return None
        return max((self.expires_at - now) * _RENEWED_AT, timedelta(seconds=1))


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _after(at: datetime, seconds: int | None) -> datetime | None:
    return None if seconds is None else at + timedelta(seconds=seconds)
