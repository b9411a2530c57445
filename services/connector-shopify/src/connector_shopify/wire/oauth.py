"""Shopify's sign-in: the queries that it signs, of callbacks and of links to our app, and what its token endpoint answers."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote

from pydantic import ConfigDict, Field, ValidationError

from connector_shopify.wire.base import Wire

SIGN_IN_OVER = "Shopify no longer accepts this shop's sign-in. Connect the shop again under Settings."
OWN_APP_REFUSED = "Shopify no longer accepts the client id and secret of the shop's app. Connect the shop again with new ones."
SHOP_DOMAIN = r"^[a-zA-Z0-9][a-zA-Z0-9-]*\.myshopify\.com$"
_UNSIGNED = frozenset({"hmac", "signature"})
_MOST_PARAMETERS = 30


@dataclass(frozen=True, slots=True)
class Callback:
    """What a genuine callback says. `error` is what the seller refused by, None when he agreed. A link to our app has no state and no code."""

    shop: str
    state: str
    timestamp: int
    code: str = field(repr=False)
    error: str | None = None

    @property
    def of_a_shop(self) -> bool:
        """Whether it names a shop as Shopify names them; a token is sent nowhere else."""
        return len(self.shop) <= 100 and re.fullmatch(SHOP_DOMAIN, self.shop) is not None


def read_callback(raw: str, secrets: Iterable[str]) -> Callback | None:
    """Read a callback, or a link to our app, from its raw query. None when none of the secrets signed it, or it names a parameter twice."""
    try:
        pairs = parse_qsl(
            raw.lstrip("?"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS
        )
    except ValueError:
        return None
    told = dict(pairs)
    if len(told) != len(pairs) or not signed_query(secrets, told):
        return None
    timestamp = told.get("timestamp", "")
    return Callback(
        shop=told.get("shop", "").lower(),
        state=told.get("state", ""),
        timestamp=int(timestamp) if re.fullmatch("[0-9]{1,15}", timestamp) else 0,
        code=told.get("code", ""),
        error=told.get("error") or None,
    )


def signed_query(secrets: Iterable[str], told: Mapping[str, str]) -> bool:
    """Whether any of the secrets signed these parameters; in constant time. An empty secret signs nothing."""
    given = told.get("hmac", "").lower().encode("utf-8", "replace")
    message, found = _message(told).encode(), False
    for secret in secrets:
        digest = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
        found |= bool(secret) and hmac.compare_digest(digest.encode(), given)
    return found


def _message(told: Mapping[str, str]) -> str:
    """The parameters in order, without the signatures, written as Shopify's own library writes them."""
    names = sorted(name for name in told if name not in _UNSIGNED)
    return "&".join(f"{_escaped(name)}={_escaped(told[name])}" for name in names)


def _escaped(text: str) -> str:
    """As a browser's URLSearchParams has it, a space as %20."""
    return quote(text, safe="*").replace("~", "%7E")


class _Secret(Wire):
    """Says what is wrong with an answer without the answer."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class TokenAnswer(_Secret):
    """What the token endpoint grants; times in seconds, None for a token that does not expire."""

    access_token: str = Field(pattern=r"^[\x21-\x7e]{1,500}$", repr=False)
    scope: str = ""
    expires_in: int | None = Field(default=None, ge=1, le=10**9)
    refresh_token: str | None = Field(default=None, min_length=1, max_length=500, repr=False)
    refresh_token_expires_in: int | None = Field(default=None, ge=1, le=10**9)


class _Refusal(_Secret):
    error: str = Field(pattern="^[a-z_]{1,60}$")


def is_over(reason: str | None) -> bool:
    """Whether an account needs a new login because it can't get tokens any more: one that it has may still work a while."""
    return reason in (SIGN_IN_OVER, OWN_APP_REFUSED)


def refusal_of(body: bytes) -> str | None:
    """The code by which the token endpoint refuses; None for an answer that is none."""
    try:
        return _Refusal.model_validate_json(body).error
    except ValidationError:
        return None
