"""A sale's way through inventory, on real PostgreSQL: match, hold, contend, release, say every target."""

from __future__ import annotations

from datetime import timedelta

import pytest
from inventory_shop import CONNECTED, SOLD, SYNCED, Shop, Stack, cancelled, later, list_everywhere
from soldwire_contracts.sales import SaleCancelled, SaleUpdated
from soldwire_contracts.stock import ListingSold, StockChanged, StockOversold
from soldwire_contracts.values import ListingState, Outcome, Payment, Platform, Restock, StockCause
from testkit.bus import record_of

pytestmark = pytest.mark.bus


async def sold(stack: Stack) -> ListingSold:
    return (await stack.said(ListingSold))[-1]


async def test_the_last_unit_goes_to_zero_everywhere(stack: Stack, shop: Shop) -> None:
    await list_everywhere(stack, shop)
    await stack.sales(shop.sale(Platform.EBAY))
    (fact,) = await stack.said(ListingSold)
    assert (fact.outcome, fact.units_held, fact.remaining) == (Outcome.HELD, 1, 0)
    assert {(t.platform, t.quantity, t.may_raise, t.sold_here) for t in fact.targets} == {
        (Platform.SHOPIFY, 0, False, False),
        (Platform.EBAY, 0, False, True),
        (Platform.DEPOP, 0, False, False),
    }
    assert await stack.free() == 0
    assert await stack.broken_invariants() == []


async def test_a_till_with_its_own_numbering_sells_by_sku(stack: Stack, shop: Shop) -> None:
    """As the contract's golden example has it."""
    await list_everywhere(stack, shop, 3)
    till = {"platform": Platform.ELSEWHERE, "order_id": "till:0007", "line_id": "1", "listing_id": None}
    await stack.sales(shop.sale().model_copy(update=till))
    assert await stack.free() == 2


async def test_one_of_three_sets_the_others_to_two(stack: Stack, shop: Shop) -> None:
    await list_everywhere(stack, shop, 3)
    await stack.sales(shop.sale(Platform.SHOPIFY))
    fact = await sold(stack)
    assert [t.quantity for t in fact.targets] == [2, 2, 2]
    await stack.sales(shop.sale(Platform.EBAY, order="2"))
    versions = {t.listing_id: t.version for t in fact.targets}
    assert all(t.version > versions[t.listing_id] for t in (await sold(stack)).targets)


async def test_importing_the_same_article_three_times_asks_no_marketplace_anything(
    stack: Stack, shop: Shop
) -> None:
    await list_everywhere(stack, shop, 2)
    (opened,) = await stack.said(StockChanged)
    assert (opened.cause, opened.quantity, opened.targets) == (StockCause.OPENED, 2, ())
    assert await stack.one("select count(*) from articles") == 1


async def test_the_same_event_and_the_same_revision_count_once(stack: Stack, shop: Shop) -> None:
    await list_everywhere(stack, shop, 5)
    record = record_of(shop.sale())
    await stack.sales(record)
    await stack.sales(record)
    await stack.sales(shop.sale(), shop.sale())
    assert await stack.free() == 4
    assert len(await stack.said(ListingSold)) == 1


async def test_an_old_state_after_a_new_one_changes_nothing(stack: Stack, shop: Shop) -> None:
    await list_everywhere(stack, shop)
    sale = shop.sale()
    await stack.sales(cancelled(sale, SaleCancelled, 3))
    await stack.sales(later(sale, SaleUpdated, 2), sale)
    assert await stack.free() == 1
    (fact,) = await stack.said(ListingSold)
    assert (fact.units_held, fact.targets) == (0, ())


async def test_the_loser_of_the_last_unit_is_flagged(stack: Stack, shop: Shop) -> None:
    await list_everywhere(stack, shop)
    winner = shop.sale(Platform.EBAY, order="1")
    loser = shop.sale(Platform.DEPOP, order="2", at=SOLD + timedelta(seconds=3))
    await stack.sales(winner, loser)
    assert [fact.outcome for fact in await stack.said(ListingSold)] == [Outcome.HELD, Outcome.CONTENDED]
    (over,) = await stack.said(StockOversold)
    assert [(one.sale_id, one.units_held) for one in over.contenders] == [
        (winner.sale_id, 1),
        (loser.sale_id, 0),
    ]
    assert await stack.broken_invariants() == []


async def test_a_cancelled_winner_hands_its_unit_to_the_waiting_sale(stack: Stack, shop: Shop) -> None:
    await list_everywhere(stack, shop)
    winner, loser = shop.sale(order="1"), shop.sale(Platform.DEPOP, order="2", at=SOLD + timedelta(hours=1))
    await stack.sales(winner)
    await stack.sales(loser)
    await stack.sales(cancelled(winner, SaleCancelled))
    last = await sold(stack)
    assert (last.sale_id, last.outcome, last.units_held) == (loser.sale_id, Outcome.HELD, 1)
    assert [f for f in await stack.said(StockChanged) if f.cause is StockCause.RELEASED] == []
    assert await stack.free() == 0


