"""Shopify's OAuth: consent, grants, rotating pairs, scopes and what is answered without them, secrets."""

import asyncio
import base64
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from sandbox.testing import Receiver, Shop, made, sell

SHOP, APP, SECRET = "new.myshopify.com", "our-app", "shpss_ours"
BACK = "https://our.example/connect/shopify/callback"
WANTED = "read_orders,read_products,write_products,read_inventory,write_inventory,read_locations"
ORDERS = "{ orders(first: 5) { nodes { id name } } }"


@pytest.fixture
async def app(sandbox: httpx.AsyncClient) -> httpx.AsyncClient:
    """A sandbox with our application and one shop that hasn't installed it."""
    application = {"client_id": APP, "client_secret": SECRET, "redirect_uris": [BACK]}
    assert (await sandbox.post("/control/shopify/applications", json=application)).status_code == 201
    fields = {"account": SHOP, "client_id": APP, "installed": False}
    keys = (await sandbox.post("/control/shopify/accounts", json=fields)).json()
    assert "access_token" not in keys
    return sandbox


async def consent(app: httpx.AsyncClient, **more: str) -> httpx.Response:
    asked = {"client_id": APP, "redirect_uri": BACK, "state": "s1", "scope": WANTED, **more}
    return await app.get(f"/shopify/{SHOP}/admin/oauth/authorize?{urlencode(asked)}")


def answered(response: httpx.Response) -> dict[str, str]:
    """The callback's query, whose signature is checked as an app checks it."""
    assert response.status_code == 302, response.text
    given = dict(parse_qsl(urlsplit(response.headers["location"]).query))
    signed = urlencode([(k, v) for k, v in sorted(given.items()) if k != "hmac"])
    assert given["hmac"] == hmac.new(SECRET.encode(), signed.encode(), hashlib.sha256).hexdigest()
    assert (given["shop"], given["state"]) == (SHOP, "s1")
    return given


async def granted(app: httpx.AsyncClient, status: int = 200, **given: str) -> dict[str, Any]:
    body = {"client_id": APP, "client_secret": SECRET, **given}
    answer = await app.post(f"/shopify/{SHOP}/admin/oauth/access_token", json=body)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def installed(app: httpx.AsyncClient, **more: str) -> dict[str, Any]:
    code = answered(await consent(app, **more))["code"]
    return await granted(app, code=code, expiring="1")


def shop_of(app: httpx.AsyncClient, token: str) -> Shop:
    return Shop(app, {"account": SHOP, "access_token": token})


async def status(app: httpx.AsyncClient, token: str) -> int:
    answer = await app.post(
        f"/shopify/{SHOP}/admin/api/2026-10/graphql.json",
        json={"query": "{ shop { id } }"},
        headers={"X-Shopify-Access-Token": token},
    )
    return answer.status_code


async def refreshed(app: httpx.AsyncClient, token: str, status: int = 200) -> dict[str, Any]:
    return await granted(app, status, grant_type="refresh_token", refresh_token=token)


async def test_consent_looks_at_who_asks_and_for_what(app: httpx.AsyncClient) -> None:
    for wrong in (
        {"client_id": "nobody"},
        {"redirect_uri": "https://elsewhere.example/"},
        {"state": ""},
        {"scope": "read_minds"},
    ):
        assert (await consent(app, **wrong)).status_code == 400, wrong
    assert (await app.patch(f"/control/shopify/accounts/{SHOP}", json={"decline": True})).status_code == 200
    refused = answered(await consent(app))
    assert refused["error"] == "access_denied"
    assert "code" not in refused


async def test_a_code_is_good_once_and_for_its_app(app: httpx.AsyncClient) -> None:
    code = answered(await consent(app))["code"]
    assert (await granted(app, 400, code=code, client_secret="wrong"))["error"] == "invalid_client"
    await app.post("/control/shopify/applications", json={"client_id": "other", "client_secret": "x"})
    foreign = await granted(app, 400, code=code, client_id="other", client_secret="x")
    assert foreign["error"] == "invalid_request"
    tokens = await granted(app, code=code, expiring="1")
    assert tokens["scope"] == "read_locations,read_orders,write_inventory,write_products"
    assert (tokens["expires_in"], await status(app, tokens["access_token"])) == (3600, 200)
    assert (await granted(app, 400, code=code))["error"] == "invalid_request"
    lasting = await granted(app, code=answered(await consent(app))["code"])
    assert set(lasting) == {"access_token", "scope"}


