"""Transactions that meet: sales, syncs, removals and people at the same article at the same time."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from uuid import UUID

import pytest
from inventory import store, usecases
from inventory.domain.facts import MOST_CONTENDERS
from inventory_shop import EVERYWHERE, SOLD, Shop, Stack, list_everywhere
from soldwire_contracts.stock import ListingSold, StockOversold
from soldwire_contracts.values import ListingState, Outcome, Platform

pytestmark = [pytest.mark.bus, pytest.mark.long]


async def test_two_transactions_race_for_the_last_unit(stack: Stack, shop: Shop) -> None:
    await list_everywhere(stack, shop)
    sales = [shop.sale(order=str(number), at=SOLD + timedelta(seconds=number)) for number in range(6)]
    await asyncio.gather(*(stack.sales(sale) for sale in sales))
    rows = await stack.rows("select sale_id from holds where held = 1")
    assert [row[0] for row in rows] == [sales[0].sale_id]
    assert await stack.one("select short from articles") == 5
    assert len((await stack.said(StockOversold))[-1].contenders) == 6
    assert await stack.broken_invariants() == []


async def test_the_first_sync_races_its_own_sale(stack: Stack, shop: Shop) -> None:
    for number in range(8):
        sku = f"R-{number}"
        await asyncio.gather(
            stack.sales(shop.sale(Platform.SHOPIFY, sku=sku, order=sku)),
            stack.listings(shop.seen(Platform.SHOPIFY, sku=sku), shop.seen(Platform.EBAY, sku=sku)),
        )
    assert await stack.one("select count(*) from unmatched") == 0
    assert await stack.one("select sum(free) from articles") == 0
    assert await stack.broken_invariants() == []


async def test_five_hundred_sales_of_one_unit_have_one_winner(stack: Stack, shop: Shop) -> None:
    await list_everywhere(stack, shop)
    sales = [shop.sale(order=str(n), at=SOLD + timedelta(seconds=n)) for n in range(500)]
    await asyncio.gather(*(stack.sales(*sales[start::4]) for start in range(4)))
    rows = await stack.rows("select sale_id, outcome from holds where held > 0")
    assert [tuple(row) for row in rows] == [(sales[0].sale_id, "held")]
    assert await stack.one("select count(*) from holds where outcome = 'contended'") == 499
    assert len(await stack.said(StockOversold)) <= 4
    assert len((await stack.said(StockOversold))[-1].contenders) == 500
    assert await stack.broken_invariants() == []


async def test_a_contention_of_very_many_is_said_in_parts(stack: Stack, shop: Shop) -> None:
    """An event may hold some thousands of contenders; the ledger hears of every one."""
    await list_everywhere(stack, shop)
    sales = [shop.sale(order=str(n), at=SOLD + timedelta(seconds=n)) for n in range(MOST_CONTENDERS + 200)]
    await stack.sales(*sales)
    parts = await stack.said(StockOversold)
    assert [len(part.contenders) for part in parts] == [MOST_CONTENDERS, 200]
    assert {one.sale_id for part in parts for one in part.contenders} == {sale.sale_id for sale in sales}
    assert sum(one.units_held for part in parts for one in part.contenders) == 1
    assert len({part.revision for part in parts}) == 2
    assert {part.reason.split(" units")[0] for part in parts} == {str(len(sales))}


async def park_a_sale(stack: Stack, shop: Shop) -> None:
    """A sale on a Depop listing that shows no article yet."""
    async with stack.http() as client:
        await client.put("/v1/settings", json={"create_articles": False, "default_owner": "own"})
    await stack.listings(shop.seen(Platform.DEPOP))
    await stack.sales(shop.sale(Platform.DEPOP))


async def test_a_removal_that_meets_the_linking_of_its_listing_is_not_lost(stack: Stack, shop: Shop) -> None:
    await park_a_sale(stack, shop)
    async with stack.http() as client:
        made = (await client.post("/v1/articles", json={"title": "Jacket", "quantity": 5})).json()
    async with stack.database.request(shop.tenant) as linking:
        listing = shop.listing(Platform.DEPOP, "A-1")
        article = await usecases.link_listing(linking, stack.caller(), listing, UUID(made["id"]))
        assert article.held == 1
        removing = asyncio.create_task(stack.sales(shop.removed(shop.sale(Platform.DEPOP))))
        await asyncio.sleep(0.3)
    await removing
    assert await stack.one("select removed from holds") is True
    assert await stack.one("select free from articles") == 5
    assert await stack.broken_invariants() == []


def ids_of(shop: Shop) -> list[UUID]:
    return sorted(shop.listing(platform, "A-1") for platform in EVERYWHERE)


async def test_a_new_article_locks_every_listing_it_needs_in_id_order(stack: Stack) -> None:
    """Its own live listings, and one that is not live, but whose sale waits, and whose id comes first."""
    shops = (Shop() for _ in range(1000))
    shop = stack.shop = next(one for one in shops if ids_of(one)[0] == one.listing(Platform.DEPOP, "A-1"))
    await park_a_sale(stack, shop)
    await stack.listings(shop.seen(Platform.DEPOP, revision=2, state=ListingState.ENDED))
    await stack.listings(shop.seen(Platform.SHOPIFY), shop.seen(Platform.EBAY))
    new = usecases.Wanted({"sku": "A-1", "title": "Jacket"}, quantity=1)

    async def create() -> None:
        async with stack.database.request(shop.tenant) as uow:
            await usecases.create_article(uow, stack.caller(), new)

    async with stack.database.bus([shop.tenant]) as theirs:
        await store.lock_listings(theirs, ids_of(shop)[:1])
        creating = asyncio.create_task(create())
        await asyncio.sleep(0.3)
        await store.lock_listings(theirs, ids_of(shop))
    await creating
    assert await stack.one("select count(*) from listings where article_id is not null") == 3


async def test_five_hundred_sales_in_concurrent_transactions_have_one_winner(
    stack: Stack, shop: Shop
) -> None:
    """Each its own transaction, so many at once as there are connections, in random order."""
    await list_everywhere(stack, shop)
    sales = [shop.sale(order=str(n), at=SOLD + timedelta(seconds=n)) for n in range(500)]
    waiting = random.Random(5).sample(sales, len(sales))
    at_once, most = 0, 0

    async def sell() -> None:
        nonlocal at_once, most
        while waiting:
            at_once += 1
            most = max(most, at_once)
            await stack.sales(waiting.pop())
            at_once -= 1

    await asyncio.gather(*(sell() for _ in range(16)))
    assert most == 16
    rows = await stack.rows("select sale_id, outcome from holds where held > 0")
    assert [tuple(row) for row in rows] == [(sales[0].sale_id, "held")]
    assert await stack.one("select count(*) from holds where outcome = 'contended' and held = 0") == 499
    assert await stack.one("select free from articles") == 0
    last = (await stack.said(StockOversold))[-1]
    assert {one.sale_id: one.units_held for one in last.contenders} == {
        sale.sale_id: int(sale is sales[0]) for sale in sales
    }
    assert last.reason.startswith("500 units are sold and 1 can be sent")
    flagged = {fact.sale_id: fact.outcome for fact in await stack.said(ListingSold)}
    assert list(flagged.values()).count(Outcome.CONTENDED) == 499
    assert flagged[sales[0].sale_id] is Outcome.HELD
    assert await stack.broken_invariants() == []
