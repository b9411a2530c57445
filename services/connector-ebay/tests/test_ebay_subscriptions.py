"""Notifications are asked for by the connector itself: its destination at eBay, and a subscription for each topic."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx
import pytest
from connector_ebay.app import build
from connector_ebay.wire.mapping import ORDER_TOPICS
from ebay_stack import Stack
from kit.service import Service
from prometheus_client import REGISTRY
from soldwire_contracts.sales import SaleDetected
from testkit.http import http_to
from testkit.sandbox import Json, serving_app
from testkit.services import opened

BASE = "/ebay/commerce/notification/v1"
OF_SELLERS = sorted(ORDER_TOPICS)
OF_THE_APPLICATION = ["AUTHORIZATION_REVOCATION", "MARKETPLACE_ACCOUNT_DELETION"]


@asynccontextmanager
async def registered(stack: Stack, **more: object) -> AsyncIterator[tuple[Service, httpx.AsyncClient]]:
    """The same connector, told its public address: the one that answers eBay's challenge."""
    told = {"ebay_notification_endpoint": f"{stack.url}/hooks/ebay", **more}
    async with (
        opened(build(stack.settings.model_copy(update=told))) as service,
        serving_app(service.app()) as url,
        http_to(url) as http,
    ):
        yield service, http


async def keep(service: Service) -> None:
    (job,) = [job for job in service.jobs if job.name == "subscriptions"]
    await job.run()


async def at_ebay(stack: Stack, what: str, token: str | None = None) -> list[Json]:
    headers = {"Authorization": f"Bearer {token or await _application_token(stack)}"}
    answer = await stack.sandbox.control.get(f"{BASE}/{what}", headers=headers)
    return list(answer.raise_for_status().json()[f"{what}s"])


async def _application_token(stack: Stack) -> str:
    basic = httpx.BasicAuth(str(stack.keys["client_id"]), str(stack.keys["client_secret"]))
    form = {"grant_type": "client_credentials"}
    minted = await stack.sandbox.control.post("/ebay/identity/v1/oauth2/token", data=form, auth=basic)
    return str(minted.json()["access_token"])


async def of_seller(stack: Stack) -> list[Json]:
    return await at_ebay(stack, "subscription", str(stack.keys["access_token"]))


def topics(held: list[Json]) -> list[str]:
    return sorted(str(one["topicId"]) for one in held if one["status"] == "ENABLED")


async def test_connecting_a_seller_subscribes_him_and_his_sale_is_pushed(stack: Stack) -> None:
    async with registered(stack) as (service, http):
        body = {"refresh_token": stack.keys["refresh_token"]}
        answer = await http.post("/v1/accounts", json=body, headers=stack.headers())
        assert (answer.status_code, answer.json()["notifications"]) == (201, None)
        assert topics(await of_seller(stack)) == OF_SELLERS
        await stack.sandbox.listing("ebay", stack.seller, "A")
        await stack.sandbox.sell("ebay", stack.seller, "A")
        await stack.stored(1)
        await keep(service)
    assert topics(await at_ebay(stack, "subscription")) == OF_THE_APPLICATION
    (destination,) = await at_ebay(stack, "destination")
    assert destination["deliveryConfig"]["endpoint"] == f"{stack.url}/hooks/ebay"


async def test_what_is_as_it_should_be_is_left_alone(stack: Stack) -> None:
    await stack.connect()
    for _ in range(2):
        async with registered(stack) as (service, _http):
            await keep(service)
            await keep(service)
    for operation, calls in (("createDestination", 1), ("createSubscription", 4), ("updateSubscription", 0)):
        assert len(await stack.sandbox.calls(operation=operation)) == calls, operation
    assert len(await stack.sandbox.calls(operation="getSubscriptions")) == 4, "not at every turn"


async def test_what_ebay_dropped_is_made_again(stack: Stack) -> None:
    await stack.connect()
    async with registered(stack) as (service, _http):
        await keep(service)
    gone, disabled = await of_seller(stack)
    headers = {"Authorization": f"Bearer {stack.keys['access_token']}"}
    path = f"{BASE}/subscription"
    await stack.sandbox.control.delete(f"{path}/{gone['subscriptionId']}", headers=headers)
    await stack.sandbox.control.post(f"{path}/{disabled['subscriptionId']}/disable", headers=headers)
    assert topics(await of_seller(stack)) == []
    async with registered(stack) as (service, _http):
        await keep(service)
    assert topics(await of_seller(stack)) == OF_SELLERS


