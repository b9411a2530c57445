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
from connector_kit.errors import Action, CallFailed
from fastapi import APIRouter
from kit.clock import Clock
from kit.errors import Invalid, Refused
from kit.http import WriterDep
from kit.logs import logger
from kit.tokens import Caller
from pydantic import AfterValidator, BaseModel, Field, SecretStr, StringConstraints, model_validator

from connector_shopify import usecases
from connector_shopify.client import OAuth, ShopReader, Subscriptions
from connector_shopify.routes.accounts import ShopView, bare_view
from connector_shopify.wire.credentials import Credentials
from connector_shopify.wire.oauth import SHOP_DOMAIN
from connector_shopify.wire.scopes import needed_and_missing

log = logger(__name__)

_SUBSCRIBING = 5.0
"""Seconds a person waits for the webhooks, a call for each topic; the job that looks a minute later makes the rest."""
_BEING_TOLD, _LOOK = 5.0, 0.1
"""Seconds a person waits while the shop is just being told that it was disconnected, and how often that is looked at."""
_SLOW = "Shopify answers slowly. Soldwire sets up its notifications within minutes; until then it reads orders every minute."

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
    """A shop just connected. `webhooks` says why it sends none; its orders are polled all the same."""

    webhooks: str | None = None


@dataclass(frozen=True)
class Connecting:
    """Connects shops whose credentials are known."""

    connector: Connector
    shops: ShopReader
    oauth: OAuth
    subscriptions: Subscriptions
    clock: Clock

    async def by_request(self, caller: Caller, body: ConnectRequest) -> ConnectedView:
        """By what the seller gave. Raises Invalid or Refused in his words."""
        await self.require_stay(body.shop)
        credentials = body.credentials()
        with refusals(f"{body.shop} does not accept this. Copy it again from Shopify."):
            if credentials.grant == "client_credentials":
                credentials = await self._first_token(body.shop, credentials)
            granted = await self.shops.scopes(body.shop, credentials)
        return await self.connect(caller, body.shop, credentials, granted, stock_master=body.stock_master)

    async def require_stay(self, shop: str) -> None:
        """A shop that was disconnected and is not told yet is not to be told any more, before anybody asks it for a token.

        Raises Refused (409 being_removed) when that is just being done, and is not over in a few seconds.
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

    async def connect(
        self,
        caller: Caller,
        shop: str,
        credentials: Credentials,
        granted: Collection[str],
        *,
        stock_master: bool,
    ) -> ConnectedView:
        """Connect the shop these credentials are for, or connect it again: the same account. Raises as above."""
        missing = needed_and_missing(granted)
        if missing:
            raise Invalid(
                "scope_missing",
                f"Shopify did not give Soldwire all permissions it needs. Missing: {', '.join(missing)}. "
                "Give them to the app, then connect again.",
                missing=missing,
            )
        with refusals(f"{shop} does not accept this. Copy it again from Shopify."):
            found = await self.shops.read(shop, credentials)
        connector = self.connector
        async with connector.database.bus([caller.tenant_id]) as uow:
            account = await usecases.connect(
                uow,
                connector.sealer,
                caller.tenant_id,
                found,
                credentials,
                granted,
                stock_master=stock_master,
            )
            uow.after_commit(connector.polls.wake)
            uow.after_commit(connector.targets.wake)
        problem = await self._subscribe(account)
        async with connector.database.request(caller.tenant_id) as uow:
            shown = bare_view(await usecases.shop(uow, connector.sealer, account.account_id))
        return ConnectedView(**shown.model_dump(), webhooks=problem)

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
def refusals(not_accepted: str) -> Iterator[None]:
    """What Shopify refuses a person is told to that person. Raises Invalid or Refused."""
    try:
        yield
    except CallFailed as failed:
        if failed.problem.login:
            raise Invalid("token_refused", not_accepted) from failed
        status = 422 if failed.problem.action is Action.FAIL else 503
        raise Refused(failed.problem.code, failed.problem.reason, status=status) from failed
