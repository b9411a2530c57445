"""HTTP in: Shopify's webhooks, and the accounts of a tenant."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Annotated
from uuid import UUID

from connector_kit import store
from connector_kit import usecases as shared
from connector_kit.connector import Connector
from connector_kit.domain import Account
from connector_kit.errors import CallFailed
from connector_kit.store import Known, ReceivedWebhook
from connector_kit.usecases import NewAccount
from fastapi import APIRouter, Request, Response
from kit import telemetry
from kit.clock import utc_now
from kit.errors import Invalid, NotFound, Refused, Unauthorized
from kit.http import CallerDep, WriterDep
from opentelemetry.trace import SpanKind
from pydantic import BaseModel, SecretStr, StringConstraints
from soldwire_contracts.values import Platform

from connector_shopify import usecases
from connector_shopify.client import Shopify
from connector_shopify.config import Settings
from connector_shopify.wire import SHOP_HEADER, SUBSCRIBED, signed_by

_KEPT = ("topic", "shop-domain", "api-version", "webhook-id", "event-id", "triggered-at")
_FRESH_SECONDS = 30.0

ShopDomain = Annotated[
    str,
    StringConstraints(strip_whitespace=True, to_lower=True, pattern=r"^[a-z0-9][a-z0-9-]*\.myshopify\.com$"),
]


class ConnectRequest(BaseModel):
    """A shop's custom app. Its client secret signs the webhooks it registers."""

    shop: ShopDomain
    access_token: SecretStr
    client_secret: SecretStr | None = None
    stock_master: bool = False


class AccountChange(BaseModel):
    """What a seller may change of an account."""

    stock_master: bool


class AccountAnswer(BaseModel):
    """An account as its seller sees it."""

    account_id: UUID
    platform: str
    seller_id: str
    address: str
    name: str
    state: str
    reason: str | None
    stock_master: bool
    connected_at: datetime
    complete_up_to: datetime | None


def build(connector: Connector, shopify: Shopify, settings: Settings) -> list[APIRouter]:
    """The routes of this service."""
    return [_hooks(connector, settings), _accounts(connector, shopify, settings)]


class _Secrets:
    """Which secrets may have signed a shop's webhook: our app's, and the shop's own app's, kept for a moment."""

    def __init__(self, connector: Connector, settings: Settings) -> None:
        self._connector = connector
        configured = settings.shopify_client_secret.get_secret_value().split(",")
        self._ours = [secret.strip() for secret in configured if secret.strip()]
        self._kept: dict[UUID, tuple[float, str | None]] = {}

    async def of(self, known: Known | None) -> list[str]:
        if known is None:
            return self._ours
        kept = self._kept.get(known.account_id)
        if kept is None or kept[0] < time.monotonic():
            async with self._connector.database.bus([known.tenant_id]) as uow:
                own = await usecases.client_secret_of(uow, self._connector.sealer, known)
            kept = self._kept[known.account_id] = (time.monotonic() + _FRESH_SECONDS, own)
        return [*self._ours, kept[1]] if kept[1] else self._ours


def _hooks(connector: Connector, settings: Settings) -> APIRouter:
    router = APIRouter(tags=["webhooks"])
    secrets = _Secrets(connector, settings)

    @router.post("/hooks/shopify")
    async def receive(request: Request) -> Response:
        """Verify on the raw bytes, store, answer; what it means is found out later."""
        body = await request.body()
        shop = request.headers.get(SHOP_HEADER, "").lower()
        known = await connector.directory.find(f"shop:{shop}") if shop else None
        signature = request.headers.get("x-shopify-hmac-sha256", "")
        if not signature or not signed_by(await secrets.of(known), body, signature):
            raise Unauthorized("bad_signature", "The webhook is not signed with this app's secret.")
        if known is None:
            raise NotFound("unknown_shop", f"{shop or 'The shop'} is not connected.")
        with telemetry.continued(None, "accepts webhook", kind=SpanKind.SERVER):
            await connector.accept(_received(request, known, body))
        return Response(status_code=200)

    return router


