"""Shopify's variants: their own policy and tracking, changed in one request, searched and counted."""

import asyncio
from typing import Any

import httpx
from sandbox.testing import Shop, made

UPDATE = """mutation($id: ID!, $variants: [ProductVariantsBulkInput!]!, $partial: Boolean) {
  productVariantsBulkUpdate(productId: $id, variants: $variants, allowPartialUpdates: $partial) {
    product { id } productVariants { id inventoryQuantity inventoryPolicy availableForSale sellableOnlineQuantity inventoryItem { tracked } }
    userErrors { code field message } } }"""
TRACK = """mutation($id: ID!, $input: InventoryItemInput!) { inventoryItemUpdate(id: $id, input: $input) {
  inventoryItem { tracked variant { availableForSale } } userErrors { message } } }"""
FOUND = """query($q: String, $limit: Int) { productVariantsCount(query: $q, limit: $limit) { count precision }
  productVariants(first: 10, query: $q) { nodes { sku } } }"""


def off(shop: Shop, listing: dict[str, Any], adjustment: int, expected: int | None) -> dict[str, object]:
    """What takes a variant off sale: it stops at 0, counts, and holds nothing."""
    row = {"locationId": shop.keys["location_id"], "adjustment": adjustment, "changeFromQuantity": expected}
    return {
        "id": listing["ids"]["variant"],
        "inventoryPolicy": "DENY",
        "inventoryItem": {"tracked": True},
        "quantityAdjustments": [row],
    }


async def updated(shop: Shop, listing: dict[str, Any], *variants: object, partial: bool = False) -> Any:
    answer = await shop.graphql(
        UPDATE, id=listing["ids"]["product"], variants=list(variants), partial=partial
    )
    return answer["data"]["productVariantsBulkUpdate"]


async def test_policy_tracking_and_stock_change_in_one_request(shop: Shop) -> None:
    for policy in ("CONTINUE", "UNTRACKED"):
        listing = await made(shop.client, "shopify", shop.name, policy, quantity=3, policy=policy)
        assert listing["policy"] == policy
        done = await updated(shop, listing, off(shop, listing, -3, 3))
        assert done["userErrors"] == []
        variant = done["productVariants"][0]
        assert (variant["inventoryQuantity"], variant["inventoryPolicy"]) == (0, "DENY")
        assert (variant["inventoryItem"]["tracked"], variant["availableForSale"]) == (True, False)
        assert variant["sellableOnlineQuantity"] == 0
        sold = {"account": shop.name, "lines": [{"sku": policy}]}
        assert (await shop.client.post("/control/shopify/sales", json=sold)).status_code == 409
    calls = (await shop.client.get("/control/truth/calls", params={"changed": "true"})).json()["calls"]
    assert [(c["operation"], c["before"], c["after"]) for c in calls] == [
        ("productVariantsBulkUpdate", 3, 0)
    ] * 2


async def test_a_wrong_expectation_refuses_all_of_it(shop: Shop) -> None:
    one = await made(shop.client, "shopify", shop.name, "A-1", quantity=3, policy="CONTINUE")
    two = await made(shop.client, "shopify", shop.name, "A-2", product=one["product"], quantity=1)
    wrong = await updated(shop, one, off(shop, two, -1, 1), off(shop, one, -2, 2))
    assert [e["code"] for e in wrong["userErrors"]] == ["INVALID_INPUT"]
    assert wrong["userErrors"][0]["field"] == ["variants", "1", "quantityAdjustments", "0"]
    assert "quantity changed" in wrong["userErrors"][0]["message"]
    rows = (await shop.client.get("/control/truth/listings")).json()["listings"]
    assert [(x["quantity"], x["policy"]) for x in rows] == [(3, "CONTINUE"), (1, "DENY")]
    partly = await updated(shop, one, off(shop, two, -1, 1), off(shop, one, -2, 2), partial=True)
    assert (len(partly["userErrors"]), len(partly["productVariants"])) == (1, 1)
    rows = (await shop.client.get("/control/truth/listings")).json()["listings"]
    assert [x["quantity"] for x in rows] == [3, 0]


