"""Holds the sandbox against the marketplaces' own contracts, where these are present."""

import gzip
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
)
from jsonschema import Draft7Validator
from sandbox.shopify.engine import Engine
from sandbox.testing import Receiver, Shop, made, sell

CONTRACTS = Path(__file__).parents[4] / "shared" / "marketplaces"
pytestmark = pytest.mark.skipif(
    not CONTRACTS.is_dir(), reason=f"the marketplaces' contracts are not at {CONTRACTS}"
)


@lru_cache(maxsize=1)
def shopify_schema() -> GraphQLSchema:
    text = gzip.decompress((CONTRACTS / "shopify" / "admin_2026-10.graphql.gz").read_bytes()).decode()
    return build_schema(text, assume_valid=True)


def test_our_schema_is_a_subset_of_shopify_s() -> None:
    theirs, ours = shopify_schema(), Engine({}, {}).schema
    wrong: list[str] = []
    for name, named in ours.type_map.items():
        mine: Any = named
        real: Any = theirs.type_map.get(name)
        if name.startswith("__"):
            continue
        if real is None or type(real) is not type(mine):
            wrong.append(name)
        elif isinstance(mine, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            wrong += differing_fields(name, mine.fields, real.fields)
        elif isinstance(mine, GraphQLEnumType):
            wrong += [f"{name}.{value}" for value in mine.values if value not in real.values]
        assert not isinstance(mine, GraphQLUnionType)
    assert wrong == []
    directive, real_directive = ours.get_directive("idempotent"), theirs.get_directive("idempotent")
    assert directive is not None
    assert real_directive is not None
    assert directive.locations == real_directive.locations
    assert str(directive.args["key"].type) == str(real_directive.args["key"].type)


def differing_fields(name: str, mine: dict[str, Any], real: dict[str, Any]) -> list[str]:
    wrong: list[str] = []
    for field, definition in mine.items():
        if field not in real or str(real[field].type) != str(definition.type):
            wrong.append(f"{name}.{field}")
            continue
        given, known = getattr(definition, "args", {}), getattr(real[field], "args", {})
        wrong += [
            f"{name}.{field}({arg})"
            for arg in given
            if arg not in known or str(known[arg].type) != str(given[arg].type)
        ]
        wrong += [
            f"{name}.{field}({arg}!)"
            for arg in known
            if arg not in given and str(known[arg].type).endswith("!")
        ]
    return wrong


def same_keys(ours: Any, sample: Any, path: str, ignored: frozenset[str]) -> list[str]:
    """Paths where one of the two has a key the other lacks; lists are compared by their first elements."""
    if isinstance(ours, dict) and isinstance(sample, dict):
        odd = [f"{path}.{key}" for key in set(ours) ^ set(sample) if key not in ignored]
        both = (set(ours) & set(sample)) - ignored
        return odd + [x for key in both for x in same_keys(ours[key], sample[key], f"{path}.{key}", ignored)]
    if isinstance(ours, list) and isinstance(sample, list) and ours and sample:
        return same_keys(ours[0], sample[0], f"{path}[0]", ignored)
    if ours is not None and sample is not None and isinstance(ours, str) is not isinstance(sample, str):
        return [f"{path}: {type(ours).__name__} for {type(sample).__name__}"]
    return []


def sample(name: str, key: str) -> Any:
    return json.loads((CONTRACTS / "shopify" / "payloads" / name).read_text())["body"][key]


async def test_webhook_bodies_have_the_samples_keys(shop: Shop, receiver: Receiver) -> None:
    await shop.item("A-1")
    await shop.client.post("/control/shopify/subscriptions", json={"account": shop.name, "uri": receiver.uri})
    line = {"sku": "A-1", "discount": "1.00", "tax": "2.00"}
    body = {"account": shop.name, "lines": [line], "shipping": "3.50", "deliver_webhook": False}
    sale = (await shop.client.post("/control/shopify/sales", json=body)).json()
    path = f"/control/shopify/orders/{sale['order_id']}"
    await shop.client.post(f"{path}/ship", json={"tracking": "AB123456785GB", "deliver_webhook": False})
    units = [{"line_id": sale["lines"][0]["line_id"], "quantity": 1}]
    await shop.client.post(f"{path}/refund", json={"lines": units, "restock": True})
    got = await receiver.wait(4)
    bodies = {each.headers["x-shopify-topic"]: json.loads(each.body) for each in got}
    free = frozenset({"receipt"})  # what the payment or shipping service adds is its own
    order = same_keys(bodies["orders/updated"], sample("order-11-post.json", "order"), "order", free)
    assert order == []
    refund = same_keys(bodies["refunds/create"], sample("refund-03-post.json", "refund"), "refund", free)
    assert refund == []
    level = same_keys(
        bodies["inventory_levels/update"],
        sample("inventory_level-05-post.json", "inventory_level"),
        "level",
        free,
    )
    assert level == []
    assert (
        same_keys(bodies["products/update"], sample("product-04-get.json", "products")[0], "product", free)
        == []
    )


def checked(openapi: str, schema: str, answer: object) -> None:
    """Validate an answer against one schema of eBay's normalised OpenAPI file; unknown fields are errors too."""
    document = json.loads((CONTRACTS / "ebay" / "openapi" / openapi).read_text())
    root = {"$ref": f"#/components/schemas/{schema}", "components": document["components"]}
    errors = [
        f"{'/'.join(map(str, e.absolute_path))}: {e.message}"
        for e in Draft7Validator(root).iter_errors(answer)
    ]
    assert errors == []
    unknown = unknown_fields(document["components"]["schemas"], schema, answer)
    assert unknown == []


def unknown_fields(schemas: dict[str, Any], name: str, value: Any) -> list[str]:
    if not isinstance(value, dict) or "properties" not in schemas.get(name, {}):
        return []
    found: list[str] = []
    for key, inner in value.items():
        known = schemas[name]["properties"].get(key)
        if known is None:
            found.append(f"{name}.{key}")
            continue
        target = known.get("$ref") or known.get("items", {}).get("$ref") or ""
        rows = inner if isinstance(inner, list) else [inner]
        found += [x for row in rows for x in unknown_fields(schemas, target.rsplit("/", 1)[-1], row)]
    return [x for x in found if x != "Order.legacyOrderId"]


async def test_ebay_s_answers_validate(sandbox: httpx.AsyncClient) -> None:
    keys = (await sandbox.post("/control/ebay/accounts", json={"account": "seller"})).json()
    sandbox.headers["authorization"] = f"Bearer {keys['access_token']}"
    listings = [await made(sandbox, "ebay", "seller", sku, quantity=3) for sku in ("A-1", "A-2")]
    sale = await sell(sandbox, "ebay", "seller", "A-1", "A-2", shipping="3.50")
    path, offer = f"/control/ebay/orders/{sale['order_id']}", listings[0]["listing"]
    await sandbox.post(f"{path}/ship", json={"tracking": "AB123456785GB"})
    await sandbox.post(f"{path}/refund", json={"amount": "1.00"})
    await sandbox.post(f"{path}/cancel", json={})

    async def get(url: str) -> Any:
        return (await sandbox.get(f"/ebay/{url}")).json()

    fulfillment, inventory = "sell_fulfillment_v1_oas3.json", "sell_inventory_v1_oas3.json"
    order = "sell/fulfillment/v1/order"
    checked(fulfillment, "Order", await get(f"{order}/{sale['order_id']}"))
    checked(fulfillment, "OrderSearchPagedCollection", await get(order))
    checked(
        fulfillment,
        "ShippingFulfillmentPagedCollection",
        await get(f"{order}/{sale['order_id']}/shipping_fulfillment"),
    )
    checked(inventory, "InventoryItems", await get("sell/inventory/v1/inventory_item"))
    checked(
        inventory, "InventoryItemWithSkuLocaleGroupKeys", await get("sell/inventory/v1/inventory_item/A-1")
    )
    checked(inventory, "Offers", await get("sell/inventory/v1/offer?sku=A-1"))
    checked(inventory, "EbayOfferDetailsWithAll", await get(f"sell/inventory/v1/offer/{offer}"))
    body = {
        "requests": [
            {"sku": "A-1", "offers": [{"offerId": offer, "availableQuantity": 1}, {"offerId": "no"}]}
        ]
    }
    changed = await sandbox.post("/ebay/sell/inventory/v1/bulk_update_price_quantity", json=body)
    checked(inventory, "BulkPriceQuantityResponse", changed.json())
    withdrawn = await sandbox.post(f"/ebay/sell/inventory/v1/offer/{offer}/withdraw")
    checked(inventory, "WithdrawResponse", withdrawn.json())
    checked("commerce_identity_v1_oas3.json", "UserResponse", await get("commerce/identity/v1/user/"))
    checked(
        "developer_analytics_v1_beta_oas3.json",
        "RateLimitsResponse",
        await get("developer/analytics/v1_beta/rate_limit/"),
    )


async def test_ebay_s_order_and_push_have_the_live_samples_keys(
    sandbox: httpx.AsyncClient, receiver: Receiver
) -> None:
    payloads = CONTRACTS / "ebay" / "payloads"
    keys = (await sandbox.post("/control/ebay/accounts", json={"account": "seller"})).json()
    await made(sandbox, "ebay", "seller", "A-1")
    await sandbox.post(
        "/control/ebay/destination", json={"endpoint": receiver.uri, "verification_token": receiver.token}
    )
    sale = await sell(sandbox, "ebay", "seller", "A-1")
    push = json.loads((await receiver.wait(1))[0].body)
    live = json.loads((payloads / "order_confirmation_notification.json").read_text())["payload"]
    assert same_keys(push, live, "push", frozenset()) == []
    headers = {"Authorization": f"Bearer {keys['access_token']}"}
    order = (await sandbox.get(f"/ebay/sell/fulfillment/v1/order/{sale['order_id']}", headers=headers)).json()
    seen = json.loads((payloads / "getOrder_two_lines.json").read_text())["order"]
    documented = frozenset({"tax", "discountedLineItemCost", "refunds"})
    assert same_keys(order, seen, "order", documented) == []
    public = await sandbox.get(f"/ebay/commerce/notification/v1/public_key/{'x' * 8}", headers=headers)
    checked("commerce_notification_v1_oas3.json", "Error", public.json()["errors"][0])


ORDERS, STOCK, PUSHES = "/sell/fulfillment/v1", "/sell/inventory/v1", "/commerce/notification/v1"
FILES = {
    ORDERS: "sell_fulfillment_v1_oas3.json",
    STOCK: "sell_inventory_v1_oas3.json",
    PUSHES: "commerce_notification_v1_oas3.json",
}
SHIPMENT = "/order/{orderId}/shipping_fulfillment"
# API, method, path as the OpenAPI file writes it, what stands for its variables, body.
REFUSED: list[tuple[str, str, str, str, Any]] = [
    (ORDERS, "get", "/order/{orderId}", "/order/none", None),
    (ORDERS, "get", "/order", "/order?limit=0", None),
    (ORDERS, "get", "/order", "/order?offset=x", None),
    (ORDERS, "get", "/order", "/order?filter=none", None),
    (ORDERS, "get", "/order", "/order?filter=creationdate:[x..]", None),
    (ORDERS, "post", SHIPMENT, "/order/none/shipping_fulfillment", {}),
    (ORDERS, "post", SHIPMENT, "/order/ORDER/shipping_fulfillment", {"trackingNumber": "1"}),
    (ORDERS, "post", SHIPMENT, "/order/ORDER/shipping_fulfillment", {"lineItems": [{"lineItemId": "9"}]}),
    (ORDERS, "post", SHIPMENT, "/order/ORDER/shipping_fulfillment", {"lineItems": [5]}),
    (STOCK, "get", "/offer/{offerId}", "/offer/none", None),
    (STOCK, "get", "/offer", "/offer", None),
    (STOCK, "post", "/offer/{offerId}/withdraw", "/offer/none/withdraw", {}),
    (STOCK, "post", "/offer/{offerId}/publish", "/offer/none/publish", {}),
    (STOCK, "get", "/inventory_item", "/inventory_item?limit=0", None),
    (STOCK, "get", "/inventory_item/{sku}", "/inventory_item/none", None),
    (STOCK, "post", "/bulk_update_price_quantity", "/bulk_update_price_quantity", {}),
    (PUSHES, "post", "/destination", "/destination", {}),
    (PUSHES, "post", "/destination", "/destination", {"deliveryConfig": {"endpoint": "http://127.0.0.1:1"}}),
    (PUSHES, "get", "/destination/{destination_id}", "/destination/none", None),
    (PUSHES, "delete", "/destination/{destination_id}", "/destination/none", None),
    (PUSHES, "post", "/subscription", "/subscription", {"topicId": "none"}),
    (PUSHES, "post", "/subscription", "/subscription", {"topicId": "ORDER_CONFIRMATION"}),
    (PUSHES, "get", "/subscription/{subscription_id}", "/subscription/none", None),
    (PUSHES, "get", "/public_key/{public_key_id}", "/public_key/none", None),
]


def numbers(api: str, path: str, method: str) -> set[int]:
    """The error numbers eBay documents for one call."""
    document = json.loads((CONTRACTS / "ebay" / "openapi" / FILES[api]).read_text())
    answers = document["paths"][path][method]["responses"].values()
    return {int(number) for each in answers for number in each.get("x-response-codes", {}).get("errors", {})}


async def test_ebay_s_refusals_carry_the_numbers_of_their_call(sandbox: httpx.AsyncClient) -> None:
    keys = (await sandbox.post("/control/ebay/accounts", json={"account": "seller"})).json()
    sandbox.headers["authorization"] = f"Bearer {keys['access_token']}"
    await made(sandbox, "ebay", "seller", "A-1")
    order = (await sell(sandbox, "ebay", "seller", "A-1"))["order_id"]
    for api, method, path, asked, body in REFUSED:
        url = f"/ebay{api}{asked.replace('ORDER', order)}"
        answer = await sandbox.request(method, url, json=body)
        number = answer.json()["errors"][0]["errorId"]
        assert number in numbers(api, path, method), f"{method} {asked}: {answer.text}"


@pytest.mark.parametrize(
    ("api", "path"), [(ORDERS, "/order"), (STOCK, "/inventory_item"), (PUSHES, "/destination")]
)
async def test_an_api_of_ebay_fails_with_its_own_number(
    sandbox: httpx.AsyncClient, api: str, path: str
) -> None:
    keys = (await sandbox.post("/control/ebay/accounts", json={"account": "seller"})).json()
    sandbox.headers["authorization"] = f"Bearer {keys['access_token']}"
    await sandbox.post("/control/faults", json={"platform": "ebay", "mode": "status", "status": 500})
    errors = (await sandbox.get(f"/ebay{api}{path}")).json()["errors"]
    file = json.loads((CONTRACTS / "ebay" / "openapi" / FILES[api]).read_text())
    method = "get" if path != "/destination" else "post"
    assert str(errors[0]["errorId"]) in json.dumps(file["paths"][path][method]["responses"]["500"])