def _received(request: Request, known: Known, body: bytes) -> ReceivedWebhook:
    topic = request.headers.get("x-shopify-topic", "")
    delivery = request.headers.get("x-shopify-webhook-id", "")
    if not topic or not delivery:
        raise Invalid("no_topic", "A webhook needs X-Shopify-Topic and X-Shopify-Webhook-Id.", status=400)
    names = [f"x-shopify-{name}" for name in _KEPT]
    return ReceivedWebhook(
        tenant_id=known.tenant_id,
        account_id=known.account_id,
        topic=topic,
        delivery_id=delivery,
        body=body,
        headers={name: request.headers[name] for name in names if name in request.headers},
        event_id=request.headers.get("x-shopify-event-id"),
        traceparent=telemetry.current_traceparent(),
    )


def _accounts(connector: Connector, shopify: Shopify, settings: Settings) -> APIRouter:
    router = APIRouter(prefix="/v1/accounts", tags=["accounts"])
    database = connector.database

    @router.get("")
    async def listed(caller: CallerDep) -> list[AccountAnswer]:
        async with database.request(caller.tenant_id) as uow:
            return [_answer(account) for account in await store.list_accounts(uow)]

    @router.post("", status_code=201)
    async def connected(wanted: ConnectRequest, caller: WriterDep) -> AccountAnswer:
        new = await _checked(shopify, settings, caller.tenant_id, wanted)
        async with database.bus([caller.tenant_id]) as uow:
            return _answer(await shared.connect_account(uow, connector.sealer, new))

    @router.patch("/{account_id}")
    async def changed(account_id: UUID, change: AccountChange, caller: WriterDep) -> AccountAnswer:
        async with database.request(caller.tenant_id) as uow:
            return _answer(await shared.set_stock_master(uow, account_id, change.stock_master))

    @router.delete("/{account_id}")
    async def disconnected(account_id: UUID, caller: WriterDep) -> AccountAnswer:
        async with database.bus([caller.tenant_id]) as uow:
            return _answer(
                await shared.disconnect_account(
                    uow, account_id, reason="The seller disconnected this account."
                )
            )

    return router


async def _checked(
    shopify: Shopify, settings: Settings, tenant_id: UUID, wanted: ConnectRequest
) -> NewAccount:
    """Ask the shop who it is, and register its webhooks. Raises Refused in the seller's words."""
    credentials = {"access_token": wanted.access_token.get_secret_value()}
    if wanted.client_secret is not None:
        credentials["client_secret"] = wanted.client_secret.get_secret_value()
    probe = Account(
        tenant_id, tenant_id, "shopify", "", wanted.shop, wanted.shop, utc_now(), credentials=credentials
    )
    try:
        shop = await shopify.shop(probe)
        if settings.shopify_webhook_address:
            await shopify.subscribe(probe, settings.shopify_webhook_address, SUBSCRIBED)
    except CallFailed as failed:
        problem = failed.problem
        raise Refused(problem.code, problem.reason, status=422, detail=failed.detail[:300]) from failed
    return NewAccount(
        tenant_id=tenant_id,
        platform=Platform.SHOPIFY,
        seller_id=shop.id,
        address=shop.myshopify_domain,
        name=shop.name,
        keys=(f"shop:{shop.myshopify_domain.lower()}",),
        credentials={**credentials, "currency": shop.currency_code},
        stock_master=wanted.stock_master,
    )


def _answer(account: Account) -> AccountAnswer:
    return AccountAnswer(
        account_id=account.account_id,
        platform=account.platform,
        seller_id=account.seller_id,
        address=account.address,
        name=account.name,
        state=account.state,
        reason=account.reason,
        stock_master=account.stock_master,
        connected_at=account.connected_at,
        complete_up_to=account.watermark,
    )