async def test_an_adjustment_needs_an_expectation_and_a_variant_its_product(shop: Shop) -> None:
    one, two = await shop.item("A-1"), await shop.item("A-2")
    bare = off(shop, one, -1, 1)
    del bare["quantityAdjustments"][0]["changeFromQuantity"]  # type: ignore[index]
    answer = await shop.graphql(UPDATE, id=one["ids"]["product"], variants=[bare], partial=False)
    assert "changeFromQuantity" in answer["errors"][0]["message"]
    assert (await updated(shop, one, off(shop, two, -1, 1)))["userErrors"][0]["code"] == (
        "PRODUCT_VARIANT_DOES_NOT_EXIST"
    )
    anonymous = await updated(shop, one, {"inventoryPolicy": "CONTINUE"})
    assert anonymous["userErrors"][0]["code"] == "PRODUCT_VARIANT_ID_MISSING"
    untracked = await made(shop.client, "shopify", shop.name, "A-3", policy="UNTRACKED")
    still = {**off(shop, untracked, -1, 1), "inventoryItem": {"tracked": False}}
    assert (await updated(shop, untracked, still))["userErrors"][0]["code"] == "INVALID_INPUT"
    blind = await updated(shop, one, off(shop, one, -1, None))
    assert blind["userErrors"] == []


async def test_tracking_is_a_fact_of_its_own(shop: Shop) -> None:
    listing = await made(shop.client, "shopify", shop.name, "A-1", quantity=0)
    answer = await shop.graphql(TRACK, id=listing["ids"]["inventory_item"], input={"tracked": False})
    item = answer["data"]["inventoryItemUpdate"]["inventoryItem"]
    assert item == {"tracked": False, "variant": {"availableForSale": True}}
    path = f"/control/shopify/listings/{listing['listing']}"
    edited = (await shop.client.patch(path, json={"policy": "CONTINUE"})).json()
    assert (edited["tracked"], edited["inventory_policy"], edited["buyable"]) == (True, "CONTINUE", True)


async def test_whatever_changes_of_a_variant_makes_it_younger(shop: Shop) -> None:
    listing = await shop.item("A-1")
    path, times = f"/control/shopify/listings/{listing['listing']}", []
    query = "query($id: ID!) { productVariant(id: $id) { updatedAt product { updatedAt vendor productType status } } }"

    async def note() -> None:
        variant = (await shop.graphql(query, id=listing["ids"]["variant"]))["data"]["productVariant"]
        assert variant["updatedAt"] == variant["product"]["updatedAt"]
        times.append(variant["updatedAt"])

    await note()
    for change in ({"quantity": 5}, {"policy": "CONTINUE"}, {"price": "9.00"}):
        await asyncio.sleep(1.01)  # Shopify tells whole seconds
        await shop.client.patch(path, json=change)
        await note()
    assert times == sorted(set(times))


async def test_what_changes_of_a_product_alone_makes_no_variant_younger(shop: Shop) -> None:
    """Whoever asks for changed variants only would not see that one was drafted, renamed or taken out of a channel."""
    listing = await shop.item("A-1")
    path, ids = f"/control/shopify/listings/{listing['listing']}", listing["ids"]
    query = "query($id: ID!) { productVariant(id: $id) { updatedAt product { updatedAt } } }"
    update = "mutation($p: ProductUpdateInput!) { productUpdate(product: $p) { userErrors { message } } }"

    async def times() -> tuple[str, str]:
        variant = (await shop.graphql(query, id=ids["variant"]))["data"]["productVariant"]
        return variant["updatedAt"], variant["product"]["updatedAt"]

    before = await times()
    for change in ({"state": "DRAFT"}, {"title": "Renamed"}, {"published": False}, None):
        await asyncio.sleep(1.01)  # Shopify tells whole seconds
        if change is None:
            await shop.graphql(update, p={"id": ids["product"], "status": "ACTIVE"})
        else:
            await shop.client.patch(path, json=change)
        after = await times()
        assert after[0] == before[0]
        assert after[1] > before[1]
        before = after
    found = "query($q: String) { productVariants(first: 5, query: $q) { nodes { id } } products(first: 5, query: $q) { nodes { id } } }"
    data = (await shop.graphql(found, q=f"updated_at:>='{before[1]}'"))["data"]
    assert data == {"productVariants": {"nodes": []}, "products": {"nodes": [{"id": ids["product"]}]}}


