"""A Shopify shop with several locations and several publications."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from sandbox.testing import Receiver, Shop, made, running, sell

LEVELS = """query($id: ID!) { inventoryItem(id: $id) { inventoryLevels(first: 2) { pageInfo { hasNextPage endCursor }
  nodes { id location { id name } quantities(names: ["available"]) { quantity } } } variant { inventoryQuantity } } }"""
SET = """mutation($input: InventorySetQuantitiesInput!, $key: String!) { inventorySetQuantities(input: $input) @idempotent(key: $key) {
  inventoryAdjustmentGroup { changes { delta quantityAfterChange location { id } } } userErrors { code field } } }"""
ADJUST = """mutation($input: InventoryAdjustQuantitiesInput!, $key: String!) { inventoryAdjustQuantities(input: $input) @idempotent(key: $key) {
  userErrors { code field } } }"""
PUBLISHED = """query($id: ID!, $on: ID!) { product(id: $id) { publishedOnPublication(publicationId: $on) resourcePublicationsCount { count }
  resourcePublications(first: 5) { nodes { isPublished publication { id name } } }
  variants(first: 1) { nodes { availableForSale } } } }"""
SHOW = """mutation($id: ID!, $input: [PublicationInput!]!) { %s(id: $id, input: $input) { userErrors { field message } } }"""


@pytest.fixture
async def wide(sandbox: httpx.AsyncClient) -> Shop:
    fields = {"account": "wide.myshopify.com", "locations": 3, "publications": 2}
    return Shop(sandbox, (await sandbox.post("/control/shopify/accounts", json=fields)).json())


async def truth(shop: Shop, sku: str = "A-1") -> dict[str, Any]:
    rows = (await shop.client.get("/control/truth/listings", params={"sku": sku})).json()["listings"]
    found: dict[str, Any] = rows[0]
    return found


def moves(shop: Shop, item: str, at: int, **more: object) -> dict[str, object]:
    row = {"inventoryItemId": item, "locationId": shop.keys["locations"][at], **more}
    return {
        "name": "available",
        "reason": "correction",
        "quantities" if "quantity" in more else "changes": [row],
    }


async def test_each_location_has_its_own_stock(wide: Shop) -> None:
    listing = await made(wide.client, "shopify", wide.name, "A-1", levels={"0": 1, "2": 4})
    assert (listing["quantity"], list(listing["levels"].values())) == (5, [1, 0, 4])
    item = (await wide.graphql(LEVELS, id=listing["ids"]["inventory_item"]))["data"]["inventoryItem"]
    assert item["inventoryLevels"]["pageInfo"]["hasNextPage"] is True
    assert [n["quantities"][0]["quantity"] for n in item["inventoryLevels"]["nodes"]] == [1, 0]
    assert item["variant"]["inventoryQuantity"] == 5
    one = """query($id: ID!, $at: ID!) { inventoryItem(id: $id) { inventoryLevel(locationId: $at) { id quantities(names: ["available"]) { quantity } } }
      locations(first: 5) { nodes { id name isActive } } }"""
    asked = {"id": listing["ids"]["inventory_item"], "at": wide.keys["locations"][2]}
    answer = (await wide.graphql(one, **asked))["data"]
    level = answer["inventoryItem"]["inventoryLevel"]
    assert level["quantities"] == [{"quantity": 4}]
    assert [x["id"] for x in answer["locations"]["nodes"]] == wide.keys["locations"]
    again = await wide.graphql(
        "query($id: ID!) { node(id: $id) { id } inventoryLevel(id: $id) { location { id } } }", id=level["id"]
    )
    assert again["data"]["node"]["id"] == level["id"]
    assert again["data"]["inventoryLevel"]["location"]["id"] == wide.keys["locations"][2]
    foreign = await wide.graphql(one, id=asked["id"], at="gid://shopify/Location/7")
    assert foreign["data"]["inventoryItem"]["inventoryLevel"] is None


async def test_a_mutation_compares_and_changes_at_the_location_it_names(
    wide: Shop, receiver: Receiver
) -> None:
    listing = await made(wide.client, "shopify", wide.name, "A-1", levels={"0": 1, "2": 4})
    item = listing["ids"]["inventory_item"]
    topics = ["inventory_levels/update"]
    await wide.client.post(
        "/control/shopify/subscriptions", json={"account": wide.name, "uri": receiver.uri, "topics": topics}
    )
    whole = await wide.graphql(SET, input=moves(wide, item, 2, quantity=0, changeFromQuantity=5), key="k1")
    assert whole["data"]["inventorySetQuantities"]["userErrors"][0]["code"] == "CHANGE_FROM_QUANTITY_STALE"
    done = await wide.graphql(SET, input=moves(wide, item, 2, quantity=0, changeFromQuantity=4), key="k2")
    change = done["data"]["inventorySetQuantities"]["inventoryAdjustmentGroup"]["changes"][0]
    assert (change["delta"], change["location"]["id"]) == (-4, wide.keys["locations"][2])
    await wide.graphql(ADJUST, input=moves(wide, item, 1, delta=7, changeFromQuantity=0), key="k3")
    assert list((await truth(wide))["levels"].values()) == [1, 7, 0]
    told = [json.loads(got.body) for got in await receiver.wait(2)]
    numbers = [int(x.rpartition("/")[2]) for x in wide.keys["locations"]]
    assert {(x["location_id"], x["available"]) for x in told} == {(numbers[2], 0), (numbers[1], 7)}


async def test_a_sale_takes_from_the_first_location_that_has_it(wide: Shop, receiver: Receiver) -> None:
    await made(wide.client, "shopify", wide.name, "A-1", levels={"0": 1, "1": 2, "2": 2})
    topics = ["inventory_levels/update"]
    await wide.client.post(
        "/control/shopify/subscriptions", json={"account": wide.name, "uri": receiver.uri, "topics": topics}
    )
    two = {"account": wide.name, "lines": [{"sku": "A-1", "quantity": 2}]}
    assert (await wide.client.post("/control/shopify/sales", json=two)).status_code == 201
    assert list((await truth(wide))["levels"].values()) == [1, 0, 2]
    three = {"account": wide.name, "lines": [{"sku": "A-1", "quantity": 3}]}
    sale = (await wide.client.post("/control/shopify/sales", json=three)).json()
    assert list((await truth(wide))["levels"].values()) == [0, 0, 0]
    refused = await wide.client.post("/control/shopify/sales", json={**two, "lines": [{"sku": "A-1"}]})
    assert refused.status_code == 409
    await wide.client.post(f"/control/shopify/orders/{sale['order_id']}/cancel", json={})
    assert list((await truth(wide))["levels"].values()) == [3, 0, 0]
    told = [json.loads(got.body) for got in await receiver.wait(4)]
    numbers = [int(x.rpartition("/")[2]) for x in wide.keys["locations"]]
    assert {x["location_id"] for x in told} == set(numbers)


async def test_the_seller_edits_a_level(wide: Shop) -> None:
    listing = await made(wide.client, "shopify", wide.name, "A-1", quantity=3)
    path = f"/control/shopify/listings/{listing['listing']}"
    number = wide.keys["locations"][1].rpartition("/")[2]
    edited = (await wide.client.patch(path, json={"levels": {number: 2}})).json()
    assert (edited["quantity"], list(edited["levels"].values())) == (5, [3, 2, 0])
    assert (await wide.client.patch(path, json={"levels": {"9": 2}})).status_code == 400
    lowered = (await wide.client.patch(path, json={"quantity": 1})).json()
    assert sum(lowered["levels"].values()) == 1


async def test_a_product_is_for_sale_while_any_publication_has_it(wide: Shop) -> None:
    listing = await made(wide.client, "shopify", wide.name, "A-1")
    product, (first, second) = listing["ids"]["product"], wide.keys["publications"]

    async def standing() -> tuple[bool, int, bool]:
        found = (await wide.graphql(PUBLISHED, id=product, on=second))["data"]["product"]
        count = found["resourcePublicationsCount"]["count"]
        assert len(found["resourcePublications"]["nodes"]) == count
        return found["publishedOnPublication"], count, found["variants"]["nodes"][0]["availableForSale"]

    assert await standing() == (True, 2, True)
    off, on = SHOW % "publishableUnpublish", SHOW % "publishablePublish"
    await wide.graphql(off, id=product, input=[{"publicationId": first}])
    assert await standing() == (True, 1, True)
    await wide.graphql(off, id=product, input=[{"publicationId": second}])
    assert await standing() == (False, 0, False)
    await wide.graphql(on, id=product, input=[{"publicationId": second}])
    assert await standing() == (True, 1, True)
    wrong = await wide.graphql(off, id=product, input=[{"publicationId": "gid://shopify/Publication/7"}])
    assert wrong["data"]["publishableUnpublish"]["userErrors"] != []
    await wide.client.patch(f"/control/shopify/listings/{listing['listing']}", json={"published": False})
    assert await standing() == (False, 0, False)


async def test_levels_and_publications_outlive_the_process(tmp_path: Path) -> None:
    async with running(tmp_path) as first:
        fields = {"account": "wide.myshopify.com", "locations": 2, "publications": 2}
        keys = (await first.post("/control/shopify/accounts", json=fields)).json()
        shop = Shop(first, keys)
        listing = await made(first, "shopify", shop.name, "A-1", levels={"1": 4})
        await shop.graphql(
            SHOW % "publishableUnpublish",
            id=listing["ids"]["product"],
            input=[{"publicationId": keys["publications"][0]}],
        )
        await sell(first, "shopify", shop.name, "A-1")
        before = await truth(shop)
    async with running(tmp_path) as again:
        assert await truth(Shop(again, keys)) == before
        assert list(before["levels"].values()) == [0, 3]
        assert before["published_on"] == [keys["publications"][1].rpartition("/")[2]]


async def test_a_journal_from_before_there_were_locations_still_reads(tmp_path: Path) -> None:
    async with running(tmp_path) as first:
        await first.post("/control/shopify/accounts", json={"account": "demo.myshopify.com"})
        await made(first, "shopify", "demo.myshopify.com", "A-1", quantity=2)
    journal = tmp_path / "journal.jsonl"
    later = {
        "tracked",
        "elsewhere",
        "hidden_on",
        "vendor",
        "product_type",
        "moved",
        "locations",
        "publications",
    }
    lines = []
    for line in journal.read_text().splitlines():
        sequence, *rows = json.loads(line)
        older = [[kind, {k: v for k, v in row.items() if k not in later}] for kind, row in rows]
        lines.append(json.dumps([sequence, *older]).replace('"policy": "DENY"', '"policy": "UNTRACKED"'))
    journal.write_text("\n".join(lines) + "\n")
    async with running(tmp_path) as again:
        found = (await again.get("/control/truth/listings")).json()["listings"][0]
        assert (found["policy"], found["tracked"], found["quantity"]) == ("UNTRACKED", False, 2)
        assert list(found["levels"].values()) == [2]
