"""Shopify's GraphQL: pages, compare-and-set, idempotency keys, cost, and OAuth."""

import asyncio
import json

import httpx
import pytest
from sandbox.testing import Receiver, Shop, made, sell

SET = """mutation($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id reason changes { delta name quantityAfterChange } } userErrors { code field message } } }"""
READ = 'query($id: ID!) { inventoryItem(id: $id) { sku tracked inventoryLevels(first: 5) { nodes { location { id } quantities(names: ["available"]) { name quantity } } } variant { inventoryQuantity availableForSale } } }'
ORDERS = """query($after: String, $q: String) { orders(first: 2, after: $after, query: $q, sortKey: UPDATED_AT) { pageInfo { hasNextPage endCursor }
  nodes { id name displayFinancialStatus cancelReason test totalShippingPriceSet { shopMoney { amount currencyCode } }
    lineItems(first: 10) { nodes { id sku quantity currentQuantity variant { id } originalUnitPriceSet { shopMoney { amount } } discountedTotalSet { shopMoney { amount } } } }
    fulfillments(first: 5) { trackingInfo { company number } } refunds(first: 5) { id totalRefundedSet { shopMoney { amount } } } } } }"""


def wanted(shop: Shop, listing: dict[str, object], quantity: int, **more: object) -> dict[str, object]:
    ids = listing["ids"]
    assert isinstance(ids, dict)
    row = {
        "inventoryItemId": ids["inventory_item"],
        "locationId": shop.keys["location_id"],
        "quantity": quantity,
        **more,
    }
    return {"name": "available", "reason": "correction", "quantities": [row]}


async def test_a_quantity_is_set_read_back_and_on_record(shop: Shop) -> None:
    listing = await shop.item("A-1")
    answer = await shop.graphql(SET, input=wanted(shop, listing, 0, changeFromQuantity=1), key="k1")
    assert answer["data"]["inventorySetQuantities"]["userErrors"] == []
    assert answer["extensions"]["cost"]["requestedQueryCost"] == 10
    item = (await shop.graphql(READ, id=listing["ids"]["inventory_item"]))["data"]["inventoryItem"]
    assert item["inventoryLevels"]["nodes"][0]["quantities"] == [{"name": "available", "quantity": 0}]
    assert item["variant"] == {"inventoryQuantity": 0, "availableForSale": False}
    calls = (
        await shop.client.get("/control/truth/calls", params={"operation": "inventorySetQuantities"})
    ).json()["calls"]
    assert [
        (c["before"], c["after"], c["requested"], c["took_effect"], c["idempotency_key"]) for c in calls
    ] == [(1, 0, 0, True, "k1")]


async def test_a_stale_expectation_changes_nothing(shop: Shop) -> None:
    listing = await shop.item("A-1")
    answer = await shop.graphql(SET, input=wanted(shop, listing, 0, changeFromQuantity=7), key="k1")
    assert answer["data"]["inventorySetQuantities"]["userErrors"][0]["code"] == "CHANGE_FROM_QUANTITY_STALE"
    again = await shop.graphql(SET, input=wanted(shop, listing, 0, changeFromQuantity=7), key="k1")
    assert (
        again["data"]["inventorySetQuantities"]["userErrors"][0]["code"]
        == "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"
    )


async def test_an_omitted_expectation_and_a_missing_key_are_runtime_errors(shop: Shop) -> None:
    listing = await shop.item("A-1")
    omitted = await shop.graphql(SET, input=wanted(shop, listing, 0), key="k1")
    assert "changeFromQuantity" in omitted["errors"][0]["message"]
    bare = await shop.graphql(
        SET.replace(" @idempotent(key: $key)", "").replace(", $key: String!", ""),
        input=wanted(shop, listing, 0, changeFromQuantity=None),
    )
    assert "@idempotent" in bare["errors"][0]["message"]


async def test_a_key_repeats_the_answer_but_not_the_effect(shop: Shop) -> None:
    listing = await shop.item("A-1")
    first = await shop.graphql(SET, input=wanted(shop, listing, 5, changeFromQuantity=1), key="k1")
    second = await shop.graphql(SET, input=wanted(shop, listing, 5, changeFromQuantity=1), key="k1")
    assert first["data"] == second["data"]
    other = await shop.graphql(SET, input=wanted(shop, listing, 6, changeFromQuantity=None), key="k1")
    assert (
        other["data"]["inventorySetQuantities"]["userErrors"][0]["code"]
        == "IDEMPOTENCY_KEY_PARAMETER_MISMATCH"
    )
    calls = (await shop.client.get("/control/truth/calls", params={"changed": "true"})).json()["calls"]
    assert len(calls) == 1