async def test_a_pair_dies_when_either_token_of_the_next_is_used(app: httpx.AsyncClient) -> None:
    first = await installed(app)
    unused = await refreshed(app, first["refresh_token"])
    second = await refreshed(app, first["refresh_token"])
    assert await status(app, unused["access_token"]) == 401
    assert (await refreshed(app, unused["refresh_token"], 400))["error"] == "invalid_request"
    assert await status(app, first["access_token"]) == 200
    assert await status(app, second["access_token"]) == 200
    assert (await refreshed(app, first["refresh_token"], 400))["error"] == "invalid_request"
    assert await status(app, first["access_token"]) == 200
    third = await refreshed(app, second["refresh_token"])
    await refreshed(app, third["refresh_token"])
    await refreshed(app, second["refresh_token"], 400)


async def test_an_expired_token_is_refused_and_its_refresh_token_works(app: httpx.AsyncClient) -> None:
    await app.patch(f"/control/shopify/accounts/{SHOP}", json={"token_ttl": 0.1})
    first = await installed(app)
    await asyncio.sleep(0.15)
    assert await status(app, first["access_token"]) == 401
    await app.patch(f"/control/shopify/accounts/{SHOP}", json={"token_ttl": None})
    again = await refreshed(app, first["refresh_token"])
    assert (await status(app, again["access_token"]), again["expires_in"]) == (200, 3600)


async def test_an_app_of_the_shop_s_own_gets_a_day(app: httpx.AsyncClient) -> None:
    refused = await granted(app, 400, grant_type="client_credentials")
    assert refused["error"] == "shop_not_permitted"
    await installed(app)
    tokens = await granted(app, grant_type="client_credentials")
    assert tokens["expires_in"] == 24 * 3600
    assert "refresh_token" not in tokens
    assert await status(app, tokens["access_token"]) == 200
    assert (await granted(app, 400, grant_type="password"))["error"] == "unsupported_grant_type"


async def test_what_was_not_granted_is_denied(app: httpx.AsyncClient) -> None:
    await app.patch(f"/control/shopify/accounts/{SHOP}", json={"grant_only": "read_orders,write_products"})
    tokens = await installed(app)
    assert tokens["scope"] == "read_orders,write_products"
    shop = shop_of(app, tokens["access_token"])
    held = (await shop.graphql("{ currentAppInstallation { accessScopes { handle } } }"))["data"]
    scopes = [x["handle"] for x in held["currentAppInstallation"]["accessScopes"]]
    assert scopes == ["read_orders", "read_products", "write_products"]
    assert "errors" not in await shop.graphql(ORDERS)
    for query, scope in (
        ('{ inventoryItem(id: "x") { id } }', "read_inventory"),
        ("{ locations(first: 1) { nodes { id } } }", "read_locations"),
        ("{ publications(first: 1) { nodes { id } } }", "read_publications"),
        ('{ node(id: "gid://shopify/Location/1") { id } }', "read_locations"),
        ('mutation { inventoryItemUpdate(id: "x", input: {}) { inventoryItem { id } } }', "write_inventory"),
    ):
        answer = await shop.graphql(query)
        error = answer["errors"][0]
        assert error["extensions"]["code"] == "ACCESS_DENIED", query
        assert scope in error["extensions"]["requiredAccess"]
        assert not answer["data"] or set(answer["data"].values()) == {None}
    listing = await made(app, "shopify", SHOP, "A-1")
    nested = "query($id: ID!) { productVariant(id: $id) { id inventoryItem { id } } }"
    error = (await shop.graphql(nested, id=listing["ids"]["variant"]))["errors"][0]
    assert error["path"] == ["productVariant", "inventoryItem"]


