"""Webhooks as they arrive: signatures, duplicates, retries, lost subscriptions; eBay's signed push."""

import asyncio
import base64
import hashlib
import hmac
import json

import httpx
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sandbox.testing import Receiver, Shop, made, sell


async def test_an_order_s_webhook_is_signed_over_its_raw_body(shop: Shop, receiver: Receiver) -> None:
    await shop.item("A-1")
    await shop.client.post(
        "/control/shopify/subscriptions",
        json={"account": shop.name, "uri": receiver.uri, "topics": ["orders/create"]},
    )
    sale = await sell(shop.client, "shopify", shop.name, "A-1", duplicates=3)
    got = await receiver.wait(3)
    secret = shop.keys["client_secret"].encode()
    for each in got:
        expected = base64.b64encode(hmac.new(secret, each.body, hashlib.sha256).digest()).decode()
        assert each.headers["x-shopify-hmac-sha256"] == expected
    assert len({each.headers["x-shopify-webhook-id"] for each in got}) == 1
    assert str(json.loads(got[0].body)["id"]) == sale["order_id"]
    assert got[0].headers["x-shopify-topic"] == "orders/create"


async def test_a_failing_endpoint_is_tried_again_then_loses_its_subscription(
    shop: Shop, receiver: Receiver
) -> None:
    await shop.client.patch("/control/settings", json={"time_factor": 0})
    await shop.item("A-1")
    await shop.client.post(
        "/control/shopify/subscriptions",
        json={"account": shop.name, "uri": receiver.uri, "topics": ["orders/create"]},
    )
    receiver.statuses = [500, 503]
    sale = await sell(shop.client, "shopify", shop.name, "A-1")
    await receiver.wait(3)
    receiver.statuses = [500] * 9
    await shop.client.post(f"/control/shopify/orders/{sale['order_id']}/notify", json={})
    await receiver.wait(12)
    await asyncio.sleep(0.05)
    kept = (await shop.client.get("/control/shopify/subscriptions")).json()["subscriptions"]
    assert [x["removed"] for x in kept] == [True]
    attempts = (await shop.client.get("/control/truth/webhooks")).json()["webhooks"]
    by_delivery: dict[str, list[int]] = {}
    for attempt in attempts:
        by_delivery.setdefault(attempt["delivery"], []).append(attempt["status"])
    assert list(by_delivery.values()) == [[500, 503, 200], [500] * 9]


async def test_an_app_subscribes_by_graphql_and_hears_of_stock(shop: Shop, receiver: Receiver) -> None:
    listing = await shop.item("A-1")
    query = """mutation($uri: String!) { webhookSubscriptionCreate(topic: INVENTORY_LEVELS_UPDATE, webhookSubscription: {uri: $uri})
        { webhookSubscription { id uri topic } userErrors { message } } }"""
    made_ = (await shop.graphql(query, uri=receiver.uri))["data"]["webhookSubscriptionCreate"]
    assert made_["webhookSubscription"]["topic"] == "INVENTORY_LEVELS_UPDATE"
    await shop.client.patch(f"/control/shopify/listings/{listing['listing']}", json={"quantity": 4})
    body = json.loads((await receiver.wait(1))[0].body)
    assert body["available"] == 4
    assert body["admin_graphql_api_id"].endswith(f"?inventory_item_id={body['inventory_item_id']}")


async def test_uninstalling_says_so_and_closes_the_door(shop: Shop, receiver: Receiver) -> None:
    await shop.client.post(
        "/control/shopify/subscriptions",
        json={"account": "*", "uri": receiver.uri, "topics": ["app/uninstalled"]},
    )
    await shop.client.post(f"/control/shopify/accounts/{shop.name}/uninstall")
    await receiver.wait(1)
    answer = await shop.client.post(
        f"/shopify/{shop.name}/admin/api/2026-10/graphql.json",
        json={"query": "{ shop { id } }"},
        headers={"X-Shopify-Access-Token": shop.keys["access_token"]},
    )
    assert answer.status_code == 401


async def ebay_key(sandbox: httpx.AsyncClient, keys: dict[str, str], kid: str) -> ec.EllipticCurvePublicKey:
    form = {"grant_type": "client_credentials", "scope": "https://api.ebay.com/oauth/api_scope"}
    minted = await sandbox.post(
        "/ebay/identity/v1/oauth2/token", data=form, auth=(keys["client_id"], keys["client_secret"])
    )
    headers = {"Authorization": f"Bearer {minted.json()['access_token']}"}
    answer = (await sandbox.get(f"/ebay/commerce/notification/v1/public_key/{kid}", headers=headers)).json()
    assert (answer["algorithm"], answer["digest"]) == ("ECDSA", "SHA1")
    text = answer["key"].removeprefix("-----BEGIN PUBLIC KEY-----").removesuffix("-----END PUBLIC KEY-----")
    key = serialization.load_der_public_key(base64.b64decode(text))
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key


