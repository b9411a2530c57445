"""Webhooks: verified on the raw bytes, stored, answered; what they mean is found out later."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from connector_kit.answers import Answers
from connector_kit.connector import Connector
from connector_kit.metrics import webhooks_refused
from connector_kit.store import Known, ReceivedWebhook
from fastapi import APIRouter, Request, Response
from kit import telemetry
from kit.errors import Invalid, NotFound, Unauthorized
from kit.logs import logger
from opentelemetry.trace import SpanKind

from connector_shopify import usecases
from connector_shopify.usecases import Signing
from connector_shopify.wire.compliance import COMPLIANCE, read_notice
from connector_shopify.wire.headers import HookHeaders, read_headers, signed_by

log = logger(__name__)

_FRESH_SECONDS = 30.0
_LONGEST_NAME = 255


class _Signer(StrEnum):
    """Whose signature a webhook should have, as the metric of refused ones names it."""

    UNSIGNED = "unsigned"
    NOBODY = "nobody"
    OUR_APP = "our_app"
    OWN_APP = "own_app"


class _Secrets:
    """Which secrets may have signed a webhook: our app's, and that of a shop's own app, kept for a moment, and not once any
    shop was connected or left.
    """

    def __init__(self, connector: Connector, ours: Sequence[str]) -> None:
        self._connector = connector
        self._ours = ours
        self._signing: Answers[Known, Signing] = Answers(self._look, _FRESH_SECONDS)
        connector.directory.on_forget(self._signing.clear)

    async def refuses(self, known: Known | None, body: bytes, signature: str) -> _Signer | None:
        """None when the signature holds, else who should have made it. The shop's own secret is looked up only when ours
        did not make it.
        """
        if not signature:
            return _Signer.UNSIGNED
        if signed_by(self._ours, body, signature):
            return None
        if known is None:
            return _Signer.NOBODY
        signing = await self._signing.get(known) or Signing()
        if signing.secret is not None and signed_by([signing.secret], body, signature):
            return None
        return _Signer.OUR_APP if signing.by_our_app else _Signer.OWN_APP

    async def _look(self, known: Known) -> Signing:
        async with self._connector.database.bus([known.tenant_id]) as uow:
            return await usecases.signing_of(uow, self._connector.sealer, known)


@dataclass(frozen=True)
class Hearing:
    """Who hears of what comes in: of each genuine webhook, and of each that nobody known for its shop has signed."""

    heard: Callable[[Known], None]
    refused: Callable[[Known], None]


def hooks_router(
    connector: Connector,
    client_secrets: Sequence[str],
    hearing: Hearing,
    carry_out: Callable[[], None],
) -> APIRouter:
    """`POST /hooks/shopify`. `carry_out` is called when there is data to be forgotten."""
    router = APIRouter(tags=["webhooks"])
    door = _Door(connector, _Secrets(connector, client_secrets), hearing)

    @router.post("/hooks/shopify")
    async def receive(request: Request) -> Response:
        """Store a webhook and answer. 401 for a forged signature, 404 for a shop that is not connected, 400 for one without
        topic or id leave nothing behind. What Shopify asks about buyers' data is answered for any shop, known or not.
        """
        connector.admit()
        body = await request.body()
        told = read_headers(request.headers)
        if told.topic in COMPLIANCE:
            await door.verified(told, body, even_removed=True)
            await _take_notice(connector, told, body, carry_out)
        elif not await door.takes(told, body):
            connector.directory.forget(usecases.directory_key(told.shop))
            if not await door.takes(told, body):  # whoever has the shop now, if anybody
                raise _unknown(told)
        return Response(status_code=200)

    return router


@dataclass(frozen=True)
class _Door:
    """What every webhook passes."""

    connector: Connector
    secrets: _Secrets
    hearing: Hearing

    async def verified(self, told: HookHeaders, body: bytes, *, even_removed: bool = False) -> Known | None:
        """Whose shop it is of, None when it is nobody's. Raises Unauthorized for a signature that does not hold."""
        known = await _known(self.connector, told.shop, even_removed=even_removed) if told.shop else None
        refused = await self.secrets.refuses(known, body, told.signature)
        if refused is None:
            return known
        webhooks_refused.labels("shopify", refused).inc()
        if refused is _Signer.OWN_APP and known is not None and known.active:
            self.hearing.refused(known)
        raise Unauthorized("bad_signature", "The webhook is not signed with this app's secret.")

    async def takes(self, told: HookHeaders, body: bytes) -> bool:
        """Verify and store; False, and nothing stored, when the shop has moved on since it was looked up."""
        known = await self.verified(told, body)
        if known is None:
            raise _unknown(told)
        with telemetry.continued(None, "accepts webhook", kind=SpanKind.SERVER):
            taken = await self.connector.accept(_received(told, known, body))
        if taken:
            self.hearing.heard(known)
        return taken


def _unknown(told: HookHeaders) -> NotFound:
    return NotFound("unknown_shop", f"{told.shop or 'The shop'} is not connected.")


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