async def test_variants_are_searched_and_counted(shop: Shop) -> None:
    listings = [await shop.item(f"A-{number}") for number in range(5)]
    draft = await made(
        shop.client, "shopify", shop.name, "D-1", state="DRAFT", vendor="Atelier", product_type="Coat"
    )
    await asyncio.sleep(1.01)
    path = f"/control/shopify/listings/{listings[2]['listing']}"
    changed = (await shop.client.patch(path, json={"quantity": 9})).json()
    assert changed["quantity"] == 9
    query = "query($id: ID!) { productVariant(id: $id) { updatedAt } product: productVariant(id: $p) { product { vendor productType status } } }"
    query = query.replace("($id: ID!)", "($id: ID!, $p: ID!)")
    answer = await shop.graphql(query, id=listings[2]["ids"]["variant"], p=draft["ids"]["variant"])
    at = answer["data"]["productVariant"]["updatedAt"]
    assert answer["data"]["product"]["product"] == {
        "vendor": "Atelier",
        "productType": "Coat",
        "status": "DRAFT",
    }

    async def found(q: str | None, limit: int = 10_000) -> tuple[list[str], int, str]:
        data = (await shop.graphql(FOUND, q=q, limit=limit))["data"]
        count = data["productVariantsCount"]
        skus = [node["sku"] for node in data["productVariants"]["nodes"]]
        return skus, count["count"], count["precision"]

    assert await found(None) == (["A-0", "A-1", "A-2", "A-3", "A-4", "D-1"], 6, "EXACT")
    assert await found(None, 4) == (["A-0", "A-1", "A-2", "A-3", "A-4", "D-1"], 4, "AT_LEAST")
    assert await found(f"updated_at:>='{at}'") == (["A-2"], 1, "EXACT")
    assert (await found(f"id:>{listings[3]['listing']}"))[0] == ["A-4", "D-1"]
    assert (await found(f"product_id:{listings[1]['product']}"))[0] == ["A-1"]
    assert (await found("product_status:draft"))[0] == ["D-1"]
    assert (await found("sku:a-3 AND product_status:ACTIVE"))[0] == ["A-3"]
    await shop.client.delete(f"/control/shopify/listings/{listings[0]['listing']}")
    assert (await found(None))[1] == 5


async def test_pages_end_at_25_000_things_of_one_query(sandbox: httpx.AsyncClient) -> None:
    fields = {"account": "big.myshopify.com", "pages_end": 4}
    shop = Shop(sandbox, (await sandbox.post("/control/shopify/accounts", json=fields)).json())
    listings = [await shop.item(f"A-{number}") for number in range(6)]
    query = "query($after: String, $q: String) { productVariants(first: 2, after: $after, query: $q) { nodes { sku } pageInfo { hasNextPage endCursor } } }"
    after, seen = None, []
    for _ in range(2):
        page = (await shop.graphql(query, after=after))["data"]["productVariants"]
        seen += [node["sku"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    refused = await shop.graphql(query, after=after)
    assert "beyond 4 objects" in refused["errors"][0]["message"]
    rest = await shop.graphql(query, q=f"id:>{listings[3]['listing']}")
    assert seen + [x["sku"] for x in rest["data"]["productVariants"]["nodes"]] == [f"A-{n}" for n in range(6)]
