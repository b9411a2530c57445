"""Merges and splits that meet sales, observations and each other at the same time."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from inventory import usecases
from inventory_shop import Shop, Stack, later
from inventory_twins import id_of, merged, twins, waits_for_a_lock
from soldwire_contracts.sales import SaleUpdated
from soldwire_contracts.values import Platform

pytestmark = pytest.mark.bus


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
            assert answer.status_code == 200, answer.text

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
