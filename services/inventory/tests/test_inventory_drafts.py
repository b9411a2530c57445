"""Drafts are no listings: every way into and out of being one, in order and out of it, on real PostgreSQL."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from inventory_shop import SOLD, Shop, Stack
from soldwire_contracts.stock import ListingSold
from soldwire_contracts.values import ListingState, Platform

pytestmark = pytest.mark.bus

DRAFT, LIVE, ENDED, GONE = ListingState.DRAFT, ListingState.LIVE, ListingState.ENDED, ListingState.GONE


async def drafts(stack: Stack, **params: str) -> list[str]:
    async with stack.http() as client:
        answer = await client.get("/v1/drafts", params=params)
    return [one["title"] for one in answer.json()["items"]]


async def listings(stack: Stack) -> list[tuple[object, ...]]:
    rows = await stack.rows("select state, standing, observed_revision from listings")
    return [tuple(row) for row in rows]


async def test_a_draft_is_no_listing_no_article_and_no_stock(stack: Stack, shop: Shop) -> None:
    await stack.listings(shop.seen(state=DRAFT, quantity=4, thumbnail_url="https://pictures/1"))
    assert await drafts(stack) == ["Jacket A-1"]
    for table in ("listings", "articles", "stock_journal"):
        assert await stack.one(f"select count(*) from {table}") == 0


@pytest.mark.parametrize("batch", [True, False])
@pytest.mark.parametrize("state", [LIVE, ENDED])
async def test_a_draft_that_has_been_for_sale_is_a_listing(
    stack: Stack, shop: Shop, state: ListingState, batch: bool
) -> None:
    facts = [shop.seen(state=DRAFT), shop.seen(state=state, revision=2, quantity=3)]
    for some in [facts] if batch else [[fact] for fact in facts]:
        await stack.listings(*some)
    assert await drafts(stack) == []
    assert await listings(stack) == [(state, "live" if state is LIVE else "ended", 2)]
    assert await stack.one("select count(*) from drafts") == 0
    assert await stack.one("select count(*) from articles") == (1 if state is LIVE else 0)


async def test_a_draft_that_is_gone_is_nothing(stack: Stack, shop: Shop) -> None:
    await stack.listings(shop.seen(state=DRAFT))
    await stack.listings(shop.seen(state=GONE, revision=2))
    assert (await drafts(stack), await listings(stack)) == ([], [])


@pytest.mark.parametrize("batch", [True, False])
async def test_what_was_seen_before_changes_nothing(stack: Stack, shop: Shop, batch: bool) -> None:
    """Newest first: live before its draft, a newer draft before an older live, gone before both."""
    late = [
        shop.seen(sku="L-1", revision=3, quantity=2),
        shop.seen(sku="L-1", state=DRAFT, revision=2),
        shop.seen(sku="D-1", state=DRAFT, revision=5),
        shop.seen(sku="D-1", revision=4),
        shop.seen(sku="G-1", state=DRAFT, revision=1),
        shop.seen(sku="G-1", state=GONE, revision=6),
        shop.seen(sku="G-1", state=DRAFT, revision=5),
        shop.seen(sku="G-1", state=LIVE, revision=4),
    ]
    for some in [late] if batch else [[fact] for fact in late]:
        await stack.listings(*some)
    assert await drafts(stack) == ["Jacket D-1"]
    assert await listings(stack) == [(LIVE, "live", 3)]
    assert await stack.one("select count(*) from articles") == 1
    await stack.listings(shop.seen(sku="D-1", revision=6), shop.seen(sku="G-1", revision=7))
    assert await drafts(stack) == []
    assert await stack.one("select count(*) from articles") == 3


async def test_a_listing_that_is_drafted_stays_a_listing(stack: Stack, shop: Shop) -> None:
    await stack.listings(shop.seen(), shop.seen(Platform.EBAY), shop.seen(Platform.DEPOP))
    await stack.listings(shop.seen(Platform.DEPOP, revision=2, state=DRAFT))
    await stack.sales(shop.sale(Platform.SHOPIFY))
    (sold,) = await stack.said(ListingSold)
    target = next(t for t in sold.targets if t.platform is Platform.EBAY)
    await stack.outcomes(shop.delisted(sold, target))
    await stack.listings(shop.seen(Platform.EBAY, revision=2, state=DRAFT, settled=1))
    rows = await stack.rows("select platform, standing from listings where platform <> 'shopify'")
    assert {tuple(row) for row in rows} == {("ebay", "delisted"), ("depop", "delist")}
    assert await drafts(stack) == []


async def test_a_draft_of_its_seller_has_ended(stack: Stack, shop: Shop) -> None:
    await stack.listings(shop.seen())
    await stack.listings(shop.seen(revision=2, state=DRAFT))
    assert await listings(stack) == [(DRAFT, "ended", 2)]


async def test_a_sale_without_an_article_says_why(stack: Stack, shop: Shop) -> None:
    async with stack.http() as client:
        await client.put("/v1/settings", json={"create_articles": False, "default_owner": "own"})
    await stack.listings(
        shop.seen(sku="D-1", state=DRAFT),
        shop.seen(sku="U-1"),
        shop.seen(sku="G-1", state=DRAFT),
        shop.seen(sku="G-1", state=GONE, revision=2),
    )
    skus = ["D-1", "U-1", "G-1", "N-1"]
    sales = [shop.sale(Platform.SHOPIFY, sku=sku, order=sku) for sku in skus]
    nowhere = shop.sale(Platform.SHOPIFY, sku=None, order="none", at=SOLD - timedelta(days=1))
    await stack.sales(*sales, nowhere)
    assert await stack.said(ListingSold) == []
    async with stack.http() as client:
        items = (await client.get("/v1/unmatched")).json()["items"]
    assert {one["sku"]: one["why"] for one in items} == {
        "D-1": "draft",
        "U-1": "unlinked",
        "G-1": "never_seen",
        "N-1": "never_seen",
        None: "never_seen",
    }


async def test_the_sale_of_a_draft_is_held_once_it_goes_live(stack: Stack, shop: Shop) -> None:
    await stack.listings(shop.seen(state=DRAFT))
    await stack.sales(shop.sale(Platform.SHOPIFY))
    assert await stack.one("select count(*) from unmatched") == 1
    await stack.listings(shop.seen(revision=2, quantity=1))
    (sold,) = await stack.said(ListingSold)
    assert sold.listing_id == shop.listing(Platform.SHOPIFY, "A-1")
    assert await stack.one("select count(*) from unmatched") == 0


async def test_a_draft_whose_sale_finds_an_article_by_its_sku_was_for_sale(stack: Stack, shop: Shop) -> None:
    """Its unit is sold: the other listings come down, and an older word on the draft changes nothing."""
    await stack.listings(shop.seen(quantity=2), shop.seen(Platform.EBAY, state=DRAFT, revision=4))
    await stack.sales(shop.sale(Platform.EBAY))
    (sold,) = await stack.said(ListingSold)
    assert {t.platform for t in sold.targets} == {Platform.SHOPIFY, Platform.EBAY}
    assert await drafts(stack) == []
    await stack.listings(shop.seen(Platform.EBAY, revision=3, quantity=9))
    assert await stack.one("select observed_revision from listings where platform = 'ebay'") == 4
    assert await stack.broken_invariants() == []


async def test_drafts_are_counted_searched_and_paged(stack: Stack, shop: Shop) -> None:
    await stack.listings(
        *(shop.seen(sku=f"S-{n}", state=DRAFT, title=f"Suede coat {n}") for n in range(5)),
        shop.seen(Platform.DEPOP, sku=None, alias="d", state=DRAFT, title="Denim jacket"),
    )
    async with stack.http() as client:
        counts = (await client.get("/v1/drafts/counts")).json()
        assert {one["platform"]: one["drafts"] for one in counts} == {"shopify": 5, "depop": 1}
        first = (await client.get("/v1/drafts", params={"limit": 4})).json()
        rest = (await client.get("/v1/drafts", params={"limit": 4, "after": first["next"]})).json()
        assert len({one["id"] for one in first["items"] + rest["items"]}) == 6
        assert rest["next"] is None
    assert await drafts(stack, search="denim") == ["Denim jacket"]
    assert await drafts(stack, search="sued 3") == ["Suede coat 3"]
    assert await drafts(stack, account_id=str(shop.account(Platform.DEPOP))) == ["Denim jacket"]
    await stack.listings(shop.seen(sku="S-3", state=DRAFT, title="Wool coat", revision=2))
    assert await drafts(stack, search="suede 3") == []
    assert await drafts(stack, search="wool s-3") == ["Wool coat"]
    async with stack.http(tenant=uuid4()) as stranger:
        assert (await stranger.get("/v1/drafts")).json()["items"] == []
        assert (await stranger.get("/v1/drafts/counts")).json() == []