async def test_orders_page_by_update_time(shop: Shop) -> None:
    for number in range(3):
        await shop.item(f"A-{number}")
        await sell(
            shop.client,
            "shopify",
            shop.name,
            f"A-{number}",
            sold_at=f"2026-11-0{number + 1}T10:00:00Z",
            shipping="3.50",
        )
    first = (await shop.graphql(ORDERS, q="updated_at:>='2026-11-01T00:00:00Z'"))["data"]["orders"]
    assert [node["name"] for node in first["nodes"]] == ["#1001", "#1002"]
    assert first["nodes"][0]["totalShippingPriceSet"] == {
        "shopMoney": {"amount": "3.5", "currencyCode": "GBP"}
    }
    rest = (
        await shop.graphql(
            ORDERS, q="updated_at:>='2026-11-01T00:00:00Z'", after=first["pageInfo"]["endCursor"]
        )
    )["data"]["orders"]
    assert [node["name"] for node in rest["nodes"]] == ["#1003"]
    assert rest["pageInfo"]["hasNextPage"] is False
    late = (await shop.graphql(ORDERS, q="updated_at:>='2026-11-03T00:00:00Z'"))["data"]["orders"]
    assert len(late["nodes"]) == 1


async def test_what_becomes_of_an_order_shows_in_it(shop: Shop) -> None:
    await shop.item("A-1")
    sale = await sell(shop.client, "shopify", shop.name, "A-1", unpaid=True)
    path = f"/control/shopify/orders/{sale['order_id']}"
    await shop.client.post(f"{path}/pay", json={})
    await shop.client.post(f"{path}/ship", json={"courier": "Royal Mail", "tracking": "AB123456785GB"})
    node = (await shop.graphql(ORDERS))["data"]["orders"]["nodes"][0]
    assert node["displayFinancialStatus"] == "PAID"
    assert node["fulfillments"] == [{"trackingInfo": [{"company": "Royal Mail", "number": "AB123456785GB"}]}]
    await shop.client.post(f"{path}/cancel", json={"restock": True})
    node = (await shop.graphql(ORDERS))["data"]["orders"]["nodes"][0]
    assert (node["displayFinancialStatus"], node["cancelReason"]) == ("REFUNDED", "CUSTOMER")
    assert node["lineItems"]["nodes"][0]["currentQuantity"] == 0
    listings = (await shop.client.get("/control/truth/listings", params={"sku": "A-1"})).json()["listings"]
    assert listings[0]["quantity"] == 1


async def test_the_bucket_throttles_and_refills(shop: Shop) -> None:
    settings = {"maximum_available": 25, "restore_rate": 20}
    await shop.client.patch(f"/control/shopify/accounts/{shop.name}", json=settings)
    listing = await shop.item("A-1")
    answers = [
        await shop.graphql(SET, input=wanted(shop, listing, 1, changeFromQuantity=None), key=f"k{n}")
        for n in range(3)
    ]
    assert answers[2]["errors"][0]["extensions"]["code"] == "THROTTLED"
    await asyncio.sleep(0.5)
    again = await shop.graphql(SET, input=wanted(shop, listing, 1, changeFromQuantity=None), key="k9")
    assert "errors" not in again
    calls = (await shop.client.get("/control/truth/calls")).json()["calls"]
    assert [(call["cost"], call["throttled"]) for call in calls] == [
        (10, False),
        (10, False),
        (0, True),
        (10, False),
    ]


async def test_a_query_too_dear_is_refused(shop: Shop) -> None:
    answer = await shop.graphql(
        "{ orders(first: 250) { nodes { id lineItems(first: 50) { nodes { id } } } } }"
    )
    assert answer["errors"][0]["extensions"]["code"] == "MAX_COST_EXCEEDED"


@pytest.mark.parametrize("mutation", ["status: DRAFT", "status: ARCHIVED"])
async def test_a_product_s_status_takes_every_variant_down(shop: Shop, mutation: str) -> None:
    first = await shop.item("A-1")
    await made(shop.client, "shopify", shop.name, "A-2", product=first["product"])
    query = f'mutation {{ productUpdate(product: {{ id: "{first["ids"]["product"]}", {mutation} }}) {{ product {{ status variantsCount {{ count }} }} userErrors {{ message }} }} }}'
    answer = await shop.graphql(query)
    assert answer["data"]["productUpdate"]["product"]["variantsCount"] == {"count": 2}
    listings = (await shop.client.get("/control/truth/listings")).json()["listings"]
    assert [x["buyable"] for x in listings] == [False, False]