async def test_old_orders_are_shown_to_those_who_may_see_all(app: httpx.AsyncClient) -> None:
    await made(app, "shopify", SHOP, "A-1", quantity=5)
    old = await sell(app, "shopify", SHOP, "A-1", sold_at="2020-01-02T10:00:00Z", affects_stock=False)
    await sell(app, "shopify", SHOP, "A-1")
    tokens = await installed(app)
    shop = shop_of(app, tokens["access_token"])
    one = f'{{ order(id: "gid://shopify/Order/{old["order_id"]}") {{ name }} }}'
    assert [x["name"] for x in (await shop.graphql(ORDERS))["data"]["orders"]["nodes"]] == ["#1002"]
    assert (await shop.graphql(one))["data"]["order"] is None
    tokens = await installed(app, scope=f"{WANTED},read_all_orders")
    shop = shop_of(app, tokens["access_token"])
    assert len((await shop.graphql(ORDERS))["data"]["orders"]["nodes"]) == 2
    assert (await shop.graphql(one))["data"]["order"]["name"] == "#1001"


async def test_other_scopes_are_told_and_reinstalling_is_the_same_shop(
    app: httpx.AsyncClient, receiver: Receiver
) -> None:
    shop = shop_of(app, (await installed(app, scope="read_orders"))["access_token"])
    before = (await shop.graphql("{ shop { id } }"))["data"]["shop"]["id"]
    topics = ["app/scopes_update", "app/uninstalled", "orders/create"]
    hook = {"account": SHOP, "uri": receiver.uri, "topics": topics}
    await app.post("/control/shopify/subscriptions", json=hook)
    await installed(app, scope="read_orders,read_products")
    told = json.loads((await receiver.wait(1))[0].body)
    assert (told["previous"], told["current"]) == (["read_orders"], ["read_orders", "read_products"])
    await app.post(f"/control/shopify/accounts/{SHOP}/uninstall")
    assert (await receiver.wait(2))[1].headers["x-shopify-topic"] == "app/uninstalled"
    assert await status(app, shop.keys["access_token"]) == 401
    await made(app, "shopify", SHOP, "A-1")
    await sell(app, "shopify", SHOP, "A-1")
    again = shop_of(app, (await installed(app))["access_token"])
    assert (await again.graphql("{ shop { id } }"))["data"]["shop"]["id"] == before
    held = await again.graphql("{ webhookSubscriptions(first: 5) { nodes { id } } }")
    assert held["data"]["webhookSubscriptions"]["nodes"] == []
    assert len(receiver.got) == 2


async def test_a_new_secret_comes_in_two_steps(app: httpx.AsyncClient, receiver: Receiver) -> None:
    tokens = await installed(app)
    await app.post(
        "/control/shopify/subscriptions",
        json={"account": SHOP, "uri": receiver.uri, "topics": ["orders/create"]},
    )
    await made(app, "shopify", SHOP, "A-1", quantity=5)
    path = f"/control/shopify/applications/{APP}"
    assert (await app.post(f"{path}/use-new-secret")).status_code == 400
    fresh = (await app.post(f"{path}/rotate-secret")).json()["next_secret"]

    async def signer(count: int) -> str:
        await sell(app, "shopify", SHOP, "A-1")
        got = (await receiver.wait(count))[-1]
        for secret in (SECRET, fresh):
            digest = hmac.new(secret.encode(), got.body, hashlib.sha256).digest()
            if base64.b64encode(digest).decode() == got.headers["x-shopify-hmac-sha256"]:
                return secret
        return "none"

    assert await signer(1) == SECRET
    tokens = await granted(
        app, grant_type="refresh_token", refresh_token=tokens["refresh_token"], client_secret=fresh
    )
    tokens = await refreshed(app, tokens["refresh_token"])
    await app.post(f"{path}/use-new-secret")
    assert await signer(2) == fresh
    assert (await refreshed(app, tokens["refresh_token"], 400))["error"] == "invalid_client"
