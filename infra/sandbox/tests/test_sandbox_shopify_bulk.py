"""Shopify's bulk operations: what they take, the file they make, how many at once, how they end."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from sandbox.testing import Receiver, Shop, made, running, sell

RUN = """mutation($q: String!, $group: Boolean!) { bulkOperationRunQuery(query: $q, groupObjects: $group) {
  bulkOperation { id status objectCount } userErrors { code field message } } }"""
ONE = """query($id: ID!) { bulkOperation(id: $id) { id status type query errorCode createdAt completedAt objectCount rootObjectCount fileSize url partialDataUrl }
  node(id: $id) { id ... on BulkOperation { status } } }"""
LIST = (
    "query($q: String) { bulkOperations(first: 10, query: $q, sortKey: CREATED_AT) { nodes { id status } } }"
)
CANCEL = (
    "mutation($id: ID!) { bulkOperationCancel(id: $id) { bulkOperation { status } userErrors { message } } }"
)
VARIANTS = """{ productVariants { edges { node { id sku inventoryQuantity
  inventoryItem { id inventoryLevels(first: 3) { edges { node { location { id } quantities(names: ["available"]) { quantity } } } } } } } } }"""


async def started(shop: Shop, query: str = VARIANTS, group: bool = False) -> str:
    answer = (await shop.graphql(RUN, q=query, group=group))["data"]["bulkOperationRunQuery"]
    assert answer["userErrors"] == []
    assert answer["bulkOperation"]["status"] == "CREATED"
    return str(answer["bulkOperation"]["id"])


async def refused(shop: Shop, query: str) -> dict[str, Any]:
    answer = (await shop.graphql(RUN, q=query, group=False))["data"]["bulkOperationRunQuery"]
    assert answer["bulkOperation"] is None
    error: dict[str, Any] = answer["userErrors"][0]
    return error


async def ended(shop: Shop, identifier: str) -> dict[str, Any]:
    async with asyncio.timeout(10):
        while True:
            found: dict[str, Any] = (await shop.graphql(ONE, id=identifier))["data"]["bulkOperation"]
            if found["status"] not in ("CREATED", "RUNNING", "CANCELING"):
                return found
            await asyncio.sleep(0.01)


async def fetched(shop: Shop, url: str) -> list[dict[str, Any]]:
    answer = await shop.client.get(url)
    assert answer.status_code == 200
    return [json.loads(line) for line in answer.text.splitlines()]


async def fault(shop: Shop, operation: str, mode: str, **more: object) -> None:
    rule = {"platform": "shopify", "operation": operation, "mode": mode, "count": 1, **more}
    assert (await shop.client.post("/control/faults", json=rule)).status_code == 201


async def test_a_file_has_a_line_for_each_node(shop: Shop, receiver: Receiver) -> None:
    listings = [await made(shop.client, "shopify", shop.name, f"A-{n}", quantity=n) for n in range(120)]
    hook = {"account": shop.name, "uri": receiver.uri, "topics": ["bulk_operations/finish"]}
    await shop.client.post("/control/shopify/subscriptions", json=hook)
    done = await ended(shop, await started(shop))
    assert (done["status"], done["type"], done["query"]) == ("COMPLETED", "QUERY", VARIANTS)
    assert (done["objectCount"], done["rootObjectCount"]) == ("240", "120")
    answer = await shop.client.get(done["url"], headers={"X-Shopify-Access-Token": "none"})
    assert len(answer.content) == int(done["fileSize"])
    lines = await fetched(shop, done["url"])
    roots = [line for line in lines if "__parentId" not in line]
    assert [(x["sku"], x["inventoryQuantity"]) for x in roots] == [(f"A-{n}", n) for n in range(120)]
    assert "inventoryLevels" not in roots[0]["inventoryItem"]
    levels = {line["__parentId"]: line for line in lines if "__parentId" in line}
    assert levels[listings[7]["ids"]["variant"]]["quantities"] == [{"quantity": 7}]
    told = json.loads((await receiver.wait(1))[0].body)
    assert (told["admin_graphql_api_id"], told["status"], told["error_code"]) == (
        done["id"],
        "completed",
        None,
    )
    guessed = done["url"].replace("/files/", "/files/x")
    assert (await shop.client.get(guessed)).status_code == 404


async def test_grouped_children_follow_their_parent(shop: Shop) -> None:
    one = await made(shop.client, "shopify", shop.name, "A-1")
    await made(shop.client, "shopify", shop.name, "A-2", product=one["product"])
    await shop.item("B-1")
    query = "{ products { nodes { id title variants { nodes { id sku } } } } }"
    kinds = {}
    for group in (True, False):
        done = await ended(shop, await started(shop, query, group))
        assert (done["objectCount"], done["rootObjectCount"]) == ("5", "2")
        lines = await fetched(shop, done["url"])
        assert {x["__parentId"] for x in lines if "sku" in x} == {x["id"] for x in lines if "title" in x}
        kinds[group] = ["variant" if "sku" in line else "product" for line in lines]
    assert kinds[True] == ["product", "variant", "variant", "product", "variant"]
    assert kinds[False] == ["product", "product", "variant", "variant", "variant"]


async def test_it_shows_the_shop_as_it_was_at_the_start(shop: Shop) -> None:
    await shop.client.patch(f"/control/shopify/accounts/{shop.name}", json={"bulk_objects_per_second": 500})
    for number in range(101):
        await made(shop.client, "shopify", shop.name, f"A-{number}", quantity=3)
    identifier = await started(shop)
    await sell(shop.client, "shopify", shop.name, "A-100")
    await made(shop.client, "shopify", shop.name, "LATE")
    running_ones = (await shop.graphql(LIST, q="status:RUNNING"))["data"]["bulkOperations"]["nodes"]
    assert [x["id"] for x in running_ones] == [identifier]
    done = await ended(shop, identifier)
    roots = [x for x in await fetched(shop, done["url"]) if "sku" in x]
    assert (len(roots), {x["inventoryQuantity"] for x in roots}) == (101, {3})
    listed = (await shop.graphql(LIST))["data"]["bulkOperations"]["nodes"]
    assert listed == [{"id": identifier, "status": "COMPLETED"}]


async def test_operations_are_listed_with_the_newest_first(shop: Shop) -> None:
    """A connector looks for its own among the first ones."""
    made_in_order = [await started(shop) for _ in range(3)]
    for each in made_in_order:
        await ended(shop, each)
    ordered = (
        "query($r: Boolean) { bulkOperations(first: 2, reverse: $r) { nodes { id } pageInfo { endCursor } } }"
    )
    found = (await shop.graphql(ordered, r=False))["data"]["bulkOperations"]
    assert [x["id"] for x in found["nodes"]] == made_in_order[:0:-1]
    after = "query($a: String) { bulkOperations(first: 2, after: $a) { nodes { id } } }"
    rest = (await shop.graphql(after, a=found["pageInfo"]["endCursor"]))["data"]["bulkOperations"]
    assert [x["id"] for x in rest["nodes"]] == made_in_order[:1]
    turned = (await shop.graphql(ordered, r=True))["data"]["bulkOperations"]
    assert [x["id"] for x in turned["nodes"]] == made_in_order[:2]


async def test_orders_come_with_their_lines(shop: Shop) -> None:
    await made(shop.client, "shopify", shop.name, "A-1", quantity=9)
    sales = [await sell(shop.client, "shopify", shop.name, "A-1", "A-1") for _ in range(3)]
    query = "{ orders(query: \"updated_at:>='2020-01-01'\") { edges { node { id name lineItems { edges { node { id sku variant { id } } } } } } } }"
    lines = await fetched(shop, (await ended(shop, await started(shop, query, group=True)))["url"])
    assert [len([x for x in lines if x.get("__parentId") == o["id"]]) for o in lines if "name" in o] == [
        2
    ] * 3
    assert lines[0]["id"].endswith(sales[0]["order_id"])


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("{ shop { id } }", "connection"),
        ('{ node(id: "x") { id } }', "node"),
        ("{ products { nodes { id } } orders { nodes { id } } }", "single top-level"),
        ("{ products { nodes { nothing } } }", "Invalid bulk query"),
        ("{ products { nodes ", "Invalid bulk query"),
        ('mutation { bulkOperationCancel(id: "x") { userErrors { message } } }', "query operation"),
        ("{ products { nodes { title variants { nodes { id } } } } }", "select the 'id' field"),
        (
            "{ products { nodes { id variants { nodes { id inventoryItem { variants { nodes { id inventoryItem "
            "{ inventoryLevels { nodes { id } } } } } } } } } } }",
            "nesting depth",
        ),
        (
            "{ orders { nodes { id a: lineItems { nodes { id } } b: lineItems { nodes { id } } "
            "c: shippingLines { nodes { id } } d: lineItems { nodes { id } } e: lineItems { nodes { id } } } } }",
            "more than 5",
        ),
    ],
)
async def test_what_no_bulk_query_may_be(shop: Shop, query: str, why: str) -> None:
    error = await refused(shop, query)
    assert error["code"] == "INVALID"
    assert why in error["message"]


async def test_so_many_run_at_once_and_one_can_be_called_off(shop: Shop) -> None:
    settings = {"bulk_objects_per_second": 100, "bulk_at_once": 2}
    await shop.client.patch(f"/control/shopify/accounts/{shop.name}", json=settings)
    for number in range(60):
        await shop.item(f"A-{number}")
    first, second = await started(shop), await started(shop)
    assert (await refused(shop, VARIANTS))["code"] == "LIMIT_REACHED"
    called_off = (await shop.graphql(CANCEL, id=first))["data"]["bulkOperationCancel"]
    assert called_off["bulkOperation"]["status"] == "CANCELING"
    gone = await ended(shop, first)
    assert (gone["status"], gone["url"]) == ("CANCELED", None)
    assert (await ended(shop, second))["status"] == "COMPLETED"
    late = (await shop.graphql(CANCEL, id=second))["data"]["bulkOperationCancel"]
    assert "completed" in late["userErrors"][0]["message"]


async def test_an_operation_fails_expires_or_its_file_is_cut(shop: Shop) -> None:
    for number in range(60):
        await shop.item(f"A-{number}")
    for mode, code in (("bulk_error", "INTERNAL_SERVER_ERROR"), ("bulk_timeout", "TIMEOUT")):
        await fault(shop, "bulkOperationRunQuery", mode)
        failed = await ended(shop, await started(shop))
        assert (failed["status"], failed["errorCode"], failed["url"]) == ("FAILED", code, None)
        partial = await fetched(shop, failed["partialDataUrl"])
        assert 0 < len(partial) < 120
        assert len(partial) == int(failed["objectCount"])
    await fault(shop, "bulkOperationRunQuery", "bulk_expired")
    expired = await ended(shop, await started(shop))
    assert (expired["status"], expired["url"], expired["partialDataUrl"]) == ("EXPIRED", None, None)
    done = await ended(shop, await started(shop))
    await fault(shop, "bulkFile", "cut_off")
    with pytest.raises(httpx.RemoteProtocolError):
        await shop.client.get(done["url"])
    await fault(shop, "bulkFile", "cut_off")
    got = b""
    with pytest.raises(httpx.RemoteProtocolError):
        async with shop.client.stream("GET", done["url"]) as answer:
            async for part in answer.aiter_raw():
                got += part
    assert 0 < len(got) < int(done["fileSize"])
    await fault(shop, "bulkFile", "status", status=500)
    assert (await shop.client.get(done["url"])).status_code == 500
    assert len(await fetched(shop, done["url"])) == 120


async def test_an_empty_shop_makes_no_file_and_a_missing_scope_fails(sandbox: httpx.AsyncClient) -> None:
    fields = {"account": "narrow.myshopify.com", "scopes": "read_products"}
    shop = Shop(sandbox, (await sandbox.post("/control/shopify/accounts", json=fields)).json())
    empty = await ended(shop, await started(shop))
    assert (empty["status"], empty["objectCount"], empty["url"]) == ("COMPLETED", "0", None)
    denied = await ended(shop, await started(shop, "{ publications { nodes { id } } }"))
    assert (denied["status"], denied["errorCode"], denied["url"]) == ("FAILED", "ACCESS_DENIED", None)


async def test_what_was_under_way_begins_again_after_a_crash(tmp_path: Path) -> None:
    async with running(tmp_path) as first:
        fields = {"account": "demo.myshopify.com", "bulk_objects_per_second": 20}
        shop = Shop(first, (await first.post("/control/shopify/accounts", json=fields)).json())
        for number in range(60):
            await shop.item(f"A-{number}")
        identifier = await started(shop)
        await first.patch(f"/control/shopify/accounts/{shop.name}", json={"bulk_objects_per_second": 0})
        done = await ended(shop, await started(shop))
        await shop.graphql(ONE, id=identifier)
    async with running(tmp_path) as again:
        shop = Shop(again, shop.keys)
        kept = (await shop.graphql(ONE, id=done["id"]))["data"]["bulkOperation"]
        assert (kept["status"], len(await fetched(shop, kept["url"]))) == ("COMPLETED", 120)
        finished = await ended(shop, identifier)
        assert (finished["status"], finished["objectCount"]) == ("COMPLETED", "120")