async def test_a_wrong_token_is_refused_and_refresh_rotates(sandbox: httpx.AsyncClient) -> None:
    account = {"account": "x.myshopify.com", "expiring": True}
    keys = (await sandbox.post("/control/shopify/accounts", json=account)).json()
    shop, path = Shop(sandbox, keys), "/shopify/x.myshopify.com/admin/oauth/access_token"
    assert (await shop.graphql("{ shop { id } }"))["data"]["shop"]["id"] == keys["seller_id"]
    form = {
        "client_id": keys["client_id"],
        "client_secret": keys["client_secret"],
        "grant_type": "refresh_token",
    }
    await sandbox.patch("/control/shopify/accounts/x.myshopify.com", json={"token_ttl": 0.05})
    fresh = (await sandbox.post(path, json={**form, "refresh_token": keys["refresh_token"]})).json()
    assert fresh["refresh_token"] != keys["refresh_token"]
    await asyncio.sleep(0.1)
    refused = await sandbox.post(
        "/shopify/x.myshopify.com/admin/api/2026-10/graphql.json",
        json={"query": "{ shop { id } }"},
        headers={"X-Shopify-Access-Token": fresh["access_token"]},
    )
    assert refused.status_code == 401
    assert (
        await sandbox.post(path, json={**form, "refresh_token": keys["refresh_token"]})
    ).status_code == 200
    assert (await sandbox.post(path, json={**form, "client_secret": "wrong"})).status_code == 400


async def test_an_order_s_code_is_in_the_allocations_alone(shop: Shop) -> None:
    """Shopify leaves discounts of the whole order out of `discountedTotalSet` and of the listed shipping."""
    await shop.item("A-1")
    lines = [{"sku": "A-1", "quantity": 1, "price": "25.00", "discount": "5.00"}]
    body = {"account": shop.name, "lines": lines, "shipping": "0.00", "shipping_discount": "3.50"}
    sale = (await shop.client.post("/control/shopify/sales", json=body)).json()
    money = "{ shopMoney { amount } }"
    off = f"discountAllocations {{ allocatedAmountSet {money} }}"
    query = f"""query($id: ID!) {{ order(id: $id) {{ totalPriceSet {money}
        lineItems(first: 1) {{ nodes {{ discountedTotalSet {money} {off} }} }}
        shippingLines(first: 1) {{ nodes {{ originalPriceSet {money} {off} }} }} }} }}"""
    order = (await shop.graphql(query, id=f"gid://shopify/Order/{sale['order_id']}"))["data"]["order"]
    (line,), (shipping,) = order["lineItems"]["nodes"], order["shippingLines"]["nodes"]
    assert line["discountedTotalSet"]["shopMoney"]["amount"] == "25.0"
    assert line["discountAllocations"][0]["allocatedAmountSet"]["shopMoney"]["amount"] == "5.0"
    assert shipping["originalPriceSet"]["shopMoney"]["amount"] == "3.5"
    assert shipping["discountAllocations"][0]["allocatedAmountSet"]["shopMoney"]["amount"] == "3.5"
    assert order["totalPriceSet"]["shopMoney"]["amount"] == "20.0"


async def test_a_refunded_line_has_one_id_whichever_way_it_is_told(shop: Shop, receiver: Receiver) -> None:
    await made(shop.client, "shopify", shop.name, "A-1", quantity=3)
    topics = {"account": shop.name, "uri": receiver.uri, "topics": ["refunds/create"]}
    await shop.client.post("/control/shopify/subscriptions", json=topics)
    lines = [{"sku": "A-1", "quantity": 2}]
    sold = {"account": shop.name, "lines": lines}
    sale = (await shop.client.post("/control/shopify/sales", json=sold)).json()
    for _ in range(2):
        units = [{"line_id": sale["lines"][0]["line_id"], "quantity": 1}]
        path = f"/control/shopify/orders/{sale['order_id']}/refund"
        assert (await shop.client.post(path, json={"lines": units})).status_code == 200
    told = [json.loads(got.body)["refund_line_items"][0]["id"] for got in await receiver.wait(2)]
    query = "query($id: ID!) { order(id: $id) { refunds { refundLineItems(first: 5) { nodes { id } } } } }"
    found = (await shop.graphql(query, id=f"gid://shopify/Order/{sale['order_id']}"))["data"]["order"]
    read = [node["id"] for refund in found["refunds"] for node in refund["refundLineItems"]["nodes"]]
    assert len(set(read)) == 2
    assert sorted(read) == sorted(f"gid://shopify/RefundLineItem/{number}" for number in told)
