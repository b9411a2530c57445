"""Who may come in: users, sessions, keys and the limits on trying."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

Role = Literal["seller", "operations", "viewer"]


@dataclass(frozen=True, slots=True)
class SessionRules:
    """How long a sign-in lasts, and the secret that makes proofs of forms."""

    idle: timedelta
    longest: timedelta
    secret: str = field(repr=False)


MIN_PASSWORD = 12
SEEN_EVERY = timedelta(minutes=1)
"""A session's `seen_at` is written at most this often, so that reading a page rarely writes a row."""


@dataclass(frozen=True, slots=True)
class User:
    """A person of one tenant."""

    user_id: UUID
    tenant_id: UUID
    tenant_name: str
    email: str
    name: str
    role: Role
    password_hash: str


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that signed in. Only the hash of its token is kept."""

    token_hash: bytes
    tenant_id: UUID
    user_id: UUID
    created_at: datetime
    seen_at: datetime
    expires_at: datetime

    def is_over(self, now: datetime) -> bool:
        """Whether it has expired."""
        return now >= self.expires_at

    def wants_touch(self, now: datetime) -> bool:
        """Whether its expiry should roll on."""
        return now - self.seen_at >= SEEN_EVERY

    def rolled_on(self, now: datetime, rules: SessionRules) -> datetime:
        """The new expiry: idle time from now, never beyond the longest life."""
        return min(now + rules.idle, self.created_at + rules.longest)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who makes this request, and the proof a form of theirs must carry."""

    user_id: UUID
    tenant_id: UUID
    tenant_name: str
    name: str
    email: str
    role: Role
    csrf: str


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """The program behind an API key."""

    key_id: UUID
    tenant_id: UUID
    user_id: UUID
    role: Role


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` tries in a window."""

    most: int
    window: timedelta


SIGN_IN_LIMITS = {
    "address": Limit(30, timedelta(minutes=10)),
    "account": Limit(8, timedelta(minutes=10)),
}


def hash_token(token: str) -> bytes:
    """SHA-256 of a token of full entropy; slow hashing would add nothing."""
    return hashlib.sha256(token.encode()).digest()


def form_proof(secret: str, purpose: str, value: bytes) -> str:
    """The CSRF token bound to a cookie's value: an HMAC no other site can make."""
    return hmac.new(secret.encode(), purpose.encode() + b":" + value, hashlib.sha256).hexdigest()


def proves(expected: str, given: str | None) -> bool:
    """Compare in constant time."""
    return given is not None and hmac.compare_digest(expected.encode(), given.encode())


def normal_email(email: str) -> str:
    """One spelling per mailbox for sign-in."""
    return email.strip().casefold()


def attempt_keys(address: str, email: str) -> dict[str, str]:
    """The counters one try to sign in falls under; e-mail addresses are kept hashed."""
    account = hashlib.sha256(normal_email(email).encode()).hexdigest()
    return {"address": f"address:{address}", "account": f"account:{account}"}
