"""What was seen of listings: opening, matching, adjustments and questions, on real PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

import pytest
from inventory_shop import SOLD, SYNCED, Shop, Stack
from soldwire_contracts.listings import ListingObserved
from soldwire_contracts.stock import ListingSold, StockChanged
from soldwire_contracts.values import ListingState, Platform, StockCause

pytestmark = pytest.mark.bus


async def questions(stack: Stack) -> list[tuple[object, ...]]:
    rows = await stack.rows(
        "select kind, subject, units, free from questions where answered_at is null order by kind"
    )
    return [tuple(row) for row in rows]


async def test_stock_opens_once(stack: Stack, shop: Shop) -> None:
    await stack.listings(shop.seen(quantity=3), shop.seen(Platform.EBAY, quantity=7))
    assert await stack.free() == 3
    assert await stack.one("select count(*) from stock_journal where entry = 'opened'") == 1


async def test_a_listing_that_shows_more_than_the_stock_is_lowered_when_it_is_linked(
    stack: Stack, shop: Shop
) -> None:
    await stack.listings(shop.seen(quantity=3), shop.seen(Platform.EBAY, quantity=7))
    linked = (await stack.said(StockChanged))[-1]
    assert linked.cause is StockCause.LINKED
    assert [(t.platform, t.quantity, t.may_raise) for t in linked.targets] == [(Platform.EBAY, 3, False)]


async def test_a_listing_that_shows_less_is_asked_about_and_left_alone(stack: Stack, shop: Shop) -> None:
    await stack.listings(shop.seen(quantity=3), shop.seen(Platform.EBAY, quantity=1))
    assert await questions(stack) == [("deficit", shop.listing(Platform.EBAY, "A-1"), 1, 3)]
    assert [fact.cause for fact in await stack.said(StockChanged)] == [StockCause.OPENED]


async def test_the_stock_master_corrects_what_another_import_opened(stack: Stack, shop: Shop) -> None:
    await stack.listings(shop.seen(Platform.EBAY, quantity=1), shop.seen(quantity=5, master=True))
    assert await stack.free() == 5
    assert await stack.broken_invariants() == []


async def test_the_stock_master_does_not_undo_a_sale_by_being_linked_late(stack: Stack, shop: Shop) -> None:
    await stack.listings(shop.seen(Platform.EBAY, quantity=1))
    await stack.sales(shop.sale(Platform.EBAY))
    await stack.listings(shop.seen(quantity=1, master=True, at=SOLD + timedelta(minutes=5)))
    assert await stack.free() == 0
    linked = (await stack.said(StockChanged))[-1]
    assert (Platform.SHOPIFY, 0) in {(t.platform, t.quantity) for t in linked.targets}


async def test_a_change_by_the_stock_master_is_a_journalled_adjustment(stack: Stack, shop: Shop) -> None:
    await stack.listings(shop.seen(quantity=3, master=True), shop.seen(Platform.EBAY, quantity=3))
    await stack.listings(shop.seen(quantity=1, revision=2, master=True, at=SYNCED + timedelta(hours=1)))
    assert await stack.free() == 1
    adjusted = (await stack.said(StockChanged))[-1]
    assert (adjusted.cause, adjusted.quantity) == (StockCause.ADJUSTED, 1)
    assert [(t.platform, t.quantity, t.may_raise) for t in adjusted.targets] == [(Platform.EBAY, 1, False)]
    assert await stack.one("select units from stock_journal where entry = 'adjusted'") == -2
    await stack.listings(shop.seen(quantity=0, revision=3, master=True, at=SYNCED + timedelta(hours=2)))
    assert await stack.free() == 0
    assert await stack.broken_invariants() == []


async def test_before_the_last_target_has_settled_the_master_adjusts_nothing(
    stack: Stack, shop: Shop
) -> None:
    await stack.listings(shop.seen(quantity=3, master=True))
    await stack.sales(shop.sale(Platform.EBAY))
    seen = shop.seen(quantity=3, revision=2, master=True, at=SOLD + timedelta(seconds=1))
    await stack.listings(seen)
    assert await stack.free() == 2
    await stack.listings(
        shop.seen(quantity=3, revision=3, master=True, settled=1, at=SOLD + timedelta(hours=1))
    )
    assert await stack.free() == 3


async def test_an_order_that_explains_the_masters_change_later_is_not_taken_twice(
    stack: Stack, shop: Shop
) -> None:
    await stack.listings(shop.seen(quantity=3, master=True))
    await stack.listings(shop.seen(quantity=2, revision=2, master=True, at=SOLD + timedelta(minutes=1)))
    await stack.sales(shop.sale(Platform.SHOPIFY))
    assert await stack.free() == 2
    sold = (await stack.said(ListingSold))[-1]
    drop = (await stack.said(StockChanged))[-1].drop
    assert drop is not None
    assert (sold.units_held, sold.explains) == (1, (drop,))
    assert await stack.broken_invariants() == []


async def test_a_surplus_elsewhere_at_zero_is_lowered_and_asked_about(stack: Stack, shop: Shop) -> None:
    await stack.listings(shop.seen(quantity=1), shop.seen(Platform.EBAY, quantity=1))
    await stack.sales(shop.sale(Platform.SHOPIFY))
    back = shop.seen(Platform.EBAY, quantity=2, revision=2, settled=1, at=SOLD + timedelta(hours=1))
    await stack.listings(back)
    assert await stack.free() == 0
    lowered = (await stack.said(StockChanged))[-1]
    assert (Platform.EBAY, 0, False) in {(t.platform, t.quantity, t.may_raise) for t in lowered.targets}
    assert await questions(stack) == [("surplus", shop.listing(Platform.EBAY, "A-1"), 2, 0)]


async def test_a_deficit_that_a_sale_explains_is_asked_no_more(stack: Stack, shop: Shop) -> None:
    await stack.listings(shop.seen(quantity=2), shop.seen(Platform.EBAY, quantity=2))
    await stack.listings(shop.seen(Platform.EBAY, quantity=1, revision=2, at=SOLD + timedelta(minutes=1)))
    assert [row[0] for row in await questions(stack)] == ["deficit"]
    await stack.sales(shop.sale(Platform.EBAY))
    assert await questions(stack) == []


async def test_an_older_observation_changes_nothing(stack: Stack, shop: Shop) -> None:
    await stack.listings(shop.seen(quantity=4, revision=5, master=True))
    await stack.listings(shop.seen(quantity=9, revision=4, master=True))
    assert await stack.free() == 4


@pytest.mark.parametrize("state", [ListingState.ENDED, ListingState.GONE])
async def test_what_is_not_for_sale_becomes_no_article(stack: Stack, shop: Shop, state: ListingState) -> None:
    await stack.listings(shop.seen(state=state))
    assert await stack.one("select count(*) from articles") == 0
    assert await stack.one("select state from listings") == state
    await stack.listings(shop.seen(revision=2, quantity=2))
    assert await stack.free() == 2


async def test_without_the_setting_or_a_sku_nothing_is_created(stack: Stack, shop: Shop) -> None:
    async with stack.http() as client:
        put = await client.put("/v1/settings", json={"create_articles": False, "default_owner": "unknown"})
        settings = {"create_articles": False, "default_owner": "unknown", "create_from": "sku_only"}
        assert put.json() == settings
    await stack.listings(shop.seen(), shop.seen(sku=None, alias="no-sku"))
    assert await stack.one("select count(*) from articles") == 0
    assert await stack.one("select count(*) from listings") == 2


async def test_skus_match_trimmed_and_with_their_case(stack: Stack, shop: Shop) -> None:
    seen: list[ListingObserved] = [
        shop.seen(sku=" A-1 ", alias="one"),
        shop.seen(Platform.EBAY, sku="A-1"),
        shop.seen(Platform.DEPOP, sku="a-1"),
    ]
    await stack.listings(*seen)
    rows = await stack.rows('select sku, count(*) from articles group by sku order by sku collate "C"')
    assert [tuple(row) for row in rows] == [("A-1", 1), ("a-1", 1)]


async def test_outcomes_keep_the_last_applied_target_and_why_one_failed(stack: Stack, shop: Shop) -> None:
    await stack.listings(shop.seen(), shop.seen(Platform.EBAY), shop.seen(Platform.DEPOP))
    await stack.sales(shop.sale(Platform.SHOPIFY))
    (sold,) = await stack.said(ListingSold)
    by_platform = {target.platform: target for target in sold.targets}
    await stack.outcomes(
        shop.delisted(sold, by_platform[Platform.SHOPIFY], ended_by_us=False),
        shop.delisted(sold, by_platform[Platform.DEPOP], ended_by_us=False),
        shop.failed(sold, by_platform[Platform.EBAY]),
    )
    rows = await stack.rows(
        "select platform, applied_version, applied_quantity, withdrawn, failure from listings"
    )
    assert {tuple(row) for row in rows} == {
        ("shopify", 1, 0, False, None),
        ("depop", 1, 0, True, None),
        ("ebay", 0, None, False, "eBay refused to end the offer."),
    }