async def test_ebay_pushes_one_signed_confirmation_for_both_lines(
    sandbox: httpx.AsyncClient, receiver: Receiver
) -> None:
    keys = (await sandbox.post("/control/ebay/accounts", json={"account": "seller"})).json()
    listings = [await made(sandbox, "ebay", "seller", sku) for sku in ("A-1", "A-2")]
    told = {"client_id": keys["client_id"], "endpoint": receiver.uri, "verification_token": receiver.token}
    assert (await sandbox.post("/control/ebay/destination", json=told)).json()["challenge"] == "ok"
    receiver.statuses = [412]
    sale = await sell(sandbox, "ebay", "seller", "A-1", "A-2")
    got = await receiver.wait(2)
    payload = json.loads(got[1].body)
    assert payload["notification"]["publishAttemptCount"] == 2
    data = payload["notification"]["data"]
    assert data["user"] == {"userId": keys["seller_id"], "username": "seller"}
    assert data["order"]["orderId"] == sale["order_id"]
    assert [x["listingId"] for x in data["order"]["orderLineItems"]] == [
        x["ids"]["listing"] for x in listings
    ]
    header = json.loads(base64.b64decode(got[1].headers["x-ebay-signature"]))
    assert (header["alg"], header["digest"]) == ("ecdsa", "SHA1")
    key = await ebay_key(sandbox, keys, header["kid"])
    key.verify(base64.b64decode(header["signature"]), got[1].body, ec.ECDSA(hashes.SHA1()))
    told = (await sandbox.get("/control/ebay/signing-key")).json()
    private = serialization.load_pem_private_key(told["pem"].encode(), None)
    assert (told["kid"], private.public_key()) == (header["kid"], key)


async def test_a_destination_that_fails_its_challenge_is_not_taken(
    sandbox: httpx.AsyncClient, receiver: Receiver
) -> None:
    keys = (await sandbox.post("/control/ebay/accounts", json={})).json()
    headers = {"Authorization": f"Bearer {keys['access_token']}"}
    config = {"endpoint": receiver.uri, "verificationToken": "x" * 40}
    given = {"name": "a", "status": "ENABLED", "deliveryConfig": config}
    refused = await sandbox.post("/ebay/commerce/notification/v1/destination", json=given, headers=headers)
    assert (refused.status_code, refused.json()["errors"][0]["errorId"]) == (409, 195020)
    config["verificationToken"] = receiver.token
    taken = await sandbox.post("/ebay/commerce/notification/v1/destination", json=given, headers=headers)
    assert taken.status_code == 201


async def test_a_forged_webhook_carries_a_wrong_signature(shop: Shop, receiver: Receiver) -> None:
    body = {
        "platform": "shopify",
        "account": shop.name,
        "uri": receiver.uri,
        "body": {"id": 1},
        "signature": "wrong",
    }
    assert (await shop.client.post("/control/webhooks/forge", json=body)).json()["status"] == 200
    expected = base64.b64encode(
        hmac.new(shop.keys["client_secret"].encode(), receiver.got[0].body, hashlib.sha256).digest()
    )
    assert receiver.got[0].headers["x-shopify-hmac-sha256"] != expected.decode()


async def test_a_deleted_product_and_an_edited_order_are_told(shop: Shop, receiver: Receiver) -> None:
    listing = await shop.item("A-1")
    sale = await sell(shop.client, "shopify", shop.name, "A-1")
    topics = ["products/delete", "orders/edited"]
    await shop.client.post(
        "/control/shopify/subscriptions", json={"account": shop.name, "uri": receiver.uri, "topics": topics}
    )
    await shop.client.post(
        f"/control/shopify/orders/{sale['order_id']}/notify", json={"topic": "orders/edited"}
    )
    await receiver.wait(1)
    await shop.client.delete(f"/control/shopify/listings/{listing['listing']}")
    edited, deleted = (json.loads(got.body) for got in await receiver.wait(2))
    assert str(edited["order_edit"]["order_id"]) == sale["order_id"]
    assert deleted == {"id": int(str(listing["ids"]["product"]).rpartition("/")[2])}
