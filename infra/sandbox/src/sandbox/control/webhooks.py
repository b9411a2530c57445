"""Control routes that say where webhooks go, and that forge one."""

import uuid

import httpx
from fastapi import APIRouter
from pydantic_core import to_json

from sandbox.control.desk import Desk, Row
from sandbox.control.models import Challenge, Destination, Forge, Subscribe
from sandbox.ebay.site import Ebay
from sandbox.marketplace import BadRequest
from sandbox.shopify.headers import signed as with_signature
from sandbox.shopify.shop import Shopify
from sandbox.shopify.topics import TOPICS


def webhook_routes(desk: Desk, shopify: Shopify, ebay: Ebay) -> APIRouter:
    """Subscriptions of Shopify's, eBay's destination, forged webhooks."""
    router = APIRouter(prefix="/control")
    _add_subscribing(router, desk, shopify)
    _add_destination(router, ebay)
    _add_forging(router, desk, shopify, ebay)
    return router


def _add_subscribing(router: APIRouter, desk: Desk, shopify: Shopify) -> None:
    @router.post("/shopify/subscriptions", status_code=201)
    async def subscribe(given: Subscribe) -> Row:
        everyone = [a for a in desk.world.accounts.values() if a.platform == "shopify"]
        accounts = everyone if given.account == "*" else [desk.account("shopify", given.account)]
        unknown = set(given.topics) - set(TOPICS.values())
        if unknown:
            raise BadRequest(f"not sent: {', '.join(sorted(unknown))}")
        made: list[Row] = []
        for account in accounts:
            for topic in given.topics or TOPICS.values():
                known = desk.world.subscribers("shopify", account.name, topic)
                if not any(x.uri == given.uri for x in known):
                    subscription = shopify.webhooks.subscribe(account, topic, given.uri)
                    made.append({"id": subscription.id, "account": account.name, "topic": topic})
        return {"subscriptions": made}

    @router.get("/shopify/subscriptions")
    async def subscriptions() -> Row:
        found = [x for x in desk.world.subscriptions.values() if x.platform == "shopify"]
        rows = [
            {"id": x.id, "account": x.account, "topic": x.topic, "uri": x.uri, "removed": x.removed}
            for x in found
        ]
        return {"subscriptions": rows}


def _add_destination(router: APIRouter, ebay: Ebay) -> None:
    hub = ebay.notifications

    @router.post("/ebay/destination", status_code=201)
    async def destination(given: Destination) -> Row:
        outcome = await hub.challenge(given.endpoint, given.verification_token)
        if outcome["challenge"] != "ok":
            return {"destination_id": None, **outcome}
        found = hub.send_all_to(given.client_id, given.endpoint, given.verification_token)
        return {"destination_id": found.id, **outcome}

    @router.post("/ebay/challenge")
    async def challenge(given: Challenge) -> Row:
        return await hub.challenge(given.endpoint, given.verification_token)


def _add_forging(router: APIRouter, desk: Desk, shopify: Shopify, ebay: Ebay) -> None:
    @router.post("/webhooks/forge")
    async def forge(given: Forge) -> Row:
        body = to_json(given.body)
        try:
            answer = await desk.deliveries.client.post(
                given.uri, content=body, headers=_headers(given, body, shopify, ebay), timeout=10
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return {"status": None, "body": None, "error": type(error).__name__}
        return {"status": answer.status_code, "body": answer.text}

    @router.get("/ebay/signing-key")
    async def signing_key() -> Row:
        key = ebay.notifications.signing_key()
        return {"kid": key.id, "pem": key.private_pem}


def _headers(given: Forge, body: bytes, shopify: Shopify, ebay: Ebay) -> dict[str, str]:
    signed = body if given.signature == "valid" else body + b" "
    missing = given.signature == "missing"
    if given.platform == "ebay":
        named = {"Content-Type": "application/json"}
        return named if missing else {**named, "X-EBAY-SIGNATURE": ebay.notifications.signature(signed)}
    named = shopify.webhooks.headers(given.account, given.topic, str(uuid.uuid4()), str(uuid.uuid4()))
    return named if missing else with_signature(named, shopify.webhooks.sign(given.account, signed))
