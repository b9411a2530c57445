"""OAuth tokens: minted when needed, cached until shortly before they end, one request at a time for each."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

import httpx
from pydantic import SecretStr, ValidationError

from connector_ebay.client.http import LoginNeededError, Seller, TokenUnavailableError
from connector_ebay.wire.oauth import OAuthError, Token

_SCOPE = "https://api.ebay.com/oauth/api_scope"
USER_SCOPES = (
    f"{_SCOPE}/sell.inventory",
    f"{_SCOPE}/sell.fulfillment",
    f"{_SCOPE}/commerce.identity.readonly",
    f"{_SCOPE}/commerce.notification.subscription",
)
_EARLY = 120.0
_DEAD_LOGIN = frozenset({"invalid_grant", "unauthorized_client"})


@dataclass(frozen=True)
class Keys:
    """This application's keys at eBay."""

    client_id: str
    client_secret: SecretStr
    redirect_uri: str = ""


@dataclass
class _Cached:
    token: str = field(repr=False)
    until: float


class Tokens:
    """Hands out access tokens. `clock` is monotonic seconds."""

    def __init__(
        self, http: httpx.AsyncClient, api: str, keys: Keys, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._http = http
        self._url = f"{api.rstrip('/')}/identity/v1/oauth2/token"
        self._keys = keys
        self._clock = clock
        self._cache: dict[str, _Cached] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def application(self) -> str:
        """The application's own token (client_credentials: 1,000 a day, so it is cached for its whole life)."""
        return await self._cached("application", {"grant_type": "client_credentials", "scope": _SCOPE})

    async def user(self, seller: Seller) -> str:
        """A token to act for a seller. Raises LoginNeededError when eBay refuses the refresh token."""
        form = {
            "grant_type": "refresh_token",
            "refresh_token": seller.refresh_token,
            "scope": " ".join(USER_SCOPES),
        }
        return await self._cached(str(seller.account_id), form)

    def forget(self, seller: Seller | None) -> None:
        """Drop a token eBay no longer takes, the application's for None; the next call mints another."""
        self._cache.pop(str(seller.account_id) if seller else "application", None)

    async def exchange(self, code: str) -> Token:
        """The first tokens of a seller who has just agreed. The code is good once."""
        return await self._mint(
            {"grant_type": "authorization_code", "code": code, "redirect_uri": self._keys.redirect_uri}
        )

    async def refreshed(self, refresh_token: str) -> Token:
        """An access token for a refresh token that belongs to no account yet. Raises LoginNeededError."""
        return await self._mint(
            {"grant_type": "refresh_token", "refresh_token": refresh_token, "scope": " ".join(USER_SCOPES)}
        )

    def consent_url(self, auth: str, state: str) -> str:
        """Where to send a seller to agree."""
        query = {
            "client_id": self._keys.client_id,
            "redirect_uri": self._keys.redirect_uri,
            "response_type": "code",
            "scope": " ".join(USER_SCOPES),
            "state": state,
            "prompt": "login",
        }
        return f"{auth.rstrip('/')}/oauth2/authorize?{urlencode(query)}"

    async def _cached(self, key: str, form: dict[str, str]) -> str:
        async with self._locks[key]:
            held = self._cache.get(key)
            if held is None or held.until <= self._clock():
                minted = await self._mint(form)
                lifetime = max(minted.expires_in - _EARLY, minted.expires_in / 2)
                held = self._cache[key] = _Cached(minted.access_token, self._clock() + lifetime)
            return held.token

    async def _mint(self, form: dict[str, str]) -> Token:
        basic = httpx.BasicAuth(self._keys.client_id, self._keys.client_secret.get_secret_value())
        try:
            response = await self._http.post(self._url, data=form, auth=basic)
        except httpx.HTTPError as error:
            raise TokenUnavailableError(repr(error)) from error
        if response.status_code >= 400:
            raise _refusal(response)
        try:
            return Token.model_validate_json(response.content)
        except ValidationError as error:
            raise TokenUnavailableError("a body that is no answer", response.status_code) from error


def _refusal(response: httpx.Response) -> Exception:
    try:
        refusal = OAuthError.model_validate_json(response.content)
    except ValidationError:
        return TokenUnavailableError(f"{response.status_code}", response.status_code)
    if refusal.error in _DEAD_LOGIN:
        return LoginNeededError(f"{refusal.error}: {refusal.error_description or 'no reason given'}")
    return TokenUnavailableError(f"{response.status_code} {refusal.error}", response.status_code)
