"""Two articles that are one and one that is two, on real PostgreSQL: what moves, what is said, and what comes in late."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from inventory import usecases
from inventory_shop import SOLD, Shop, Stack, cancelled, create_article, later, listed, sold_on
from soldwire_contracts.sales import SaleCancelled, SaleDetected, SaleUpdated
from soldwire_contracts.stock import ListingSold, StockChanged, StockOversold
from soldwire_contracts.values import ListingState, Outcome, Payment, Platform, Restock, StockCause
from sqlalchemy import text

pytestmark = pytest.mark.bus


async def twins(stack: Stack, shop: Shop, first: int = 1, second: int = 1) -> tuple[UUID, UUID]:
    """One item that two accounts show under two SKUs, and so looks like two articles."""
    await stack.listings(
        shop.seen(Platform.SHOPIFY, sku="A-1", quantity=first),
        shop.seen(Platform.EBAY, sku="B-1", quantity=second),
    )
    return await id_of(stack, "A-1"), await id_of(stack, "B-1")


async def id_of(stack: Stack, sku: str) -> UUID:
    found = await stack.one("select id from articles where sku = :sku", sku=sku)
    assert isinstance(found, UUID)
    return found


async def merged(
    client: httpx.AsyncClient, article: UUID, other: UUID, quantity: int, **body: object
) -> httpx.Response:
    whole = {"from_id": str(other), "quantity": quantity, **body}
    return await client.post(f"/v1/articles/{article}/merge", json=whole)


async def journal(stack: Stack, article: UUID) -> list[tuple[object, ...]]:
    rows = await stack.rows(
        "select entry, units from stock_journal where article_id = :a order by id", a=article
    )
    return [tuple(row) for row in rows]


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
    sale = shop.sale(Platform.EBAY, sku="B-1", quantity=2)
    await stack.sales(sale)
    for number in range(4):
        await stack.sales(shop.sale(Platform.EBAY, sku="B-1", order=f"x{number}"))
    before = max(fact.revision for fact in await stack.said(ListingSold) if fact.sale_id == sale.sale_id)
    async with stack.http() as client:
        assert (await merged(client, article, other, 2)).json()["held"] == 5
    again = [fact for fact in await stack.said(ListingSold) if fact.article_id == article]
    mine = next(fact for fact in again if fact.sale_id == sale.sale_id)
    assert (mine.outcome, mine.units_held, mine.targets) == (Outcome.HELD, 2, ())
    assert mine.revision > before
    assert len(again) == 5 + 2, "two of them, which were short of a unit, got one by the count"
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
        assert (await client.put(f"/v1/articles/{other}", json=edited)).status_code == 409
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
        waiting = listed(shop, "d1", state=ListingState.DRAFT)
        await stack.listings(waiting)
        await client.put(f"/v1/listings/{waiting.listing_id}/article", json={"article_id": str(made[1])})
        await stack.sales(sold_on(waiting))
        assert await stack.said(ListingSold) == []
        answer = (await merged(client, made[0], made[1], 2)).json()
    assert (answer["open"], answer["quantity"], answer["held"]) == (True, 1, 1)
    assert (await stack.said(ListingSold))[-1].article_id == made[0]
    assert await stack.broken_invariants() == []


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


async def test_a_sale_that_races_a_merge_ends_on_the_article_that_stays(stack: Stack, shop: Shop) -> None:
    """It has looked where its listing is, and waits for the lock while the other transaction merges."""
    article, other = await twins(stack, shop, 3, 3)
    async with stack.database.request(shop.tenant) as merging:
        await usecases.merge_articles(
            merging, stack.caller(), article, other, quantity=4, expected=None, from_expected=None
        )
        sale = shop.sale(Platform.EBAY, sku="B-1")
        selling = asyncio.create_task(stack.sales(sale, shop.sale(Platform.SHOPIFY, sku="A-1", order="2")))
        await waits_for_a_lock(stack)
    await selling
    assert {row[0] for row in await stack.rows("select article_id from holds")} == {article}
    assert await stack.one("select free from articles where id = :a", a=article) == 2
    assert await stack.broken_invariants() == []


@pytest.mark.parametrize("known", [False, True])
async def test_a_sale_that_races_a_split_or_an_undo_ends_where_its_listing_is(
    stack: Stack, shop: Shop, known: bool
) -> None:
    await stack.listings(shop.seen(Platform.SHOPIFY, quantity=4), shop.seen(Platform.EBAY, quantity=4))
    article, ebay = await id_of(stack, "A-1"), shop.listing(Platform.EBAY, "A-1")
    sale = shop.sale(Platform.EBAY)
    if known:
        await stack.sales(sale)
    new = usecases.SplitOff([ebay], "Another", "R-1", 2, None)
    async with stack.database.request(shop.tenant) as splitting:
        made = await usecases.split_article(splitting, stack.caller(), article, new)
        selling = asyncio.create_task(stack.sales(later(sale, SaleUpdated, 2)))
        await waits_for_a_lock(stack)
    await selling
    assert [tuple(row) for row in await stack.rows("select article_id, revision from holds")] == [
        (made.id, 2)
    ]
    async with stack.database.request(shop.tenant) as leaving:
        await usecases.unlink_listing(leaving, stack.caller(), ebay, with_sales=True)
        selling = asyncio.create_task(stack.sales(later(sale, SaleUpdated, 3)))
        await waits_for_a_lock(stack)
    await selling
    assert await stack.rows("select 1 from holds") == []
    assert await stack.one("select revision from unmatched") == 3
    assert await stack.broken_invariants() == []


async def test_an_observation_that_races_a_merge_is_compared_with_the_article_that_stays(
    stack: Stack, shop: Shop
) -> None:
    article, other = await twins(stack, shop, 3, 3)
    async with stack.database.request(shop.tenant) as merging:
        await usecases.merge_articles(
            merging, stack.caller(), article, other, quantity=4, expected=None, from_expected=None
        )
        seen = shop.seen(Platform.EBAY, sku="B-1", quantity=1, revision=2, settled=9)
        observing = asyncio.create_task(stack.listings(seen))
        await waits_for_a_lock(stack)
    await observing
    rows = await stack.rows("select kind, article_id, units, free from questions where answered_at is null")
    assert [tuple(row) for row in rows] == [("deficit", article, 1, 4)]


async def test_merges_and_sales_at_the_same_time_lose_nothing(stack: Stack, shop: Shop) -> None:
    skus = [f"S-{number}" for number in range(8)]
    await stack.listings(*(shop.seen(Platform.SHOPIFY, sku=sku, quantity=9) for sku in skus))
    ids = [await id_of(stack, sku) for sku in skus]

    async def merge_in(other: UUID) -> None:
        async with stack.http() as client:
            answer = await merged(client, ids[0], other, 50)
            assert answer.status_code in (200, 503), answer.text

    sales = [shop.sale(Platform.SHOPIFY, sku=sku, order=f"{sku}:{n}") for n in range(4) for sku in skus]
    await asyncio.gather(
        *(merge_in(other) for other in ids[1:]), *(stack.sales(*sales[start::4]) for start in range(4))
    )
    assert await stack.one("select count(*) from holds") == len(sales)
    assert (
        await stack.one(
            "select count(*) from holds h join articles a on a.id = h.article_id where a.merged_into is not null"
        )
        == 0
    )
    assert await stack.broken_invariants() == []


async def waits_for_a_lock(stack: Stack) -> None:
    """Until another transaction stands at a lock of this database."""
    waiting = text(
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    )
    for _ in range(500):
        async with stack.database.bus() as uow:
            if (await uow.conn.execute(waiting)).scalar_one():
                return
        await asyncio.sleep(0.01)
    raise AssertionError("nothing waits for a lock")
