"""Shopify's webhooks: who may subscribe where, both families of headers, fulfilments, new products, the law's notices."""

import base64
import hashlib
import hmac
import json
from typing import Any

import httpx
import pytest
from sandbox.testing import Got, Receiver, Shop, made, sell

CREATE = """mutation($topic: WebhookSubscriptionTopic!, $uri: String!) { webhookSubscriptionCreate(topic: $topic, webhookSubscription: {uri: $uri}) {
  webhookSubscription { id uri } userErrors { field message } } }"""
UPDATE = """mutation($id: ID!, $uri: String!) { webhookSubscriptionUpdate(id: $id, webhookSubscription: {uri: $uri}) {
  webhookSubscription { id uri topic } userErrors { field message } } }"""
DELETE = "mutation($id: ID!) { webhookSubscriptionDelete(id: $id) { deletedWebhookSubscriptionId userErrors { message } } }"
ONE = "query($id: ID!) { webhookSubscription(id: $id) { id uri } }"


async def subscribed(shop: Shop, receiver: Receiver, *topics: str) -> None:
    hook = {"account": shop.name, "uri": receiver.uri, "topics": list(topics)}
    assert (await shop.client.post("/control/shopify/subscriptions", json=hook)).status_code == 201


def told(got: Got) -> tuple[str, dict[str, Any]]:
    return got.headers["x-shopify-topic"], json.loads(got.body)


async def create(shop: Shop, topic: str, uri: str) -> dict[str, Any]:
    found: dict[str, Any] = (await shop.graphql(CREATE, topic=topic, uri=uri))["data"][
        "webhookSubscriptionCreate"
    ]
    return found


async def test_an_address_is_https_or_near_and_taken_once(shop: Shop) -> None:
    uri = "https://hooks.example/shopify"
    for bad in ("ftp://hooks.example/", "http://hooks.example/", "hooks.example", ""):
        assert (await create(shop, "ORDERS_CREATE", bad))["userErrors"], bad
    made_ = await create(shop, "ORDERS_CREATE", uri)
    taken = await create(shop, "ORDERS_CREATE", uri)
    assert taken["userErrors"][0]["message"] == "Address for this topic has already been taken"
    assert (await create(shop, "ORDERS_PAID", uri))["userErrors"] == []
    assert (await create(shop, "ORDERS_CREATE", "http://127.0.0.1:1/hook"))["userErrors"] == []
    identifier = made_["webhookSubscription"]["id"]
    busy = await shop.graphql(UPDATE, id=identifier, uri="http://127.0.0.1:1/hook")
    assert busy["data"]["webhookSubscriptionUpdate"]["userErrors"] != []
    moved = await shop.graphql(UPDATE, id=identifier, uri="https://new.example/")
    assert moved["data"]["webhookSubscriptionUpdate"]["webhookSubscription"] == {
        "id": identifier,
        "uri": "https://new.example/",
        "topic": "ORDERS_CREATE",
    }
    one = (await shop.graphql(ONE, id=identifier))["data"]["webhookSubscription"]
    assert one["uri"] == "https://new.example/"
    assert (await create(shop, "ORDERS_CREATE", uri))["userErrors"] == []
    await shop.graphql(DELETE, id=identifier)
    assert (await shop.graphql(ONE, id=identifier))["data"]["webhookSubscription"] is None
    gone = await shop.graphql(UPDATE, id=identifier, uri="https://x.example/")
    assert gone["data"]["webhookSubscriptionUpdate"]["userErrors"][0]["field"] == ["id"]


async def test_a_topic_needs_its_scope(shop: Shop) -> None:
    name, base = shop.name, f"/shopify/{shop.name}/admin/oauth"
    keys = {"client_id": shop.keys["client_id"], "client_secret": shop.keys["client_secret"]}
    asked = {**keys, "redirect_uri": "https://a.example/", "state": "s", "scope": "read_orders"}
    sent = await shop.client.get(f"{base}/authorize", params=asked)
    code = httpx.URL(sent.headers["location"]).params["code"]
    token = (await shop.client.post(f"{base}/access_token", json={**keys, "code": code})).json()
    narrow = Shop(shop.client, {"account": name, "access_token": token["access_token"]})
    uri = "https://hooks.example/"
    assert (await create(narrow, "ORDERS_CREATE", uri))["userErrors"] == []
    assert (await create(narrow, "APP_UNINSTALLED", uri))["userErrors"] == []
    for topic in ("PRODUCTS_UPDATE", "INVENTORY_LEVELS_UPDATE", "FULFILLMENTS_CREATE"):
        assert (await create(narrow, topic, uri))["userErrors"][0]["field"] == ["topic"]


@pytest.mark.parametrize(
    ("family", "prefixes"),
    [("x-shopify", ["x-shopify-"]), ("shopify", ["shopify-"]), ("both", ["shopify-", "x-shopify-"])],
)
async def test_headers_come_in_the_families_set(
    shop: Shop, receiver: Receiver, family: str, prefixes: list[str]
) -> None:
    path = f"/control/shopify/accounts/{shop.name}"
    assert (await shop.client.patch(path, json={"webhook_headers": "z-shopify"})).status_code == 400
    await shop.client.patch(path, json={"webhook_headers": family})
    await subscribed(shop, receiver, "orders/create")
    await shop.item("A-1")
    await sell(shop.client, "shopify", shop.name, "A-1")
    got = (await receiver.wait(1))[0]
    digest = hmac.new(shop.keys["client_secret"].encode(), got.body, hashlib.sha256).digest()
    for prefix in ("shopify-", "x-shopify-"):
        names = ["topic", "shop-domain", "api-version", "webhook-id", "event-id", "triggered-at"]
        there = [prefix + name in got.headers for name in [*names, "hmac-sha256"]]
        assert set(there) == {prefix in prefixes}
        if prefix in prefixes:
            assert got.headers[f"{prefix}hmac-sha256"] == base64.b64encode(digest).decode()


