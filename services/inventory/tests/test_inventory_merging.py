"""Two articles that are one and one that is two, on real PostgreSQL: what moves, what is said, and what comes in late."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from inventory_shop import SOLD, Shop, Stack, cancelled, create_article, later, listed, sold_on
from inventory_twins import journal, merged, twins
from soldwire_contracts.sales import SaleCancelled, SaleDetected, SaleUpdated
from soldwire_contracts.stock import ListingSold, StockChanged
from soldwire_contracts.values import ListingState, Outcome, Payment, Platform, Restock, StockCause

pytestmark = pytest.mark.bus


async def test_a_plan_shows_what_would_move_and_changes_nothing(stack: Stack, shop: Shop) -> None:
    article, other = await twins(stack, shop, 2, 3)
    await stack.sales(shop.sale(Platform.EBAY, sku="B-1"))
    await stack.listings(
        shop.seen(Platform.EBAY, sku="A-1", quantity=2), shop.seen(Platform.DEPOP, sku="B-1", quantity=1)
    )
    async with stack.http() as client:
        plan = (await client.get(f"/v1/articles/{article}/merge", params={"from_id": str(other)})).json()
        itself = await client.get(f"/v1/articles/{article}/merge", params={"from_id": str(article)})
        assert (itself.status_code, itself.json()["code"]) == (422, "same_article")
        nobody = await client.get(f"/v1/articles/{article}/merge", params={"from_id": str(uuid4())})
        assert nobody.status_code == 404
    assert (plan["article"]["quantity"], plan["other"]["quantity"]) == (2, 2)
    assert (plan["moving_listings"], plan["moving_sales"], plan["moving_questions"]) == (2, 1, 1)
    (double,) = plan["doubles"]
    assert double["account_id"] == str(shop.account(Platform.EBAY))
    assert set(double["listing_ids"]) == {str(shop.listing(Platform.EBAY, sku)) for sku in ("A-1", "B-1")}
    assert await stack.one("select count(*) from articles where merged_into is not null") == 0


async def test_two_listings_of_one_item_become_one_article_of_one(stack: Stack, shop: Shop) -> None:
    article, other = await twins(stack, shop)
    async with stack.http() as client:
        answer = await merged(client, article, other, 1, expected=1, from_expected=1)
        assert answer.json()["quantity"] == 1
        assert {one["platform"] for one in answer.json()["listings"]} == {"shopify", "ebay"}
        husk = (await client.get(f"/v1/articles/{other}")).json()
        assert (husk["merged_into"], husk["quantity"], husk["listings"]) == (str(article), 0, [])
        listed_now = (await client.get("/v1/articles")).json()["items"]
        assert [one["id"] for one in listed_now] == [str(article)]
        found = (await client.get("/v1/articles", params={"search": "B-1"})).json()["items"]
        assert [one["id"] for one in found] == [str(article)]
    assert await journal(stack, other) == [("opened", 1), ("merged", -1)]
    assert await journal(stack, article) == [("opened", 1), ("merged", 1), ("edited", -1)]
    counted = (await stack.said(StockChanged))[-1]
    assert (counted.cause, counted.quantity, counted.article_id) == (StockCause.EDITED, 1, article)
    assert [(t.quantity, t.may_raise) for t in counted.targets] == [(1, True)] * 2
    assert await stack.broken_invariants() == []
    await stack.sales(shop.sale(Platform.EBAY, sku="B-1"))
    sold = (await stack.said(ListingSold))[-1]
    assert (sold.article_id, {t.quantity for t in sold.targets}, len(sold.targets)) == (article, {0}, 2)


async def test_what_was_held_is_held_again_and_said_again_with_a_later_revision(
    stack: Stack, shop: Shop
) -> None:
    article, other = await twins(stack, shop, 2, 3)
    sale = shop.sale(Platform.EBAY, sku="B-1", quantity=2, at=SOLD - timedelta(hours=1))
    await stack.sales(sale)
    for number in range(4):
        await stack.sales(shop.sale(Platform.EBAY, sku="B-1", order=f"x{number}"))
    before = max(fact.revision for fact in await stack.said(ListingSold) if fact.sale_id == sale.sale_id)
    async with stack.http() as client:
        done = (await merged(client, article, other, 2)).json()
    assert (done["quantity"], done["held"], done["short"]) == (1, 6, 0), "one of the two was sold already"
    again = [fact for fact in await stack.said(ListingSold) if fact.article_id == article]
    mine = next(fact for fact in again if fact.sale_id == sale.sale_id)
    assert (mine.outcome, mine.units_held, mine.targets) == (Outcome.HELD, 2, ())
    assert mine.revision > before
    assert len(again) == 5 + 1, "one of them was short of a unit until the count"
    assert ("released", 2) in await journal(stack, other)
    assert await stack.one("select count(*) from holds where article_id = :a", a=article) == 5
    assert await stack.broken_invariants() == []


async def test_open_questions_move_and_the_count_answers_those_about_figures(
    stack: Stack, shop: Shop
) -> None:
    article, other = await twins(stack, shop, 2, 3)
    sale = shop.sale(Platform.EBAY, sku="B-1")
    await stack.sales(sale)
    await stack.sales(cancelled(sale, SaleCancelled, restock=Restock.NOT_RESTOCKED))
    await stack.listings(shop.seen(Platform.DEPOP, sku="B-1", quantity=1))
    async with stack.http() as client:
        kinds = [one["kind"] for one in (await client.get("/v1/questions")).json()["items"]]
        assert sorted(kinds) == ["deficit", "not_restocked"]
        await merged(client, article, other, 4)
        (left,) = (await client.get("/v1/questions")).json()["items"]
        assert (left["kind"], left["article_id"]) == ("not_restocked", str(article))
        done = await client.post(f"/v1/questions/{left['id']}/answer", json={"answer": "put_back"})
        assert done.json()["quantity"] == 5
    assert await stack.broken_invariants() == []


async def test_what_names_the_merged_article_finds_the_one_it_is(stack: Stack, shop: Shop) -> None:
    """Events of its sales and listings, sales of its SKU, and a till's sale that names its id; chains of merges too."""
    article, other = await twins(stack, shop, 5, 5)
    first = shop.sale(Platform.EBAY, sku="B-1")
    await stack.sales(first)
    async with stack.http() as client:
        body = {"price": {"amount": "9.00", "currency": "GBP"}, "reference": "till 1"}
        await client.post(f"/v1/articles/{other}/sold-elsewhere", json=body)
        await merged(client, article, other, 9)
        third = await create_article(client, "The same once more", sku="C-1", quantity=1)
        assert (await merged(client, third, article, 9)).status_code == 200
        refused = await client.post("/v1/articles", json={"title": "x", "sku": "B-1"})
        assert (refused.json()["code"], refused.json()["details"]["article_id"]) == ("sku_taken", str(third))
    till = await stack.said(SaleDetected)
    late = later(first, SaleUpdated, 2, payment=Payment.PAID)
    await stack.sales(
        *till,
        late,
        cancelled(first, SaleCancelled, 3),
        shop.sale(Platform.DEPOP, sku="B-1", order="2", listing=False),
        shop.sale(Platform.EBAY, sku="B-1", order="3"),
    )
    await stack.listings(
        shop.seen(Platform.EBAY, sku="B-1", quantity=4, revision=2),
        shop.seen(Platform.DEPOP, sku="B-1", quantity=9),
    )
    assert {row[0] for row in await stack.rows("select article_id from holds")} == {third}
    assert {row[0] for row in await stack.rows("select article_id from listings")} == {third}
    assert await stack.one("select free from articles where id = :t", t=third) == 9 + 1 - 3
    assert await stack.rows("select 1 from unmatched") == []
    assert {
        row[0] for row in await stack.rows("select merged_into from articles where merged_into is not null")
    } == {third}
    assert await stack.broken_invariants() == []


