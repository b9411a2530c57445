"""Articles as people describe them: one, many, another SKU; on real PostgreSQL and over HTTP."""

from __future__ import annotations

from uuid import uuid4

import httpx
import pytest
from inventory_shop import Shop, Stack
from soldwire_contracts.stock import ListingSold, StockChanged
from soldwire_contracts.values import Platform, StockCause

pytestmark = pytest.mark.bus

Json = dict[str, object]
WHOLE: Json = {
    "title": "Denim jacket",
    "sku": "A-1",
    "price": {"amount": "30.00", "currency": "GBP"},
    "cost": {"amount": "12.50", "currency": "GBP"},
    "brand": "Levi's",
    "location": "Shelf 3",
    "thumbnail_url": "https://pictures/1",
    "owner": {"kind": "unknown"},
}


async def create(client: httpx.AsyncClient, **body: object) -> Json:
    answer = await client.post("/v1/articles", json=body)
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()
    return found


async def test_an_article_is_created_with_all_that_is_said_of_it(stack: Stack) -> None:
    async with stack.http() as client:
        made = await create(client, **WHOLE)
        shown = (await client.get(f"/v1/articles/{made['id']}")).json()
    assert (shown["brand"], shown["location"], shown["thumbnail_url"]) == (
        "Levi's",
        "Shelf 3",
        "https://pictures/1",
    )
    assert shown["price"] == {"amount": "30.000000", "currency": "GBP"}
    assert (shown["owner"]["kind"], shown["owner_given"]) == ("unknown", True)


async def test_only_what_is_given_changes_and_null_clears(stack: Stack) -> None:
    async with stack.http() as client:
        made = await create(client, **WHOLE)
        before = (await client.get(f"/v1/articles/{made['id']}")).json()
        url = f"/v1/articles/{made['id']}"
        assert (await client.patch(url, json={})).json() == before
        moved = (await client.patch(url, json={"location": "Shelf 4"})).json()
        assert moved == before | {"location": "Shelf 4"}
        cleared = dict.fromkeys(("price", "cost", "brand", "location", "thumbnail_url", "owner", "sku"))
        bare = (await client.patch(url, json=cleared)).json()
    assert [bare[name] for name in cleared if name != "owner"] == [None] * 6
    assert (bare["owner"]["kind"], bare["owner_given"]) == ("own", False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": None},
        {"title": "  "},
        {"price": {"amount": "-1", "currency": "GBP"}},
        {"price": {"amount": "1", "currency": "pounds"}},
        {"thumbnail_url": "javascript:alert(1)"},
        {"owner": {"kind": "consigned"}},
        {"owner": {"kind": "own", "consignor": "ANNE"}},
        {"owner": {"kind": "consigned", "consignor": "ANNE", "consignor_id": str(uuid4())}},
        {"location": ""},
    ],
)
async def test_what_cannot_be_is_refused(stack: Stack, wrong: Json) -> None:
    async with stack.http() as client:
        made = await create(client, **WHOLE)
        refused = await client.patch(f"/v1/articles/{made['id']}", json=wrong)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")


async def test_price_and_cost_are_in_one_currency(stack: Stack) -> None:
    euros = {"amount": "40", "currency": "EUR"}
    async with stack.http() as client:
        made = await create(client, **WHOLE)
        url = f"/v1/articles/{made['id']}"
        refused = await client.patch(url, json={"price": euros})
        assert (refused.status_code, refused.json()["code"]) == (422, "two_currencies")
        assert (await client.patch(url, json={"price": euros, "cost": euros})).status_code == 200
        assert (await client.patch(url, json={"price": None, "cost": WHOLE["cost"]})).status_code == 200


async def test_another_sku_unlinks_nothing_and_draws_what_waited_for_it(stack: Stack, shop: Shop) -> None:
    await stack.listings(shop.seen(quantity=3))
    async with stack.http() as client:
        off = {"create_articles": False, "default_owner": "own"}
        await client.put("/v1/settings", json=off)
        await stack.listings(shop.seen(Platform.EBAY, sku="B-1", quantity=3))
        await stack.sales(shop.sale(Platform.DEPOP, sku="B-1"))
        article = await stack.one("select id from articles")
        changed = (await client.patch(f"/v1/articles/{article}", json={"sku": " B-1 "})).json()
        assert (changed["sku"], changed["quantity"]) == ("B-1", 2)
        assert {one["platform"] for one in changed["listings"]} == {"shopify", "ebay", "depop"}
        found = (await client.get("/v1/articles", params={"search": "b-1"})).json()["items"]
        assert [one["id"] for one in found] == [str(article)]
    await stack.sales(shop.sale(Platform.SHOPIFY, order="2"))
    assert [fact.sku for fact in await stack.said(ListingSold)] == ["B-1", "B-1"]
    assert await stack.broken_invariants() == []


