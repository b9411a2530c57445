"""A shop connected, or connected again, by a token its seller has or by an app of the shop's own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Self

from connector_kit.connector import Connector
from connector_kit.domain import Account
from connector_kit.errors import GONE, REFUSED, Action, CallFailed, Nature, Problem
from fastapi import APIRouter
from kit.clock import Clock
from kit.errors import Invalid, Refused
from kit.http import WriterDep
from kit.logs import logger
from kit.tokens import Caller
from pydantic import AfterValidator, BaseModel, Field, SecretStr, StringConstraints, model_validator

from connector_shopify import usecases
from connector_shopify.client import OAuth, ShopReader, Subscriptions
from connector_shopify.client.problems import NO_SHOP
from connector_shopify.routes.accounts import ShopView, bare_view
from connector_shopify.usecases import Arrivals
from connector_shopify.wire.credentials import Credentials
from connector_shopify.wire.graphql import Shop
from connector_shopify.wire.oauth import SHOP_DOMAIN
from connector_shopify.wire.scopes import needed_and_missing

log = logger(__name__)

_SUBSCRIBING = 5.0
"""Seconds a person waits for the webhooks, a call for each topic; the job that looks a minute later makes the rest."""
_BEING_TOLD, _LOOK = 5.0, 0.1
"""Seconds a person waits while the shop is just being told that it was disconnected, and how often that is looked at."""
_SLOW = "Shopify answers slowly. Soldwire sets up its notifications within minutes; until then it reads orders every minute."
_UNVERIFIED = (
    "This shop's notifications are signed by its own app, and Soldwire does not have that app's client secret, so it can't "
    "trust them. It reads orders every minute instead. To be told of sales at once, connect again and give the client "
    "secret (Shopify also calls it API secret key) with the token."
)

ShopDomain = Annotated[
    str, StringConstraints(strip_whitespace=True, to_lower=True, max_length=100, pattern=SHOP_DOMAIN)
]
"""Only Shopify's own names: a token is sent nowhere else."""


def _of_a_header(token: SecretStr) -> SecretStr:
    if not token.get_secret_value().isascii() or not token.get_secret_value().isprintable():
        raise ValueError("an access token consists of letters and figures")
    return token


class ConnectRequest(BaseModel):
    """A shop with an access token, of our app or of an app of its own, or with the client id and secret of its own app.

    The client secret of the shop's own app signs its webhooks.
    """

    shop: ShopDomain
    access_token: Annotated[SecretStr, AfterValidator(_of_a_header)] | None = Field(
        default=None, min_length=8, max_length=500
    )
    client_id: str | None = Field(default=None, min_length=1, max_length=200)
    client_secret: SecretStr | None = Field(default=None, max_length=500)
    stock_master: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.access_token is None) == (self.client_id is None):
            raise ValueError("give an access token, or a client id with its secret")
        if self.client_id is not None and not _text(self.client_secret):
            raise ValueError("a client id needs its client secret")
        return self

    def credentials(self) -> Credentials:
        """What the seller gave, before anybody was asked."""
        return Credentials(
            access_token=_text(self.access_token) or "",
            grant="client_credentials" if self.client_id is not None else "token",
            client_id=self.client_id,
            client_secret=_text(self.client_secret),
        )


