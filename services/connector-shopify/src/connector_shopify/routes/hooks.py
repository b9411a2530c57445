"""Webhooks: verified on the raw bytes, stored, answered; what they mean is found out later."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from uuid import UUID

from connector_kit.connector import Connector
from connector_kit.store import Known, ReceivedWebhook
from fastapi import APIRouter, Request, Response
from kit import telemetry
from kit.errors import Invalid, NotFound, Unauthorized
from kit.logs import logger
from opentelemetry.trace import SpanKind

from connector_shopify import usecases
from connector_shopify.wire.compliance import COMPLIANCE, read_notice
from connector_shopify.wire.headers import HookHeaders, read_headers, signed_by

log = logger(__name__)

_FRESH_SECONDS = 30.0
_LONGEST_NAME = 255


class _Secrets:
    """Which secrets may have signed a webhook: our app's, and that of a shop's own app, kept for a moment."""

    def __init__(self, connector: Connector, ours: Sequence[str]) -> None:
        self._connector = connector
        self._ours = ours
        self._kept: dict[UUID, tuple[float, str | None]] = {}

    async def signed(self, known: Known | None, body: bytes, signature: str) -> bool:
        """Whether the signature holds. The shop's own secret is looked up only when ours did not make it."""
        if not signature:
            return False
        if signed_by(self._ours, body, signature):
            return True
        own = await self._own(known) if known else None
        return own is not None and signed_by([own], body, signature)

    async def _own(self, known: Known) -> str | None:
        kept = self._kept.get(known.account_id)
        if kept is None or kept[0] < time.monotonic():
            async with self._connector.database.bus([known.tenant_id]) as uow:
                own = await usecases.client_secret_of(uow, self._connector.sealer, known)
            kept = self._kept[known.account_id] = (time.monotonic() + _FRESH_SECONDS, own)
        return kept[1]


def hooks_router(
    connector: Connector,
    client_secrets: Sequence[str],
    heard: Callable[[Known], None],
    carry_out: Callable[[], None],
) -> APIRouter:
    """`POST /hooks/shopify`. `heard` is called for each genuine webhook; `carry_out` when there is data to be forgotten."""
    router = APIRouter(tags=["webhooks"])
    secrets = _Secrets(connector, client_secrets)

    @router.post("/hooks/shopify")
    async def receive(request: Request) -> Response:
        """Store a webhook and answer. 401 for a forged signature, 404 for a shop that is not connected, 400 for one without
        topic or id leave nothing behind. What Shopify asks about buyers' data is answered for any shop, known or not.
        """
        connector.admit()
        body = await request.body()
        told = read_headers(request.headers)
        asked = told.topic in COMPLIANCE
        known = await _known(connector, told.shop, even_removed=asked) if told.shop else None
        if not await secrets.signed(known, body, told.signature):
            raise Unauthorized("bad_signature", "The webhook is not signed with this app's secret.")
        if asked:
            await _take_notice(connector, told, body, carry_out)
            return Response(status_code=200)
        if known is None:
            raise NotFound("unknown_shop", f"{told.shop or 'The shop'} is not connected.")
        with telemetry.continued(None, "accepts webhook", kind=SpanKind.SERVER):
            await connector.accept(_received(told, known, body))
        heard(known)
        return Response(status_code=200)

    return router


def _received(told: HookHeaders, known: Known, body: bytes) -> ReceivedWebhook:
    _check_names(told)
    return ReceivedWebhook(
        tenant_id=known.tenant_id,
        account_id=known.account_id,
        topic=told.topic,
        delivery_id=told.delivery_id,
        body=body,
        headers=told.kept,
        event_id=told.event_id,
        traceparent=telemetry.current_traceparent(),
    )


def _check_names(told: HookHeaders) -> None:
    if not told.topic or not told.delivery_id:
        raise Invalid("no_topic", "A webhook needs X-Shopify-Topic and X-Shopify-Webhook-Id.", status=400)
    if max(len(told.topic), len(told.delivery_id)) > _LONGEST_NAME:
        raise Invalid("no_topic", f"Its topic and id have {_LONGEST_NAME} characters at most.", status=400)


async def _known(connector: Connector, shop: str, *, even_removed: bool) -> Known | None:
    known = await connector.directory.find(usecases.directory_key(shop))
    if known is not None or not even_removed:
        return known
    async with connector.database.bus() as uow:
        return await usecases.shop_ever_known(uow, shop)


async def _take_notice(
    connector: Connector, told: HookHeaders, body: bytes, carry_out: Callable[[], None]
) -> None:
    """Of a notice its ids alone are kept: the rest names a buyer. A shop we don't know has nothing here to be forgotten.

    What was held while another tenant had the shop is its buyers' as well.
    """
    notice = read_notice(told.topic, body)
    if notice is None:
        raise Invalid("not_a_notice", f"This is not a body of {told.topic}.", status=400)
    _check_names(told)
    new = 0
    for known in await _all_known(connector, told.shop):
        async with connector.database.bus([known.tenant_id], keep=True) as uow:
            new += await usecases.take_notice(uow, known, told.topic, notice, told.delivery_id)
            uow.after_commit(carry_out)
    log.info("a compliance notice was answered", topic=told.topic, shop=told.shop, new=new)


async def _all_known(connector: Connector, shop: str) -> Sequence[Known]:
    if not shop:
        return []
    async with connector.database.bus() as uow:
        return await usecases.accounts_of_shop(uow, shop)