async def test_words_on_an_article_are_numbered_in_the_order_they_are_said(stack: Stack, shop: Shop) -> None:
    await list_everywhere(stack, shop)
    unpaid = shop.sale(order="1", payment=Payment.UNPAID)
    paid = shop.sale(Platform.DEPOP, order="2", at=SOLD + timedelta(hours=1))
    await stack.sales(unpaid, paid)
    words = await stack.said(ListingSold)
    told = sorted(words, key=lambda word: word.revision)
    assert [(word.sale_id, word.units_held) for word in told if word.sale_id == unpaid.sale_id] == [
        (unpaid.sale_id, 1),
        (unpaid.sale_id, 0),
    ]
    assert len({word.reserved_at for word in words}) == 1, "one transaction has one time"
    (over,) = await stack.said(StockOversold)
    assert over.revision > told[-1].revision > told[0].revision > 0


async def test_paying_first_wins_until_the_other_has_left_the_house(stack: Stack, shop: Shop) -> None:
    await list_everywhere(stack, shop)
    unpaid = shop.sale(order="1", payment=Payment.UNPAID)
    paid = shop.sale(Platform.DEPOP, order="2", at=SOLD + timedelta(hours=1))
    await stack.sales(unpaid, paid)
    held = "select held from holds where sale_id = :sale"
    assert await stack.one(held, sale=paid.sale_id) == 1
    shipped = later(shop.sale(order="1", shipped=True), SaleUpdated, 2)
    await stack.sales(shipped)
    assert await stack.one(held, sale=paid.sale_id) == 0
    assert await stack.one(held, sale=unpaid.sale_id) == 1
    assert await stack.broken_invariants() == []


@pytest.mark.parametrize("first", [0, 1])
async def test_of_two_that_were_sent_the_one_sent_first_has_the_unit(
    stack: Stack, shop: Shop, first: int
) -> None:
    """Each in a transaction of its own: the winner is closed by the time the other comes in."""
    await list_everywhere(stack, shop)
    sales = [shop.sale(order=str(n), at=SOLD + timedelta(minutes=n), shipped=True) for n in range(2)]
    await stack.sales(sales[first])
    await stack.sales(sales[1 - first])
    rows = await stack.rows("select held, outcome from holds order by sold_at")
    assert [tuple(row) for row in rows] == [(1, "held"), (0, "contended")]
    assert (await stack.said(ListingSold))[-1].sale_id == sales[1].sale_id
    await stack.sales(cancelled(sales[0], SaleCancelled))
    assert await stack.one("select held from holds where sale_id = :s", s=sales[1].sale_id) == 1
    assert await stack.broken_invariants() == []


async def test_a_cancellation_puts_the_listings_back(stack: Stack, shop: Shop) -> None:
    await list_everywhere(stack, shop)
    sale = shop.sale()
    await stack.sales(sale)
    await stack.sales(cancelled(sale, SaleCancelled))
    released = (await stack.said(StockChanged))[-1]
    assert (released.cause, released.sale_id, released.quantity) == (StockCause.RELEASED, sale.sale_id, 1)
    assert [(t.quantity, t.may_raise) for t in released.targets] == [(1, True)] * 3


async def test_a_unit_that_was_not_put_back_stays_held_and_is_asked_about(stack: Stack, shop: Shop) -> None:
    await list_everywhere(stack, shop)
    sale = shop.sale()
    await stack.sales(sale)
    await stack.sales(cancelled(sale, SaleCancelled, restock=Restock.NOT_RESTOCKED))
    assert await stack.free() == 0
    (question,) = await stack.rows("select kind, subject, units from questions where answered_at is null")
    assert tuple(question) == ("not_restocked", sale.sale_id, 1)


async def test_a_listing_its_seller_ended_stays_ended(stack: Stack, shop: Shop) -> None:
    await list_everywhere(stack, shop)
    await stack.listings(shop.seen(Platform.DEPOP, revision=2, state=ListingState.ENDED))
    sale = shop.sale()
    await stack.sales(sale)
    await stack.sales(cancelled(sale, SaleCancelled))
    released = (await stack.said(StockChanged))[-1]
    assert {t.platform for t in released.targets} == {Platform.SHOPIFY, Platform.EBAY}