async def test_sales_made_while_a_subscription_was_gone_are_polled_and_later_ones_are_pushed_again(
    stack: Stack,
) -> None:
    account = await stack.connect()
    async with registered(stack) as (service, _http):
        await keep(service)
    headers = {"Authorization": f"Bearer {stack.keys['access_token']}"}
    for held in await of_seller(stack):
        await stack.sandbox.control.delete(f"{BASE}/subscription/{held['subscriptionId']}", headers=headers)
    await stack.sandbox.listing("ebay", stack.seller, "A", quantity=2)
    await stack.sandbox.sell("ebay", stack.seller, "A")
    await stack.turn("polls")
    async with registered(stack) as (service, _http):
        await keep(service)
    await stack.sandbox.sell("ebay", stack.seller, "A")
    await stack.stored(1)
    await stack.turn("webhooks")
    found = [event.data for event in await stack.said("sale.detected")]
    assert [sale.found_by for sale in found if isinstance(sale, SaleDetected)] == ["poll", "webhook"]
    for door in ("poll", "webhook"):
        labels = {"platform": "ebay", "account": str(account), "found_by": door}
        assert REGISTRY.get_sample_value("soldwire_sales_found_total", labels) == 1


async def test_a_destination_that_was_switched_off_is_put_back_to_work(stack: Stack) -> None:
    await stack.connect()
    async with registered(stack) as (service, _http):
        await keep(service)
    (held,) = await at_ebay(stack, "destination")
    headers = {"Authorization": f"Bearer {await _application_token(stack)}"}
    off = {"name": "x", "status": "DISABLED", "deliveryConfig": held["deliveryConfig"]}
    path = f"{BASE}/destination/{held['destinationId']}"
    assert (await stack.sandbox.control.put(path, json=off, headers=headers)).status_code == 204
    async with registered(stack) as (service, _http):
        await keep(service)
    (again,) = await at_ebay(stack, "destination")
    assert (again["destinationId"], again["status"]) == (held["destinationId"], "ENABLED")


@pytest.mark.parametrize(
    ("endpoint", "words"),
    [("", "no public notification address"), ("http://127.0.0.1:9/hooks/ebay", "no right answer")],
)
async def test_a_seller_is_connected_even_where_ebay_can_t_reach_us(
    stack: Stack, endpoint: str, words: str
) -> None:
    async with registered(stack, ebay_notification_endpoint=endpoint) as (service, http):
        body = {"refresh_token": stack.keys["refresh_token"]}
        answer = await http.post("/v1/accounts", json=body, headers=stack.headers())
        assert answer.status_code == 201
        assert words in answer.json()["notifications"]
        await keep(service)
    assert await of_seller(stack) == []


async def test_ebay_is_told_whom_to_alert(stack: Stack) -> None:
    async with registered(stack, ebay_alert_email="operations@example.com") as (service, _http):
        await keep(service)
    assert len(await stack.sandbox.calls(operation="updateConfig")) == 1


@pytest.mark.parametrize("topic", OF_THE_APPLICATION)
async def test_a_seller_who_leaves_is_signed_out(stack: Stack, topic: str) -> None:
    await stack.connect()
    await _leaves(stack, topic)
    assert await _state(stack) == "revoked"


async def test_news_of_his_leaving_that_come_after_he_is_back_sign_nobody_out(stack: Stack) -> None:
    account = await stack.connect()
    left = datetime.now(UTC).isoformat()
    assert await stack.connect() == account
    await _leaves(stack, "AUTHORIZATION_REVOCATION", at=left)
    assert await _state(stack) == "connected"
    await _leaves(stack, "AUTHORIZATION_REVOCATION", at=datetime.now(UTC).isoformat())
    assert await _state(stack) == "revoked"


async def _leaves(stack: Stack, topic: str, at: str | None = None) -> None:
    """eBay tells that the seller took our access away, at some time or without saying when."""
    data = {"username": stack.seller, "userId": stack.keys["seller_id"], "eiasToken": "x"}
    told_of: Json = {"notificationId": f"n-{at}", "data": data} | ({"eventDate": at} if at else {})
    told = {
        "platform": "ebay",
        "account": stack.seller,
        "uri": f"{stack.url}/hooks/ebay",
        "topic": topic,
        "body": {"metadata": {"topic": topic}, "notification": told_of},
        "signature": "valid",
    }
    assert (await stack.sandbox.post("webhooks/forge", told))["status"] == 200
    await stack.turn("webhooks")


async def _state(stack: Stack) -> str:
    (account,) = (await stack.http.get("/v1/accounts", headers=stack.headers())).json()
    return str(account["state"])
