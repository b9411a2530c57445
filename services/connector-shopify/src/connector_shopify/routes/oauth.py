"""Sign-in at Shopify: where to send a seller, by his own wish or from a link that Shopify signed, and what he comes back with."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter
from kit.errors import Invalid, Refused, Unauthorized
from kit.http import WriterDep
from kit.tokens import Caller
from pydantic import AwareDatetime, BaseModel, Field, SecretStr, StringConstraints

from connector_shopify import usecases
from connector_shopify.routes.connecting import (
    ConnectedView,
    Connecting,
    Given,
    ShopDomain,
    Wording,
    refusals,
)
from connector_shopify.wire.credentials import Credentials
from connector_shopify.wire.oauth import Callback, read_callback
from connector_shopify.wire.scopes import scopes_of

_TOLERANCE_SECONDS = 90
_SIGNING_IN = timedelta(minutes=10)
"""How long somebody who came by a link may take to sign in to Soldwire."""
_AGAIN = "Start connecting again."

Session = Annotated[str, StringConstraints(min_length=16, max_length=128)]
"""What the gateway calls the user's session; opaque here."""


class Start(BaseModel):
    """The shop to be connected, and the session its seller must come back in."""

    shop: ShopDomain
    session: Session
    stock_master: bool = False


class Opened(BaseModel):
    """The query of a link to our app as it came, and the session of who followed it.

    `arrived_at`: when he did, where he has had to sign in to Soldwire since.
    """

    query: SecretStr = Field(max_length=8192)
    session: Session
    arrived_at: AwareDatetime | None = None


class StartView(BaseModel):
    """Where to send the seller."""

    url: str


class Complete(BaseModel):
    """The callback's query as it came, with or without its question mark, and the session it came in."""

    query: SecretStr = Field(max_length=8192)
    session: Session


def oauth_router(connecting: Connecting) -> APIRouter:
    """`/v1/oauth`."""
    router = APIRouter(prefix="/v1/oauth", tags=["sign-in"])

    @router.post("/start")
    async def start(caller: WriterDep, body: Start) -> StartView:
        """Where the seller agrees; good for ten minutes, once, in this session. 409 oauth_not_configured."""
        _configured(connecting)
        return await _start(connecting, caller, body)

    @router.post("/open")
    async def open_app(caller: WriterDep, body: Opened) -> StartView:
        """The same for who comes from Shopify, where he installs or opens our app: Shopify itself has signed for the shop.

        In this order: 409 oauth_not_configured; 401 link_forged, link_late; 422 wrong_shop.
        """
        _configured(connecting)
        shop = _linked(connecting, body)
        return await _start(connecting, caller, Start(shop=shop, session=body.session))

    @router.post("/complete", status_code=201)
    async def complete(caller: WriterDep, body: Complete) -> ConnectedView:
        """Connect the shop whose seller has come back, or connect it again: the same account.

        In this order: 409 oauth_not_configured; 401 callback_forged, callback_late; 422 wrong_shop; 403 state_unknown,
        state_used, state_expired, other_session; 422 seller_declined, code_refused, scope_missing (`missing`);
        409 account_taken, being_removed. 503 while Shopify can't be reached.
        """
        _configured(connecting)
        callback = _checked(connecting, body.query.get_secret_value())
        return await _connect(connecting, caller, body.session, callback)

    return router


async def _start(connecting: Connecting, caller: Caller, wish: Start) -> StartView:
    async with connecting.connector.database.bus([caller.tenant_id]) as uow:
        state = await usecases.begin_sign_in(
            uow,
            caller.tenant_id,
            caller.user_id,
            wish.session,
            wish.shop,
            stock_master=wish.stock_master,
        )
    return StartView(url=connecting.oauth.authorize_url(wish.shop, state))


def _configured(connecting: Connecting) -> None:
    if not connecting.oauth.app.configured:
        raise Refused(
            "oauth_not_configured",
            "Signing in at Shopify is not set up here. Operations must set SOLDWIRE_SHOPIFY_CLIENT_ID, "
            "SOLDWIRE_SHOPIFY_CLIENT_SECRET and SOLDWIRE_SHOPIFY_REDIRECT_URI.",
        )


def _checked(connecting: Connecting, query: str) -> Callback:
    """The callback, if Shopify has sent it just now and for one of its shops. Nothing is kept of another."""
    callback = read_callback(query, connecting.oauth.app.secrets)
    if callback is None:
        raise Unauthorized("callback_forged", f"This did not come from Shopify. {_AGAIN}")
    if abs(connecting.clock().timestamp() - callback.timestamp) > _TOLERANCE_SECONDS:
        raise Unauthorized("callback_late", f"Shopify's answer took too long to get here. {_AGAIN}")
    if not callback.of_a_shop:
        raise Invalid("wrong_shop", f"Shopify's answer names no shop of Shopify's. {_AGAIN}")
    return callback


def _linked(connecting: Connecting, body: Opened) -> str:
    """The shop of a link, if Shopify had made it just when it was followed."""
    link = read_callback(body.query.get_secret_value(), connecting.oauth.app.secrets)
    if link is None:
        raise Unauthorized("link_forged", "Shopify has not signed this link.")
    now = connecting.clock()
    followed = body.arrived_at or now
    waited = abs((now - followed).total_seconds()) <= _SIGNING_IN.total_seconds()
    if not waited or abs(followed.timestamp() - link.timestamp) > _TOLERANCE_SECONDS:
        raise Unauthorized("link_late", "This link of Shopify's is too old.")
    if not link.of_a_shop:
        raise Invalid("wrong_shop", "This link names no shop of Shopify's.")
    return link.shop


async def _connect(connecting: Connecting, caller: Caller, session: str, callback: Callback) -> ConnectedView:
    """The state is used up before the code is: neither is good a second time."""
    async with connecting.connector.database.bus([caller.tenant_id]) as uow:
        sign_in = await usecases.use_sign_in(
            uow,
            caller.tenant_id,
            caller.user_id,
            session,
            state=callback.state,
            shop=callback.shop,
        )
    if callback.error is not None or not callback.code:
        raise Invalid("seller_declined", f"The shop did not agree to connect. {_AGAIN}")
    await connecting.require_stay(callback.shop)
    asked_at = connecting.clock()
    wording = Wording(
        f"Shopify does not accept this sign-in. {_AGAIN}", "Start connecting again in a minute."
    )
    with refusals(wording):
        answer = await connecting.oauth.exchange(callback.shop, callback.code)
    credentials = Credentials.granted(answer, asked_at, Credentials(grant="offline"))
    granted = scopes_of(answer.scope)
    given = Given(callback.shop, credentials, granted, wording, sign_in.stock_master)
    return await connecting.connect(caller, given)