def _text(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret is not None else None


class ConnectedView(ShopView):
    """A shop just connected. `webhooks` says why it sends none, or none that can be trusted; its orders are polled all the same."""

    webhooks: str | None = None


@dataclass(frozen=True)
class Wording:
    """What a person is told whom Shopify refuses (`not_accepted`) or does not answer; `again` is what he does then."""

    not_accepted: str
    again: str


@dataclass(frozen=True)
class Given:
    """What a seller gave for a shop, and the scopes it gives. `foreign`: it is of an app that our secrets can't sign for."""

    shop: str
    credentials: Credentials
    granted: Collection[str]
    wording: Wording
    stock_master: bool
    foreign: bool = False


@dataclass(frozen=True)
class Connecting:
    """Connects shops whose credentials are known."""

    connector: Connector
    shops: ShopReader
    oauth: OAuth
    subscriptions: Subscriptions
    clock: Clock

    async def by_request(self, caller: Caller, body: ConnectRequest) -> ConnectedView:
        """By what the seller gave. Raises Invalid or Refused in his words.

        Anybody may type another's shop: what is still to be told there is called off only once the shop took what he gave.
        """
        credentials = body.credentials()
        wording = Wording(
            f"{body.shop} does not accept this. Copy it again from Shopify.", "Try again in a minute."
        )
        with refusals(wording):
            if credentials.grant == "client_credentials":
                credentials = await self._first_token(body.shop, credentials)
            access = await self.shops.access(body.shop, credentials)
        await self.require_stay(body.shop)
        foreign = credentials.grant == "token" and not self.oauth.app.may_sign_for(access.client_id)
        given = Given(body.shop, credentials, access.scopes, wording, body.stock_master, foreign)
        return await self.connect(caller, given)

    async def require_stay(self, shop: str) -> None:
        """A shop that was disconnected and is not told yet is not to be told any more, before it is read and connected.

        For who has shown that he may: the shop took his keys, or Shopify has signed that he came from there. Raises Refused (409 being_removed) when that is just being done, and is not over in a few seconds.
        """
        connector, deadline = self.connector, time.monotonic() + _BEING_TOLD
        while time.monotonic() < deadline:
            async with connector.database.bus() as uow:
                if await usecases.call_off_leaving(uow, connector.sealer, shop):
                    return
            await asyncio.sleep(_LOOK)
        async with connector.database.bus() as uow:
            await usecases.require_called_off(uow, connector.sealer, shop)

    async def _first_token(self, shop: str, own: Credentials) -> Credentials:
        asked_at = self.clock()
        answer = await self.oauth.client_credentials(shop, own.client_id or "", own.client_secret or "")
        return Credentials.granted(answer, asked_at, own)

    async def connect(self, caller: Caller, given: Given) -> ConnectedView:
        """Connect the shop these credentials are for, or connect it again: the same account. Raises as above."""
        missing = needed_and_missing(given.granted)
        if missing:
            raise Invalid(
                "scope_missing",
                f"Shopify did not give Soldwire all permissions it needs. Missing: {', '.join(missing)}. "
                "Give them to the app, then connect again.",
                missing=missing,
            )
        with refusals(given.wording):
            found = await self.shops.read(given.shop, given.credentials)
        account = await self._keep(caller, given, found)
        self.connector.directory.forget(usecases.directory_key(account.address))
        problem = await self._subscribe(account)
        async with self.connector.database.request(caller.tenant_id) as uow:
            shown = bare_view(await usecases.shop(uow, self.connector.sealer, account.account_id))
        unverified = self._unverified(given, account)
        return ConnectedView(**shown.model_dump(), webhooks=_UNVERIFIED if unverified else problem)

    async def _keep(self, caller: Caller, given: Given, found: Shop) -> Account:
        connector = self.connector
        async with connector.database.bus([caller.tenant_id]) as uow:
            account = await usecases.connect(
                uow,
                connector.sealer,
                caller.tenant_id,
                found,
                given.credentials,
                given.granted,
                stock_master=given.stock_master,
            )
            if self._unverified(given, account):  # as good as the first that will be refused
                await usecases.record_arrivals(uow, {account.account_id: Arrivals(refused_at=uow.now)})
            uow.after_commit(connector.polls.wake)
            uow.after_commit(connector.targets.wake)
        return account

    def _unverified(self, given: Given, account: Account) -> bool:
        """Whether what the shop's own app signs can't be verified; where nothing can come it does not matter."""
        comes = given.foreign and bool(self.subscriptions.address)
        return comes and not account.credentials.get("client_secret")

    async def _subscribe(self, account: Account) -> str | None:
        """Register the webhooks; the account is connected whatever comes of it, and a job looks again."""
        try:
            async with asyncio.timeout(_SUBSCRIBING):
                return (await self.subscriptions.ensure(account)).problem
        except TimeoutError:
            log.warning("webhooks not registered in time", shop=account.address)
            return _SLOW
        except CallFailed as failed:
            log.warning("webhooks not registered", shop=account.address, error=str(failed))
            return failed.problem.reason


def connecting_router(connecting: Connecting) -> APIRouter:
    """`POST /v1/accounts`."""
    router = APIRouter(prefix="/v1/accounts", tags=["accounts"])

    @router.post("", status_code=201)
    async def connect(caller: WriterDep, body: ConnectRequest) -> ConnectedView:
        """Connect the shop, or connect it again with fresh keys: the same account.

        422 token_refused, scope_missing (`missing`) or what else Shopify says of the shop; 409 account_taken, being_removed;
        503 while Shopify can't be reached.
        """
        return await connecting.by_request(caller, body)

    return router


@contextmanager
def refusals(wording: Wording) -> Iterator[None]:
    """What Shopify refuses a person is told to that person, who waits for it. Raises Invalid or Refused."""
    try:
        yield
    except CallFailed as failed:
        problem = failed.problem
        if problem.login:
            raise Invalid("token_refused", wording.not_accepted) from failed
        if problem.action is Action.FAIL:
            raise Invalid(problem.code, _NOT_OF_CONNECTING.get(problem.code, problem.reason)) from failed
        told = problem.reason if problem.nature is Nature.CONFIGURATION else _waiting(problem)
        raise Refused(problem.code, f"{told} {wording.again}", status=503) from failed


_NOT_OF_CONNECTING = {
    REFUSED.code: "Shopify refuses what Soldwire asks this shop. Check the shop's name, and that the app is installed in it.",
    GONE.code: NO_SHOP.reason,
}
"""Refusals whose own words are about a change or a listing."""


def _waiting(problem: Problem) -> str:
    """Nobody tries again by himself for who is connecting: the problem's own words are for work that waits."""
    if problem.action is Action.RATE_LIMITED:
        return "Shopify asks to slow down, and nothing is connected yet."
    return "Shopify can't be reached right now, and nothing is connected yet."