async def test_a_listing_we_took_down_comes_back(stack: Stack, shop: Shop) -> None:
    await list_everywhere(stack, shop)
    sale = shop.sale()
    await stack.sales(sale)
    fact = await sold(stack)
    await stack.outcomes(*(shop.delisted(fact, target) for target in fact.targets))
    gone = [
        shop.seen(t.platform, quantity=0, revision=2, state=ListingState.ENDED, settled=t.version)
        for t in fact.targets
    ]
    await stack.listings(*gone)
    await stack.sales(cancelled(sale, SaleCancelled))
    assert len((await stack.said(StockChanged))[-1].targets) == 3


async def test_history_holds_nothing_and_only_proposes(stack: Stack, shop: Shop) -> None:
    await list_everywhere(stack, shop)
    old = shop.sale(Platform.EBAY, at=CONNECTED - timedelta(days=3))
    await stack.sales(old)
    fact = await sold(stack)
    assert (fact.outcome, fact.units_held) == (Outcome.HISTORY, 0)
    assert {(t.platform, t.quantity) for t in fact.targets} == {(Platform.SHOPIFY, 0), (Platform.DEPOP, 0)}
    assert await stack.free() == 1
    assert await stack.rows("select 1 from listings where target_version > 0") == []


async def test_history_of_the_listing_that_opened_the_stock_proposes_nothing(
    stack: Stack, shop: Shop
) -> None:
    await list_everywhere(stack, shop)
    await stack.sales(shop.sale(Platform.SHOPIFY, at=CONNECTED - timedelta(days=3)))
    assert (await sold(stack)).targets == ()


async def test_a_sale_before_its_first_sync_is_not_taken_twice(stack: Stack, shop: Shop) -> None:
    sale = shop.sale(Platform.SHOPIFY)
    await stack.sales(sale)
    assert await stack.said(ListingSold) == []
    assert await stack.one("select count(*) from unmatched") == 1
    await stack.listings(shop.seen(Platform.SHOPIFY, quantity=2, at=SOLD + timedelta(minutes=1)))
    fact = await sold(stack)
    assert (fact.outcome, fact.units_held, fact.remaining) == (Outcome.HELD, 1, 2)
    assert await stack.one("select count(*) from unmatched") == 0
    assert await stack.broken_invariants() == []
    await stack.sales(cancelled(sale, SaleCancelled))
    assert await stack.free() == 3


async def test_a_sale_after_the_sync_that_comes_in_first_is_taken(stack: Stack, shop: Shop) -> None:
    await stack.sales(shop.sale(Platform.SHOPIFY))
    await stack.listings(shop.seen(Platform.SHOPIFY, quantity=2, at=SYNCED))
    assert await stack.free() == 1


async def test_a_sale_finds_its_article_by_sku_and_links_the_listing_that_sold(
    stack: Stack, shop: Shop
) -> None:
    await stack.listings(shop.seen(Platform.SHOPIFY))
    await stack.sales(shop.sale(Platform.EBAY, sku="A-1"))
    assert {(t.platform, t.quantity) for t in (await sold(stack)).targets} == {
        (Platform.SHOPIFY, 0),
        (Platform.EBAY, 0),
    }


async def test_a_removed_sale_releases_and_holds_again_when_undone(stack: Stack, shop: Shop) -> None:
    await list_everywhere(stack, shop)
    sale = shop.sale()
    await stack.sales(sale)
    await stack.sales(shop.removed(sale, revision=4))
    assert await stack.free() == 1
    await stack.sales(shop.removed(sale, removed=False, revision=3))
    assert await stack.free() == 1
    await stack.sales(shop.removed(sale, removed=False, revision=5))
    assert await stack.free() == 0
    assert await stack.broken_invariants() == []


async def test_a_sale_removed_without_the_article_stays_held(stack: Stack, shop: Shop) -> None:
    await list_everywhere(stack, shop)
    sale = shop.sale()
    await stack.sales(sale)
    await stack.sales(shop.removed(sale, has=False))
    assert await stack.free() == 0


async def test_a_removal_may_come_before_its_sale(stack: Stack, shop: Shop) -> None:
    await list_everywhere(stack, shop)
    sale = shop.sale()
    await stack.sales(shop.removed(sale))
    await stack.sales(sale)
    assert await stack.free() == 1


async def test_a_test_order_touches_no_stock(stack: Stack, shop: Shop) -> None:
    await list_everywhere(stack, shop)
    said = len(await stack.said(ListingSold))
    tried = shop.sale()
    await stack.sales(record_of(tried, test=True), record_of(later(tried, SaleUpdated, 2), test=True))
    assert (await stack.free(), len(await stack.said(ListingSold))) == (1, said)
    assert await stack.rows("select 1 from unmatched") == []
    await stack.sales(shop.sale(order="2"))
    assert await stack.free() == 0
    assert await stack.broken_invariants() == []