async def test_a_merge_is_refused_when_a_figure_has_changed_or_it_was_done(stack: Stack, shop: Shop) -> None:
    article, other = await twins(stack, shop, 1, 3)
    await stack.sales(shop.sale(Platform.EBAY, sku="B-1"))
    async with stack.http() as client, stack.http(tenant=uuid4()) as stranger:
        stale = await merged(client, article, other, 1, expected=1, from_expected=3)
        assert (stale.status_code, stale.json()["code"]) == (409, "quantity_changed")
        assert (await merged(stranger, article, other, 1)).status_code == 404
        assert (await merged(client, article, article, 1)).status_code == 422
        assert (
            await client.post(f"/v1/articles/{article}/merge", json={"from_id": str(other)})
        ).status_code == 422
        assert (await merged(client, article, other, 1, expected=1, from_expected=2)).status_code == 200
        for again in ((article, other), (other, article)):
            refused = await merged(client, *again, 1)
            assert (refused.status_code, refused.json()["code"]) == (409, "merged")
        counted = await client.put(f"/v1/articles/{other}/quantity", json={"quantity": 7})
        assert (counted.status_code, counted.json()["details"]["article_id"]) == (409, str(article))
        edited = {"title": "x", "owner": {"kind": "own"}}
        assert (await client.patch(f"/v1/articles/{other}", json=edited)).status_code == 409
        plain = listed(shop, "plain")
        await stack.listings(plain)
        linked = await client.put(f"/v1/listings/{plain.listing_id}/article", json={"article_id": str(other)})
        assert linked.json()["code"] == "merged"


async def test_articles_whose_stock_is_not_open_are_merged_and_counted(stack: Stack, shop: Shop) -> None:
    async with stack.http() as client:
        made = [
            UUID((await client.post("/v1/articles", json={"title": f"Jacket {n}"})).json()["id"])
            for n in (1, 2)
        ]
        waiting = listed(shop, "d1", state=ListingState.ENDED)
        await stack.listings(waiting)
        await client.put(f"/v1/listings/{waiting.listing_id}/article", json={"article_id": str(made[1])})
        await stack.sales(sold_on(waiting))
        assert await stack.said(ListingSold) == []
        answer = (await merged(client, made[0], made[1], 2)).json()
    assert (answer["open"], answer["quantity"], answer["held"]) == (True, 1, 1)
    assert (await stack.said(ListingSold))[-1].article_id == made[0]
    assert await stack.broken_invariants() == []
