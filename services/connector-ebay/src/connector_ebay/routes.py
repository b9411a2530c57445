"""HTTP in: eBay's notifications and their challenge, accounts, and the way of signing in to eBay."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from connector_kit.connector import Connector
from connector_kit.domain import Account
from connector_kit.errors import Action, CallFailed
from connector_kit.store import Known, ReceivedWebhook
from fastapi import APIRouter, Query, Request, Response
from kit import telemetry, tokens
from kit.errors import Forbidden, Invalid, Refused
from kit.http import CallerDep, WriterDep
from kit.logs import logger
from kit.tokens import Caller
from pydantic import BaseModel, Field, SecretStr, ValidationError

from connector_ebay import usecases
from connector_ebay.client import Ebay, Seller, Subscriptions, classified
from connector_ebay.client.keys import PublicKeys, TooManyKeysError
from connector_ebay.wire.notifications import Head
from connector_ebay.wire.signatures import ForgedSignatureError, parse_header, verify

log = logger(__name__)

SIGNATURE = "x-ebay-signature"
STATE_AUDIENCE = "connector-ebay:oauth"
FORGED = 412
"""What eBay's own SDK answers to a bad signature."""


@dataclass(frozen=True)
class Registered:
    """What this application is registered with at eBay."""

    verification_token: SecretStr
    notification_endpoint: str
    """The public address of /hooks/ebay; empty takes the address the request came to."""
    consent: str
    """eBay's host for signing in."""
    redirect_uri: str


class NewToken(BaseModel):
    """A refresh token the seller got for this application."""

    refresh_token: SecretStr = Field(min_length=8)
    stock_master: bool = False


class Consent(BaseModel):
    """What eBay handed the browser when the seller agreed."""

    code: SecretStr = Field(min_length=1)
    state: str
    stock_master: bool = False


class ConsentUrl(BaseModel):
    """Where to send the seller."""

    url: str


class AccountView(BaseModel):
    """An account as its tenant sees it."""

    account_id: UUID
    name: str
    state: str
    reason: str | None
    stock_master: bool
    connected_at: datetime
    orders_read_up_to: datetime | None


class ConnectedView(AccountView):
    """An account just connected. `notifications` says why eBay sends none; its orders are polled all the same."""

    notifications: str | None = None


def build(
    registered: Registered,
    connector: Connector,
    ebay: Ebay,
    keys: PublicKeys,
    subscriptions: Subscriptions,
) -> APIRouter:
    """The connector's routes."""
    router, sellers = APIRouter(), Sellers(connector, ebay, subscriptions)
    router.include_router(_notifications(registered, connector, keys))
    router.include_router(_accounts(connector, sellers))
    router.include_router(_sign_in(registered, connector, ebay, sellers))
    return router


def _notifications(registered: Registered, connector: Connector, keys: PublicKeys) -> APIRouter:
    router = APIRouter(prefix="/hooks/ebay", tags=["notifications"])

    @router.get("")
    async def challenge(
        request: Request, challenge_code: Annotated[str, Query(max_length=512)]
    ) -> dict[str, str]:
        """Prove to eBay that the address is ours."""
        endpoint = registered.notification_endpoint or str(request.url.replace(query=""))
        token = registered.verification_token.get_secret_value()
        digest = hashlib.sha256(f"{challenge_code}{token}{endpoint}".encode()).hexdigest()
        return {"challengeResponse": digest}

    @router.post("")
    async def notify(request: Request) -> Response:
        """Take a notification: nothing is parsed or kept before its signature has held."""
        connector.admit()
        body = await request.body()
        try:
            header = parse_header(request.headers.get(SIGNATURE))
            verify(body, header, await keys.get(header.kid))
        except ForgedSignatureError as error:
            log.warning("notification refused", reason=str(error))
            return Response(status_code=FORGED)
        except (TooManyKeysError, CallFailed) as error:
            log.warning("notification not checked, eBay will send it again", reason=repr(error))
            return Response(status_code=503, headers={"Retry-After": "60"})
        await _keep(connector, body, request.headers[SIGNATURE])
        return Response(status_code=200)

    return router


async def _keep(connector: Connector, body: bytes, signature: str) -> None:
    try:
        head = Head.model_validate_json(body)
    except ValidationError as error:
        async with connector.database.bus() as uow:
            await usecases.set_aside_unreadable(uow, body, str(error))
        return
    user_id = head.notification.user_id
    key = usecases.directory_key(user_id) if user_id else ""
    for _ in range(2):
        known = await connector.directory.find(key) if key else None
        if known is None:
            break
        if await connector.accept(_received(known, head, body, signature)):
            return
        connector.directory.forget(key)  # he has moved on since it was looked up: to whom?
    log.info("notification of nobody connected", topic=head.metadata.topic)


