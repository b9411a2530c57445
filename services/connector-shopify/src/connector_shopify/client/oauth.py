"""Shopify's authorisation: where a seller agrees, and the grants of its token endpoint."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

import httpx
from connector_kit.errors import AMBIGUOUS, Action, CallFailed, Nature, Problem, read_only
from pydantic import ValidationError

from connector_shopify.client.problems import TABLE
from connector_shopify.wire.oauth import OWN_APP_REFUSED, SIGN_IN_OVER, TokenAnswer, refusal_of

CODE_REFUSED = Problem(
    Action.FAIL,
    Nature.CONFIGURATION,
    "code_refused",
    "Shopify does not accept this sign-in any more. It is good once and for a short time: start connecting again.",
)
_SIGN_IN_OVER = Problem(Action.FAIL, Nature.CONFIGURATION, "needs_login", SIGN_IN_OVER, login=True)
_OWN_APP_REFUSED = Problem(Action.FAIL, Nature.CONFIGURATION, "needs_login", OWN_APP_REFUSED, login=True)
APP_REFUSED = Problem(
    Action.RETRY,
    Nature.CONFIGURATION,
    "app_keys_refused",
    "Shopify does not accept Soldwire's own keys. Operations must check SOLDWIRE_SHOPIFY_CLIENT_ID and "
    "SOLDWIRE_SHOPIFY_CLIENT_SECRET.",
)
_WRONG_KEYS = frozenset({"invalid_client", "unauthorized_client", "application_cannot_be_found"})


@dataclass(frozen=True, slots=True)
class App:
    """Our app, as it is registered at Shopify; two secrets while one is being rotated."""

    client_id: str
    secrets: tuple[str, ...] = field(repr=False)
    redirect_uri: str
    scopes: tuple[str, ...]

    @property
    def configured(self) -> bool:
        """Whether sellers can sign in through it."""
        return bool(self.client_id and self.secrets and self.redirect_uri)

    def may_sign_for(self, client_id: str) -> bool:
        """Whether our secrets may be what an app of this client id signs with; one that nobody told of may be ours."""
        return bool(self.secrets) and (not (self.client_id and client_id) or self.client_id == client_id)


class OAuth:
    """The token endpoint of every shop. `base` holds `{shop}`.

    Each grant is asked for once and raises CallFailed and nothing else; asking again is safe. What was sent and what
    came back are secrets, so failures tell statuses and codes alone.
    """

    def __init__(self, http: httpx.AsyncClient, base: str, app: App, timeout: float = 10.0) -> None:
        self._http = http
        self._base = base.rstrip("/")
        self._timeout = timeout
        self.app = app

    def authorize_url(self, shop: str, state: str) -> str:
        """Where to send the seller."""
        query = {
            "client_id": self.app.client_id,
            "scope": ",".join(self.app.scopes),
            "redirect_uri": self.app.redirect_uri,
            "state": state,
        }
        return f"{self._of(shop)}/admin/oauth/authorize?{urlencode(query)}"

    async def exchange(self, shop: str, code: str) -> TokenAnswer:
        """The first tokens of a seller who has just agreed; they expire. Code `code_refused` when it is no longer good."""
        return await self._by_our_app(shop, {"code": code, "expiring": "1"}, CODE_REFUSED)

    async def refresh(self, shop: str, refresh_token: str) -> TokenAnswer:
        """The next pair of tokens; the refresh token before stays good until the new one is used. `login` when it is dead."""
        fields = {"grant_type": "refresh_token", "refresh_token": refresh_token, "expiring": "1"}
        return await self._by_our_app(shop, fields, _SIGN_IN_OVER)

    async def client_credentials(self, shop: str, client_id: str, client_secret: str) -> TokenAnswer:
        """A token of an app of the shop's own. `login` when the shop does not take its keys."""
        fields = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": client_secret,
        }
        return await self._ask(shop, fields, _OWN_APP_REFUSED, _OWN_APP_REFUSED)

    async def _by_our_app(self, shop: str, fields: Mapping[str, str], refused: Problem) -> TokenAnswer:
        """With any of our secrets: of two, Shopify may not know the new one yet, or no longer the old one."""
        failure = CallFailed(APP_REFUSED, "no client secret is set")
        for secret in self.app.secrets:
            keys = {"client_id": self.app.client_id, "client_secret": secret}
            try:
                return await self._ask(shop, {**keys, **fields}, refused, APP_REFUSED)
            except CallFailed as failed:
                if failed.problem.code != APP_REFUSED.code:
                    raise
                failure = failed
        raise failure

    async def _ask(
        self, shop: str, fields: Mapping[str, str], refused: Problem, wrong_keys: Problem
    ) -> TokenAnswer:
        request = self._http.build_request(
            "POST",
            f"{self._of(shop)}/admin/oauth/access_token",
            json=dict(fields),
            headers={"Accept": "application/json"},
        )
        try:
            async with asyncio.timeout(self._timeout):
                response = await self._http.send(request)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise CallFailed(read_only(TABLE.of_exception(error)), type(error).__name__) from None
        if not response.is_success:
            raise _refusal(response, refused, wrong_keys)
        try:
            return TokenAnswer.model_validate_json(response.content)
        except ValidationError:
            raise CallFailed(read_only(AMBIGUOUS), "the token endpoint's answer is none") from None

    def _of(self, shop: str) -> str:
        return self._base.replace("{shop}", shop)


def _refusal(response: httpx.Response, refused: Problem, wrong_keys: Problem) -> CallFailed:
    """A refusal is one only with its code: a garbled 400 says nothing about the sign-in."""
    status = response.status_code
    code = refusal_of(response.content) if status in (400, 401, 403) else None
    if code is None:
        problem = TABLE.of_status(status, response.headers.get("retry-after"))
        return CallFailed(read_only(problem), f"HTTP {status} of the token endpoint")
    return CallFailed(wrong_keys if code in _WRONG_KEYS else refused, f"HTTP {status} {code}")