async def test_a_taken_sku_is_refused_and_its_own_is_not(stack: Stack) -> None:
    async with stack.http() as client:
        first = await create(client, title="Coat", sku="A-1")
        second = await create(client, title="Coat", sku="A-2")
        refused = await client.patch(f"/v1/articles/{second['id']}", json={"sku": "A-1", "title": "Other"})
        assert (refused.status_code, refused.json()["code"]) == (409, "sku_taken")
        assert refused.json()["details"]["article_id"] == first["id"]
        assert (await client.patch(f"/v1/articles/{second['id']}", json={"sku": "A-2"})).status_code == 200
        assert (await client.get(f"/v1/articles/{second['id']}")).json()["title"] == "Coat"


async def test_many_are_edited_and_each_is_answered(stack: Stack, shop: Shop) -> None:
    await stack.consignors(shop.consignor("ANNE"), shop.consignor("GONE"))
    async with stack.http() as client:
        mine = await create(client, title="Mine", quantity=1)
        kept = await create(client, title="Kept", owner={"kind": "consigned", "consignor": "GONE"})
        await stack.consignors(shop.consignor("GONE", active=False, revision=2))
        nobody = str(uuid4())
        body = {
            "article_ids": [mine["id"], kept["id"], nobody, mine["id"]],
            "changes": {"owner": {"kind": "consigned", "consignor": "GONE"}, "location": "Shelf 9"},
        }
        answer = await client.post("/v1/articles/edit", json=body)
        assert [(one["article_id"], one["done"], one["code"]) for one in answer.json()] == [
            (mine["id"], False, "no_such_consignor"),
            (kept["id"], True, None),
            (nobody, False, "no_such_article"),
        ]
        places = {one["title"]: one["location"] for one in (await client.get("/v1/articles")).json()["items"]}
        assert places == {"Mine": None, "Kept": "Shelf 9"}
        for wrong in ([], [str(uuid4())] * 501):
            refused = await client.post("/v1/articles/edit", json={"article_ids": wrong, "changes": {}})
            assert refused.status_code == 422


async def test_many_are_counted_at_once_and_their_listings_follow(stack: Stack, shop: Shop) -> None:
    await stack.listings(*(shop.seen(sku=f"S-{n}", quantity=1) for n in range(20)))
    ids = [str(row[0]) for row in await stack.rows("select id from articles")]
    async with stack.http() as client:
        body = {"article_ids": ids, "changes": {"quantity": 4}}
        answer = await client.post("/v1/articles/edit", json=body)
        assert all(one["done"] for one in answer.json())
    edited = [fact for fact in await stack.said(StockChanged) if fact.cause is StockCause.EDITED]
    assert [(t.quantity, t.may_raise) for fact in edited for t in fact.targets] == [(4, True)] * 20
    assert await stack.broken_invariants() == []


async def test_strangers_and_viewers_edit_nothing(stack: Stack) -> None:
    async with stack.http() as client:
        made = await create(client, title="Coat")
    body = {"article_ids": [made["id"]], "changes": {"location": "Theirs"}}
    async with stack.http(tenant=uuid4()) as stranger:
        assert (await stranger.post("/v1/articles/edit", json=body)).json()[0]["code"] == "no_such_article"
        assert (await stranger.patch(f"/v1/articles/{made['id']}", json={})).status_code == 404
    async with stack.http("viewer") as viewer:
        assert (await viewer.post("/v1/articles/edit", json=body)).status_code == 403
        assert (await viewer.patch(f"/v1/articles/{made['id']}", json={})).status_code == 403
    assert await stack.one("select location from articles") is None


async def test_an_article_shows_the_picture_of_its_listing(stack: Stack, shop: Shop) -> None:
    await stack.listings(shop.seen(), shop.seen(Platform.EBAY, thumbnail_url="https://pictures/e"))
    await stack.listings(shop.seen(thumbnail_url="https://pictures/s", revision=2))
    assert await stack.one("select thumbnail_url from articles") == "https://pictures/e"
