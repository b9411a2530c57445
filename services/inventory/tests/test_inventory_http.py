"""Inventory's HTTP API: articles, counts, links, sold elsewhere, questions, explaining; one tenant at a time."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from inventory_shop import SOLD, Shop, Stack
from kit.paging import encode_cursor
from soldwire_contracts.stock import ListingSold, StockChanged, StockOversold
from soldwire_contracts.values import Outcome, OwnerKind, Platform, StockCause

pytestmark = pytest.mark.bus


async def create(client: httpx.AsyncClient, **body: object) -> dict[str, object]:
    answer = await client.post("/v1/articles", json={"title": "Denim jacket", **body})
    assert answer.status_code == 201, answer.text
    found: dict[str, object] = answer.json()
    return found


async def test_an_article_is_created_counted_and_sold_with_its_owner_and_cost(
    stack: Stack, shop: Shop
) -> None:
    consignor = shop.consignor_id("ANNE")
    await stack.consignors(shop.consignor("ANNE"))
    async with stack.http() as client:
        made = await create(
            client,
            sku="A-1",
            quantity=2,
            owner={"kind": "consigned", "consignor_id": str(consignor)},
            cost={"amount": "12.50", "currency": "GBP"},
        )
    assert (made["quantity"], made["open"]) == (2, True)
    await stack.sales(shop.sale())
    (sold,) = await stack.said(ListingSold)
    assert (sold.owner.kind, sold.owner.consignor_id) == (OwnerKind.CONSIGNED, consignor)
    assert sold.cost is not None
    assert str(sold.cost.amount) == "12.500000"
    assert [t.platform for t in sold.targets] == [Platform.EBAY]


async def test_a_sku_belongs_to_one_article(stack: Stack) -> None:
    async with stack.http() as client:
        await create(client, sku="A-1")
        refused = await client.post("/v1/articles", json={"title": "Other", "sku": " A-1 "})
    assert (refused.status_code, refused.json()["code"]) == (409, "sku_taken")


async def test_a_new_article_draws_listings_and_sales_of_its_sku(stack: Stack, shop: Shop) -> None:
    async with stack.http() as client:
        await client.put("/v1/settings", json={"create_articles": False, "default_owner": "own"})
        await stack.listings(shop.seen(quantity=4), shop.seen(Platform.EBAY, quantity=4))
        await stack.sales(shop.sale(Platform.DEPOP))
        assert len((await client.get("/v1/unmatched")).json()["items"]) == 1
        made = await create(client, sku="A-1", quantity=4)
        listings = made["listings"]
        assert isinstance(listings, list)
        assert {one["platform"] for one in listings} == {"shopify", "ebay", "depop"}
        assert made["quantity"] == 3
        assert (await client.get("/v1/unmatched")).json()["items"] == []
    assert {t.platform for t in (await stack.said(ListingSold))[-1].targets} == set(Platform) - {
        Platform.ELSEWHERE
    }
    assert await stack.broken_invariants() == []


async def test_an_article_without_a_count_is_opened_by_its_first_listing(stack: Stack, shop: Shop) -> None:
    async with stack.http() as client:
        await create(client, sku="A-1")
    await stack.sales(shop.sale(Platform.EBAY))
    assert await stack.said(ListingSold) == []
    await stack.listings(shop.seen(quantity=3))
    (sold,) = await stack.said(ListingSold)
    assert (sold.outcome, sold.remaining) == (Outcome.HELD, 2)
    assert await stack.broken_invariants() == []


async def test_a_count_may_raise_every_listing(stack: Stack, shop: Shop) -> None:
    await stack.listings(shop.seen(), shop.seen(Platform.EBAY))
    article = await stack.one("select id from articles")
    async with stack.http() as client:
        answer = await client.put(f"/v1/articles/{article}/quantity", json={"quantity": 5, "expected": 1})
        assert answer.json()["quantity"] == 5
        stale = await client.put(f"/v1/articles/{article}/quantity", json={"quantity": 6, "expected": 1})
        assert (stale.status_code, stale.json()["code"]) == (409, "quantity_changed")
    edited = (await stack.said(StockChanged))[-1]
    assert edited.cause is StockCause.EDITED
    assert [(t.quantity, t.may_raise) for t in edited.targets] == [(5, True), (5, True)]
    assert await stack.one("select count(*) from stock_journal where user_id is not null") == 1


async def test_found_units_go_to_waiting_sales_first(stack: Stack, shop: Shop) -> None:
    await stack.listings(shop.seen(), shop.seen(Platform.EBAY))
    await stack.sales(shop.sale(order="1"), shop.sale(order="2", at=SOLD + timedelta(seconds=1)))
    article = await stack.one("select id from articles")
    async with stack.http() as client:
        short = (await client.get("/v1/articles", params={"short": True})).json()["items"]
        assert [one["short"] for one in short] == [1]
        answer = await client.put(f"/v1/articles/{article}/quantity", json={"quantity": 2})
    assert (answer.json()["quantity"], answer.json()["held"], answer.json()["short"]) == (1, 2, 0)
    assert (await stack.said(ListingSold))[-1].outcome is Outcome.HELD
    assert len(await stack.said(StockOversold)) == 1


async def test_link_and_unlink(stack: Stack, shop: Shop) -> None:
    await stack.listings(shop.seen(quantity=2), shop.seen(Platform.EBAY, sku=None, alias="plain", quantity=1))
    plain = shop.listing(Platform.EBAY, "plain")
    sale = shop.sale(Platform.EBAY, sku=None).model_copy(update={"listing_id": plain})
    await stack.sales(sale)
    article = await stack.one("select id from articles")
    async with stack.http() as client:
        alone = (await client.get("/v1/listings", params={"unlinked": True})).json()["items"]
        assert [one["id"] for one in alone] == [str(plain)]
        linked = await client.put(f"/v1/listings/{plain}/article", json={"article_id": str(article)})
        assert linked.json()["quantity"] == 1
        other = await create(client, title="Other", quantity=1)
        refused = await client.put(f"/v1/listings/{plain}/article", json={"article_id": other["id"]})
        assert refused.json()["code"] == "linked_elsewhere"
        unlinked = await client.delete(f"/v1/listings/{plain}/article")
        assert unlinked.json()["article_id"] is None
    causes = [fact.cause for fact in await stack.said(StockChanged)]
    assert causes[-1] is StockCause.UNLINKED
    assert StockCause.LINKED in causes
    assert (await stack.said(ListingSold))[-1].sale_id == sale.sale_id


async def test_what_a_person_unlinked_is_not_linked_again_by_its_sku(stack: Stack, shop: Shop) -> None:
    await stack.listings(shop.seen(quantity=2), shop.seen(Platform.EBAY, quantity=2))
    ebay = shop.listing(Platform.EBAY, "A-1")
    async with stack.http() as client:
        await client.delete(f"/v1/listings/{ebay}/article")
    await stack.listings(shop.seen(Platform.EBAY, quantity=3, revision=2))
    await stack.sales(shop.sale(Platform.EBAY))
    assert await stack.one("select article_id from listings where id = :id", id=ebay) is None
    assert await stack.one("select count(*) from unmatched") == 1


async def test_the_journal_explains_the_quantity(stack: Stack, shop: Shop) -> None:
    await stack.listings(shop.seen(quantity=3))
    await stack.sales(shop.sale(Platform.SHOPIFY))
    article = await stack.one("select id from articles")
    async with stack.http() as client:
        await client.put(f"/v1/articles/{article}/quantity", json={"quantity": 4, "note": "found two"})
        explained = (await client.get(f"/v1/articles/{article}/journal", params={"limit": 2})).json()
        rest = await client.get(
            f"/v1/articles/{article}/journal", params={"after": explained["next_journal"]}
        )
    rows = [*explained["journal"], *rest.json()["journal"]]
    assert [(row["entry"], row["units"]) for row in rows] == [("edited", 2), ("held", -1), ("opened", 3)]
    assert sum(row["units"] for row in rows) == explained["article"]["quantity"]
    assert [(sale["claims"], sale["held"], sale["outcome"]) for sale in explained["sales"]] == [
        (1, 1, "held")
    ]


async def test_an_article_of_many_sales_is_explained_with_the_latest(stack: Stack, shop: Shop) -> None:
    await stack.listings(shop.seen(quantity=300))
    await stack.sales(
        *(shop.sale(Platform.SHOPIFY, order=str(n), at=SOLD + timedelta(minutes=n)) for n in range(210))
    )
    article = await stack.one("select id from articles")
    async with stack.http() as client:
        sales = (await client.get(f"/v1/articles/{article}/journal")).json()["sales"]
    times = [sale["sold_at"] for sale in sales]
    assert (len(times), times) == (200, sorted(times, reverse=True))
    assert times[0].startswith((SOLD + timedelta(minutes=209)).isoformat()[:16])


async def test_articles_page_and_are_found_by_words(stack: Stack) -> None:
    async with stack.http() as client:
        for number in range(7):
            await create(client, sku=f"DJ-{number:03}", title=f"Denim jacket number {number}", quantity=1)
        await create(client, sku="WB-1", title="Wool beanie")
        seen: list[str] = []
        after: str | None = None
        while True:
            params = {"search": "denim jack", "limit": "3"} | ({"after": after} if after else {})
            page = (await client.get("/v1/articles", params=params)).json()
            seen += [one["sku"] for one in page["items"]]
            after = page["next"]
            if after is None:
                break
        assert seen == [f"DJ-{number:03}" for number in reversed(range(7))]
        by_sku = (await client.get("/v1/articles", params={"search": "dj-003"})).json()["items"]
        assert [one["sku"] for one in by_sku] == ["DJ-003"]
        bad = await client.get("/v1/articles", params={"after": "nonsense"})
        assert bad.status_code == 422


async def test_edited_words_are_found_and_old_ones_are_not(stack: Stack) -> None:
    async with stack.http() as client:
        made = await create(client, title="Denim jacket")
        body = {"title": "Suede coat", "owner": {"kind": "unknown"}}
        await client.patch(f"/v1/articles/{made['id']}", json=body)
        assert (await client.get("/v1/articles", params={"search": "denim"})).json()["items"] == []
        found = (await client.get("/v1/articles", params={"search": "suede"})).json()["items"]
    assert [one["owner"]["kind"] for one in found] == ["unknown"]


async def test_another_tenant_sees_and_changes_nothing(stack: Stack, shop: Shop) -> None:
    await stack.listings(shop.seen())
    article = await stack.one("select id from articles")
    async with stack.http(tenant=uuid4()) as stranger:
        assert (await stranger.get("/v1/articles")).json()["items"] == []
        assert (await stranger.get(f"/v1/articles/{article}")).status_code == 404
        assert (
            await stranger.put(f"/v1/articles/{article}/quantity", json={"quantity": 9})
        ).status_code == 404
        listing = shop.listing(Platform.SHOPIFY, "A-1")
        assert (await stranger.delete(f"/v1/listings/{listing}/article")).status_code == 404
    assert await stack.free() == 1


async def test_a_viewer_reads_only_and_nobody_comes_without_a_token(stack: Stack) -> None:
    async with stack.http("viewer") as viewer:
        assert (await viewer.get("/v1/articles")).status_code == 200
        assert (await viewer.post("/v1/articles", json={"title": "x"})).status_code == 403
    async with stack.http() as client:
        client.headers.pop("Authorization")
        assert (await client.get("/v1/articles")).status_code == 401


def test_every_operation_says_what_it_does(stack: Stack) -> None:
    paths = stack.service.app().openapi()["paths"]
    mine = [op for path, item in paths.items() if path.startswith("/v1/") for op in item.values()]
    assert len(mine) >= 14
    assert all(op.get("description") for op in mine)


async def test_unmatched_sales_page_though_the_last_one_shown_was_matched_meanwhile(
    stack: Stack, shop: Shop
) -> None:
    sales = [shop.sale(sku=f"U-{n}", order=str(n), at=SOLD + timedelta(seconds=n)) for n in range(4)]
    await stack.sales(*sales)
    async with stack.http() as client:
        first = (await client.get("/v1/unmatched", params={"limit": 2})).json()
        await create(client, sku="U-2")
        rest = (await client.get("/v1/unmatched", params={"limit": 5, "after": first["next"]})).json()
    assert [one["sku"] for one in first["items"]] == ["U-3", "U-2"]
    assert [one["sku"] for one in rest["items"]] == ["U-1", "U-0"]


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("/v1/articles", ["no-id"]),
        ("/v1/unmatched", ["yesterday", str(uuid4())]),
        ("/v1/unmatched", ["2026-11-22T10:00:00", str(uuid4())]),
        ("/v1/unmatched", ["2026-11-22T10:00:00Z", 7]),
        ("/v1/articles/{article}/journal", [2**70]),
    ],
)
async def test_a_page_address_that_is_none_of_ours_is_refused(
    stack: Stack, path: str, parts: list[str | int]
) -> None:
    async with stack.http() as client:
        made = await create(client, quantity=1)
        answer = await client.get(path.format(article=made["id"]), params={"after": encode_cursor(*parts)})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_cursor")


async def test_text_that_cannot_be_kept_is_refused(stack: Stack) -> None:
    async with stack.http() as client:
        made = await client.post("/v1/articles", json={"title": "a\u0000b", "sku": "A"})
        found = await client.get("/v1/articles", params={"search": "a\x00b"})
    assert (made.status_code, made.json()["code"]) == (422, "not_storable")
    assert (found.status_code, found.json()["code"]) == (422, "not_storable")