def _received(known: Known, head: Head, body: bytes, signature: str) -> ReceivedWebhook:
    return ReceivedWebhook(
        tenant_id=known.tenant_id,
        account_id=known.account_id,
        topic=head.metadata.topic,
        delivery_id=head.notification.notification_id,
        body=body,
        headers={SIGNATURE: signature},
        traceparent=telemetry.current_traceparent(),
    )


def _accounts(connector: Connector, sellers: Sellers) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["accounts"])
    database = connector.database

    @router.post("/accounts", status_code=201)
    async def connect(caller: WriterDep, body: NewToken) -> ConnectedView:
        """Connect the seller a refresh token belongs to."""
        return await sellers.connect(caller, body.refresh_token, stock_master=body.stock_master)

    @router.get("/accounts")
    async def accounts(caller: CallerDep) -> list[AccountView]:
        """The tenant's eBay accounts."""
        async with database.request(caller.tenant_id) as uow:
            return [_view(account) for account in await usecases.accounts(uow)]

    @router.delete("/accounts/{account_id}", status_code=204)
    async def disconnect(caller: WriterDep, account_id: UUID) -> None:
        """Stop acting for an account."""
        async with database.bus([caller.tenant_id]) as uow:
            account = await usecases.disconnect(uow, account_id)
        connector.directory.forget(usecases.directory_key(account.seller_id))

    return router


def _sign_in(registered: Registered, connector: Connector, ebay: Ebay, sellers: Sellers) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["sign-in"])

    @router.post("/oauth/start")
    async def start(caller: WriterDep) -> ConsentUrl:
        """Where the seller agrees; the state in it is good for ten minutes and for this user alone."""
        if not registered.redirect_uri:
            raise Refused(
                "no_redirect_uri", "Operations must set SOLDWIRE_EBAY_REDIRECT_URI, the application's RuName."
            )
        state = tokens.sign(connector.settings, caller, audience=STATE_AUDIENCE, ttl=timedelta(minutes=10))
        return ConsentUrl(url=ebay.tokens.consent_url(registered.consent, state))

    @router.post("/oauth/complete", status_code=201)
    async def complete(caller: WriterDep, body: Consent) -> ConnectedView:
        """Connect the seller who has just agreed, in the session of the user who sent him there."""
        asked = tokens.verify(connector.settings, body.state, audience=STATE_AUDIENCE)
        if (asked.tenant_id, asked.user_id) != (caller.tenant_id, caller.user_id):
            raise Forbidden("other_session", "This sign-in was started by somebody else. Start it again.")
        with _refusals():
            granted = await ebay.tokens.exchange(body.code.get_secret_value())
        if granted.refresh_token is None:
            raise Invalid("no_refresh_token", "eBay gave no lasting permission. Start the sign-in again.")
        return await sellers.connect(caller, SecretStr(granted.refresh_token), stock_master=body.stock_master)

    return router


@dataclass(frozen=True)
class Sellers:
    """Connects sellers whose refresh token is known."""

    connector: Connector
    ebay: Ebay
    subscriptions: Subscriptions

    async def connect(self, caller: Caller, refresh_token: SecretStr, *, stock_master: bool) -> ConnectedView:
        """Connect the seller the token belongs to. Raises Invalid or Refused in that person's words."""
        connector, secret = self.connector, refresh_token.get_secret_value()
        with _refusals():
            user = await self.ebay.get_user((await self.ebay.tokens.refreshed(secret)).access_token)
        async with connector.database.bus([caller.tenant_id]) as uow:
            account = await usecases.connect(
                uow, connector.sealer, caller.tenant_id, user, secret, stock_master=stock_master
            )
            uow.after_commit(connector.polls.wake)
            uow.after_commit(connector.targets.wake)
        connector.directory.forget(usecases.directory_key(user.user_id))
        self.ebay.tokens.forget(Seller(account.account_id, secret))
        return ConnectedView(**_view(account).model_dump(), notifications=await self._subscribe(account))

    async def _subscribe(self, account: Account) -> str | None:
        """The account is connected whatever comes of it, and a job looks again."""
        if not self.subscriptions.address.endpoint:
            return "This installation has no public notification address."
        try:
            await self.subscriptions.ensure(account)
        except CallFailed as failed:
            log.warning("notifications not subscribed to", seller=account.name, error=str(failed))
            return failed.problem.reason
        return None


def _view(account: Account) -> AccountView:
    return AccountView(
        account_id=account.account_id,
        name=account.name,
        state=account.state,
        reason=account.reason,
        stock_master=account.stock_master,
        connected_at=account.connected_at,
        orders_read_up_to=account.watermark,
    )


@contextmanager
def _refusals() -> Iterator[None]:
    """What eBay refuses a person is told to that person."""
    try:
        with classified():
            yield
    except CallFailed as failed:
        if failed.problem.login:
            raise Invalid(
                "token_refused", "eBay does not accept this sign-in. Sign in to eBay again."
            ) from failed
        status = 422 if failed.problem.action is Action.FAIL else 503
        raise Refused(failed.problem.code, failed.problem.reason, status=status) from failed
