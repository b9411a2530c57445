"""Webhooks nobody we know of has signed: a shop of its own app is told what to do, and a forger gets nowhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
import shopify_signing_in as at
from connector_shopify.app import build
from connector_shopify.config import Settings
from connector_shopify.domain import Arrivals, Facts, health_of
from prometheus_client import REGISTRY
from pydantic import SecretStr
from shopify_signing_in import Seller
from testkit.connector import Bench
from testkit.sandbox import serving_app
from testkit.services import opened

ADDRESS = "https://hooks.soldwire.example/hooks/shopify"
OF_THE_TOKEN = "sandbox-shopify-app"
"""The app of a sandbox's shop of which nothing else is said."""
STATEMENTS = "soldwire_statements_total"


def _app_s_secret(bench: Bench) -> str:
    """Of the shop's own app, by which the sandbox signs what the shop sends."""
    assert isinstance(bench.settings, Settings)
    return bench.settings.shopify_client_secret.get_secret_value()


@asynccontextmanager
async def _our_app_is_another(bench: Bench, **more: object) -> AsyncIterator[str]:
    """A connector whose own app is not the one the shop's token is of; the secret of that one."""
    theirs = _app_s_secret(bench)
    update = {"shopify_client_secret": SecretStr("ours"), "shopify_webhook_address": ADDRESS, **more}
    settings = bench.settings.model_copy(update=update)
    assert isinstance(settings, Settings)
    async with opened(build(settings)) as service, serving_app(service.app()) as url:
        bench.service, bench.url, bench.settings = service, url, settings
        yield theirs


async def _connect(bench: Bench, **more: str) -> dict[str, Any]:
    answer = await Seller(bench).ask("/v1/accounts", {**bench.connect_body, **more})
    assert answer.status_code == 201, answer.text
    bench.account = UUID(answer.json()["account_id"])
    return dict(answer.json())


async def _shop(bench: Bench) -> dict[str, Any]:
    """How its seller reads it, after what was noted is written and its orders are read."""
    await bench.execute("update due_polls set due_at = now(), lease_until = null")
    await bench.turn("heard", "polls", "health")
    (shop,) = (await Seller(bench).ask("/v1/accounts", {}, "GET")).json()
    return dict(shop)


async def test_a_shop_whose_app_s_secret_was_not_given_reads_why_and_what_to_do(bench: Bench) -> None:
    async with _our_app_is_another(bench) as theirs:
        assert "secret" not in str((await _connect(bench))["webhooks"]), "it may be our app that signs"
        assert (await _shop(bench))["health"]["state"] != "webhooks_unverified"
        assert await at.tell(bench, "products/delete", {"id": 1}, theirs) == 401
        health = (await _shop(bench))["health"]
        assert health["state"] == "webhooks_unverified"
        assert "can't verify" in health["sentence"]
        assert "within a minute" in health["sentence"]
        assert "client secret" in health["action"]
        assert (await _tested(bench)) == (False, health["sentence"])
        await bench.sandbox.listing("shopify", bench.seller, "UNVERIFIED-1")
        await bench.sandbox.sell("shopify", bench.seller, "UNVERIFIED-1", deliver_webhook=False)
        await _shop(bench)
        assert [sale.found_by for sale in await bench.sales()] == ["poll"]
        await _connect(bench, client_secret=theirs)
        assert (await _shop(bench))["health"]["state"] != "webhooks_unverified"
        assert await at.tell(bench, "products/delete", {"id": 2}, theirs) == 200, "at once"
        assert (await _tested(bench))[0]


async def _tested(bench: Bench) -> tuple[bool, str]:
    """What a test of the connection says of notifications."""
    told = (await Seller(bench).ask(f"/v1/accounts/{bench.account}/test", {})).json()
    (step,) = [one for one in told["steps"] if one["name"] == "webhooks"]
    return step["ok"], step["words"]


async def test_it_is_said_on_connecting_where_the_token_is_of_another_app_than_ours(bench: Bench) -> None:
    async with _our_app_is_another(bench, shopify_client_id=at.CLIENT_ID) as theirs:
        made = await _connect(bench)
        assert "client secret" in made["webhooks"]
        assert "every minute" in made["webhooks"]
        assert made["health"]["state"] == "webhooks_unverified"
        made = await _connect(bench, client_secret=theirs)
        assert "secret" not in str(made["webhooks"])
        assert made["health"]["state"] != "webhooks_unverified"
        assert "secret" not in str((await _connect(bench))["webhooks"]), "the one given before is kept"


async def test_nothing_is_said_where_our_own_app_made_the_token_or_nothing_can_come(bench: Bench) -> None:
    async with _our_app_is_another(bench, shopify_client_id=OF_THE_TOKEN):
        assert "secret" not in str((await _connect(bench))["webhooks"])
    async with _our_app_is_another(bench, shopify_client_id=at.CLIENT_ID, shopify_webhook_address=""):
        made = await _connect(bench)
        assert "no public webhook address" in made["webhooks"]
        assert made["health"]["state"] != "webhooks_unverified"