async def test_fulfilments_are_told_as_they_are_made_and_changed(shop: Shop, receiver: Receiver) -> None:
    await made(shop.client, "shopify", shop.name, "A-1", quantity=3)
    body = {"account": shop.name, "lines": [{"sku": "A-1", "quantity": 3}]}
    sale = (await shop.client.post("/control/shopify/sales", json=body)).json()
    await subscribed(shop, receiver, "fulfillments/create", "fulfillments/update", "orders/fulfilled")
    path, line = f"/control/shopify/orders/{sale['order_id']}", sale["lines"][0]["line_id"]
    first = {"tracking": "AB1", "lines": [{"line_id": line, "quantity": 1}]}
    await shop.client.post(f"{path}/ship", json=first)
    topic, part = told((await receiver.wait(1))[0])
    assert (topic, part["tracking_number"]) == ("fulfillments/create", "AB1")
    assert (part["line_items"][0]["quantity"], part["order_id"]) == (1, int(sale["order_id"]))
    changed = await shop.client.post(f"{path}/track", json={"courier": "DPD UK", "tracking": "AB2"})
    assert changed.json()["shipments"][0]["tracking"] == "AB2"
    topic, part = told((await receiver.wait(2))[1])
    assert (topic, part["tracking_company"]) == ("fulfillments/update", "DPD UK")
    await shop.client.post(f"{path}/ship", json={"tracking": "AB3"})
    topics = {told(got)[0] for got in (await receiver.wait(4))[2:]}
    assert topics == {"fulfillments/create", "orders/fulfilled"}
    query = """query($id: ID!) { order(id: $id) { displayFulfillmentStatus fulfillments { trackingInfo { company number }
      fulfillmentLineItems(first: 5) { nodes { quantity } } } } }"""
    order = (await shop.graphql(query, id=f"gid://shopify/Order/{sale['order_id']}"))["data"]["order"]
    assert order["displayFulfillmentStatus"] == "FULFILLED"
    sent = [
        (x["trackingInfo"][0]["number"], x["fulfillmentLineItems"]["nodes"][0]["quantity"])
        for x in order["fulfillments"]
    ]
    assert sent == [("AB2", 1), ("AB3", 2)]


async def test_a_new_product_is_told(shop: Shop, receiver: Receiver) -> None:
    await subscribed(shop, receiver, "products/create", "products/update")
    listing = await made(
        shop.client, "shopify", shop.name, "A-1", state="DRAFT", vendor="Atelier", deliver_webhook=True
    )
    topic, product = told((await receiver.wait(1))[0])
    assert (topic, product["status"], product["vendor"]) == ("products/create", "draft", "Atelier")
    await made(shop.client, "shopify", shop.name, "A-2", product=listing["product"], deliver_webhook=True)
    topic, product = told((await receiver.wait(2))[1])
    assert (topic, len(product["variants"])) == ("products/update", 2)


async def test_the_law_s_notices_name_the_buyer_and_his_orders(shop: Shop, receiver: Receiver) -> None:
    await made(shop.client, "shopify", shop.name, "A-1", quantity=5)
    await subscribed(shop, receiver, "orders/create")
    ada = {"id": 77, "email": "ada@buyers.example", "first_name": "Ada", "phone": "+441632960077"}
    mine = [await sell(shop.client, "shopify", shop.name, "A-1", customer=ada) for _ in range(2)]
    await sell(shop.client, "shopify", shop.name, "A-1")
    orders = {told(got)[1]["id"]: told(got)[1] for got in await receiver.wait(3)}
    order = orders[int(mine[0]["order_id"])]
    assert (order["customer"]["id"], order["email"], order["contact_email"]) == (
        77,
        ada["email"],
        ada["email"],
    )
    assert order["phone"] == order["billing_address"]["phone"] == ada["phone"]
    assert order["shipping_address"]["first_name"] == "Ada"
    other = next(x for x in orders.values() if x["customer"]["id"] != 77)
    assert "Ada" not in json.dumps(other)
    path = f"/control/shopify/accounts/{shop.name}/compliance"
    redact: dict[str, object] = {"topic": "customers/redact", "customer": ada}
    assert (await shop.client.post(path, json=redact)).status_code == 400
    application = f"/control/shopify/applications/{shop.keys['client_id']}"
    await shop.client.patch(application, json={"compliance_uri": receiver.uri})
    assert (await shop.client.post(path, json={"topic": "customers/redact"})).status_code == 400
    await shop.client.post(path, json=redact)
    got = (await receiver.wait(4))[3]
    digest = hmac.new(shop.keys["client_secret"].encode(), got.body, hashlib.sha256).digest()
    assert got.headers["x-shopify-hmac-sha256"] == base64.b64encode(digest).decode()
    topic, notice = told(got)
    assert (topic, notice["shop_domain"]) == ("customers/redact", shop.name)
    assert notice["customer"] == {"id": 77, "email": ada["email"], "phone": ada["phone"]}
    assert notice["orders_to_redact"] == [int(sale["order_id"]) for sale in mine]
    await shop.client.post(path, json={"topic": "customers/data_request", "customer": ada, "orders": [1]})
    topic, notice = told((await receiver.wait(5))[4])
    assert (notice["orders_requested"], "id" in notice["data_request"]) == ([1], True)
    await shop.client.post(f"/control/shopify/accounts/{shop.name}/uninstall")
    await shop.client.post(path, json={"topic": "shop/redact"})
    topic, notice = told((await receiver.wait(6))[5])
    assert (topic, set(notice)) == ("shop/redact", {"shop_id", "shop_domain"})
