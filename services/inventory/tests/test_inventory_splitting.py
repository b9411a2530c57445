"""One article that is two: what goes along with its listings, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from inventory_shop import SOLD, Shop, Stack, cancelled
from inventory_twins import id_of, journal, merged, twins
from soldwire_contracts.sales import SaleCancelled
from soldwire_contracts.stock import ListingSold, StockChanged, StockOversold
from soldwire_contracts.values import Platform, Restock

pytestmark = pytest.mark.bus


async def test_a_split_takes_listings_their_sales_and_units_along(stack: Stack, shop: Shop) -> None:
    await stack.listings(
        shop.seen(Platform.SHOPIFY, quantity=5),
        shop.seen(Platform.EBAY, quantity=5),
        shop.seen(Platform.DEPOP),
    )
    article = await id_of(stack, "A-1")
    ebay, depop = shop.listing(Platform.EBAY, "A-1"), shop.listing(Platform.DEPOP, "A-1")
    mine, theirs = shop.sale(Platform.SHOPIFY), shop.sale(Platform.EBAY)
    await stack.sales(mine, theirs)
    before = (await stack.said(ListingSold))[-1].revision
    body = {
        "listing_ids": [str(ebay), str(depop)],
        "title": "Jacket, the red one",
        "sku": "R-1",
        "quantity": 2,
    }
    async with stack.http() as client:
        answer = await client.post(f"/v1/articles/{article}/split", json={**body, "expected": 3})
        assert answer.status_code == 201, answer.text
        made = answer.json()
        left = (await client.get(f"/v1/articles/{article}")).json()
    assert (made["quantity"], made["held"], made["sku"], made["title"]) == (
        2,
        1,
        "R-1",
        "Jacket, the red one",
    )
    assert {one["id"] for one in made["listings"]} == {str(ebay), str(depop)}
    assert (left["quantity"], left["held"]) == (1, 1)
    rows = await journal(stack, UUID(made["id"]))
    assert rows == [("split", 3), ("held", -1)]
    assert (await journal(stack, article))[-2:] == [("released", 1), ("split", -3)]
    again = (await stack.said(ListingSold))[-1]
    assert (str(again.article_id), again.sale_id) == (made["id"], theirs.sale_id)
    assert again.revision > before
    last = {t.listing_id: t.quantity for fact in await stack.said(StockChanged) for t in fact.targets}
    assert last == {shop.listing(Platform.SHOPIFY, "A-1"): 1, ebay: 2, depop: 2}
    assert await stack.broken_invariants() == []
    await stack.sales(cancelled(theirs, SaleCancelled))
    assert await stack.one("select free from articles where sku = 'R-1'") == 3
    assert await stack.free() == 1
    async with stack.http() as client:
        found = (await client.get("/v1/articles", params={"search": "red"})).json()["items"]
        assert [one["id"] for one in found] == [made["id"]]


async def test_questions_go_with_the_sales_and_listings_they_are_about(stack: Stack, shop: Shop) -> None:
    await stack.listings(shop.seen(Platform.SHOPIFY, quantity=5), shop.seen(Platform.EBAY, quantity=2))
    article = await id_of(stack, "A-1")
    sale = shop.sale(Platform.EBAY)
    await stack.sales(sale)
    await stack.sales(cancelled(sale, SaleCancelled, restock=Restock.NOT_RESTOCKED))
    body = {"listing_ids": [str(shop.listing(Platform.EBAY, "A-1"))], "title": "Another"}
    async with stack.http() as client:
        made = (await client.post(f"/v1/articles/{article}/split", json=body)).json()
        asked = (await client.get("/v1/questions")).json()["items"]
    assert {(one["kind"], one["article_id"]) for one in asked} == {("not_restocked", made["id"])}
    assert await stack.broken_invariants() == []


async def test_a_split_is_refused_for_what_is_not_there(stack: Stack, shop: Shop) -> None:
    await stack.listings(shop.seen(Platform.SHOPIFY, quantity=2), shop.seen(Platform.EBAY, sku="B-1"))
    article = await id_of(stack, "A-1")
    shown, other = shop.listing(Platform.SHOPIFY, "A-1"), shop.listing(Platform.EBAY, "B-1")
    refusals = [
        ({"listing_ids": [str(other)], "title": "x"}, 409, "not_linked"),
        ({"listing_ids": [str(shown)], "title": "x", "quantity": 3}, 409, "not_enough"),
        ({"listing_ids": [str(shown)], "title": "x", "sku": "B-1"}, 409, "sku_taken"),
        ({"listing_ids": [str(shown)], "title": "x", "sku": "A-1"}, 409, "sku_taken"),
        ({"listing_ids": [str(shown)], "title": "x", "expected": 9}, 409, "quantity_changed"),
        ({"listing_ids": [], "title": "x"}, 422, "invalid_request"),
        ({"listing_ids": [str(shown)], "title": " "}, 422, "invalid_request"),
    ]
    async with stack.http() as client:
        for body, status, code in refusals:
            answer = await client.post(f"/v1/articles/{article}/split", json=body)
            assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await stack.one("select count(*) from articles") == 2


async def test_contention_goes_along_and_is_said_of_the_article_it_is_on(stack: Stack, shop: Shop) -> None:
    article, other = await twins(stack, shop)
    winner = shop.sale(Platform.EBAY, sku="B-1")
    loser = shop.sale(Platform.EBAY, sku="B-1", order="2", at=SOLD + timedelta(hours=1))
    await stack.sales(winner, loser)
    async with stack.http() as client:
        answer = (await merged(client, article, other, 0)).json()
        assert (answer["quantity"], answer["held"], answer["short"]) == (0, 2, 0)
    assert await stack.broken_invariants() == []
    async with stack.http() as client:
        body = {
            "listing_ids": [str(shop.listing(Platform.EBAY, "B-1"))],
            "title": "Two after all",
            "sku": "B-1",
        }
        made = (await client.post(f"/v1/articles/{article}/split", json=body)).json()
    assert (made["sku"], made["held"], made["short"]) == ("B-1", 2, 0)
    third = shop.sale(Platform.EBAY, sku="B-1", order="3", at=SOLD + timedelta(hours=2))
    await stack.sales(third)
    over = (await stack.said(StockOversold))[-1]
    assert (str(over.article_id), len(over.contenders)) == (made["id"], 3)
    assert await stack.broken_invariants() == []