async def test_a_flood_of_forgeries_costs_no_statement_each_and_makes_no_healthy_shop_look_ill(
    bench: Bench,
) -> None:
    async with _our_app_is_another(bench) as theirs:
        await _connect(bench, client_secret=theirs)
        assert await at.tell(bench, "products/delete", {"id": 1}, theirs) == 200
        await bench.turn("heard")
        await at.tell(bench, "products/delete", {"id": 2}, "wrong")
        before, refused = _sum(STATEMENTS), _refused("own_app")
        async with httpx.AsyncClient(base_url=bench.url, trust_env=False, timeout=30) as forger:
            headers = {
                "X-Shopify-Topic": "orders/create",
                "X-Shopify-Shop-Domain": bench.seller,
                "X-Shopify-Webhook-Id": "forged",
                "X-Shopify-Hmac-Sha256": "d3Jvbmc=",
            }
            sent = [
                forger.post(bench.webhook_path, content=b"{}", headers={**headers, "X-N": str(n)})
                for n in range(300)
            ]
            assert {answer.status_code for answer in await asyncio.gather(*sent)} == {401}
        assert _sum(STATEMENTS) - before < 10
        assert _refused("own_app") - refused == 300
        await bench.execute("update account_health set webhook_at = webhook_at - interval '2 minutes'")
        assert (await _shop(bench))["health"]["state"] == "well"
        assert await bench.count("raw_webhooks") == 1


async def test_refusals_are_written_once_a_minute_at_most_and_never_go_back(bench: Bench) -> None:
    async with _our_app_is_another(bench) as theirs:
        await _connect(bench)
        noted = "account_health where refused_at is not null"
        for n in range(3):
            assert await at.tell(bench, "products/delete", {"id": n}, theirs) == 401
        assert await bench.count(noted) == 0, "not while one is answered"
        await bench.turn("heard")
        assert await bench.count(noted) == 1
        await bench.execute("update account_health set refused_at = null")
        assert await at.tell(bench, "products/delete", {"id": 4}, theirs) == 401
        await bench.turn("heard")
        assert await bench.count(noted) == 0, "not again in this minute"


async def test_what_names_a_shop_of_our_app_or_nobody_s_is_counted_and_says_nothing_of_a_shop(
    bench: Bench,
) -> None:
    """Our app's secrets are ours to keep right: its sellers could do nothing about it."""
    assert isinstance(bench.settings, Settings)
    await at.new_shop(bench.sandbox)
    async with at.seller_of(at.settings_of(bench.settings, bench.sandbox.url), bench.sandbox) as seller:
        await seller.connect()
        counts = {signer: _refused(signer) for signer in ("our_app", "nobody", "unsigned")}
        assert await at.tell(seller.bench, "products/delete", {"id": 1}, "wrong") == 401
        unsigned = {"X-Shopify-Hmac-Sha256": ""}
        assert await at.tell(seller.bench, "products/delete", {"id": 1}, "wrong", **unsigned) == 401
        seller.bench.seller = "nobodys.myshopify.com"
        assert await at.tell(seller.bench, "products/delete", {"id": 1}, "wrong") == 401
        assert {signer: _refused(signer) - n for signer, n in counts.items()} == dict.fromkeys(counts, 1)
        await seller.bench.turn("heard")
        assert await seller.bench.count("account_health where refused_at is not null") == 0


async def test_a_shop_whose_secret_can_t_be_opened_any_more_is_one_without(bench: Bench) -> None:
    async with _our_app_is_another(bench) as theirs:
        await _connect(bench, client_secret=theirs)
        await bench.execute("update accounts set key_id = 'lost'")
        assert await at.tell(bench, "products/delete", {"id": 1}, theirs) == 401
        assert (await _shop(bench))["health"]["state"] == "needs_login", "connecting again mends both"
        await _connect(bench, client_secret=theirs)
        assert await at.tell(bench, "products/delete", {"id": 2}, theirs) == 200


NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LONG_AGO = NOW - 30 * DAY


@pytest.mark.parametrize(
    ("heard", "refused", "unverified"),
    [
        (None, None, False),
        (None, NOW - HOUR, True),
        (None, LONG_AGO - HOUR, False),
        (None, NOW - DAY - HOUR, False),
        (LONG_AGO - HOUR, NOW - HOUR, True),
        (NOW - 2 * HOUR, NOW - HOUR, False),
        (NOW - DAY + HOUR, NOW, False),
        (NOW - DAY - HOUR, NOW - HOUR, True),
    ],
    ids=[
        "neither came",
        "only refused ones",
        "of before the shop was connected again",
        "none is refused any more",
        "held before it was connected again",
        "one held in between",
        "one held within the day",
        "none held for a day: its secret was changed",
    ],
)
def test_when_it_is_said(heard: datetime | None, refused: datetime | None, unverified: bool) -> None:
    facts = Facts(NOW, "connected", LONG_AGO, read_up_to=NOW, arrivals=Arrivals(heard, refused))
    found = health_of(facts)
    assert found.state == ("webhooks_unverified" if unverified else "well")
    if unverified:
        assert found.since == (heard if heard and heard > LONG_AGO else LONG_AGO)


def _refused(signer: str) -> float:
    labels = {"platform": "shopify", "signer": signer}
    return REGISTRY.get_sample_value("soldwire_webhooks_refused_total", labels) or 0.0


def _sum(name: str) -> float:
    samples = (sample for family in REGISTRY.collect() for sample in family.samples)
    return sum(sample.value for sample in samples if sample.name == name)
