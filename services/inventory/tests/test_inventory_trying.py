"""A test order explains what its shop shows less: nothing is sold, so no stock goes and no other listing comes down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any
from uuid import UUID

import pytest
from inventory.domain import Answer, Article, Changed, Entry, QuestionKind, Restock, SaleLine
from inventory_articles import T0, article, assert_adds_up, held, line, master_shows, observe, seen
from inventory_shop import SOLD, SYNCED, Shop, Stack, cancelled, later
from soldwire_contracts.sales import SaleCancelled, SaleDetected, SaleUpdated
from soldwire_contracts.stock import ListingSold, StockChanged
from soldwire_contracts.sync import TenantErased
from soldwire_contracts.values import Platform
from soldwire_contracts.values import Restock as SaidRestock
from testkit.bus import emitted, record_of

SHOP, OTHER = UUID(int=100), UUID(int=101)
MADE, DROPPED = T0 + timedelta(minutes=10), T0 + timedelta(minutes=12)
ENDED, ROSE = T0 + timedelta(hours=1), T0 + timedelta(hours=1, minutes=2)

Step = Callable[[Article], None]


class Trial:
    """A test order as it is told to an article, state by state."""

    def __init__(self, quantity: int = 1, others: Trial | None = None) -> None:
        """`others`: another test order of the same listing."""
        self.had = 0
        self.others = others
        self.quantity = quantity

    def told(self, made: Article, **changes: Any) -> None:
        state = self.state(**changes)
        others = self.others.had if self.others else 0
        made.try_out(state, self.had, others + state.tried)
        self.had = state.tried

    def state(self, **changes: Any) -> SaleLine:
        return line(9, quantity=self.quantity, sold_at=MADE, **changes)

    def ended(self, made: Article, restock: Restock = Restock.RESTOCKED, at: datetime = ENDED) -> None:
        self.told(made, cancelled=self.quantity, restock=restock, cancelled_at=at)


def counted(quantity: int) -> Article:
    """An article whose stock master has just shown so many."""
    made = article(None)
    master_shows(made, quantity, T0)
    observe(made, seen(made.linked.by_id[OTHER], quantity))
    made.changes.take_facts()
    return made


def tried(made: Article) -> int:
    return made.linked.by_id[SHOP].tried


def targets(made: Article) -> dict[UUID, int]:
    """The last target each listing was given since the facts were taken."""
    facts = [fact for fact in made.changes.take_facts() if isinstance(fact, Changed)]
    return {target.listing_id: target.quantity for fact in facts for target in fact.targets}


def test_the_drop_that_follows_a_test_order_is_none() -> None:
    made = counted(1)
    Trial().told(made)
    master_shows(made, 0, DROPPED)
    assert (made.free, tried(made), targets(made)) == (1, 1, {})
    assert_adds_up(made)


def test_a_drop_that_was_seen_before_it_is_taken_back() -> None:
    made = counted(1)
    master_shows(made, 0, DROPPED)
    assert (made.free, targets(made)) == (0, {OTHER: 0})
    Trial().told(made)
    assert (made.free, tried(made), targets(made)) == (1, 1, {SHOP: 0, OTHER: 1})
    assert [r.units for r in made.changes.journal if r.entry is Entry.TRIED] == [1]
    assert_adds_up(made)


@pytest.mark.parametrize("sent", [True, False])
def test_what_more_is_missing_is_an_adjustment(sent: bool) -> None:
    made = counted(5)
    if sent:
        Trial(2).told(made)
    master_shows(made, 2, DROPPED)
    if not sent:
        Trial(2).told(made)
    assert (made.free, tried(made)) == (4, 2)
    assert_adds_up(made)


def test_a_sale_beside_it_is_a_sale() -> None:
    made = counted(3)
    trial = Trial()
    trial.told(made)
    made.sell(line(listing_id=SHOP, sold_at=MADE + timedelta(seconds=30)))
    assert (made.free, held(made)) == (2, [1])
    made.changes.take_facts()
    master_shows(made, 1, DROPPED)
    assert (made.free, tried(made), targets(made)) == (2, 1, {})
    trial.ended(made)
    master_shows(made, 2, ROSE)
    assert (made.free, tried(made), held(made)) == (2, 0, [1])
    assert_adds_up(made)


def test_the_shop_is_asked_for_what_it_can_show() -> None:
    """A cancelled sale is raised everywhere, there by what the test order leaves."""
    made = counted(2)
    Trial().told(made)
    made.sell(line(listing_id=OTHER, sold_at=MADE))
    made.changes.take_facts()
    made.sell(line(listing_id=OTHER, sold_at=MADE, revision=2, cancelled=1, restock=Restock.RESTOCKED))
    assert targets(made) == {SHOP: 1, OTHER: 2}
    made.count(7, T0)
    assert targets(made) == {SHOP: 6, OTHER: 7}


def test_one_never_put_back_leaves_the_shop_lower_until_its_seller_raises_it() -> None:
    """Deleted, or cancelled without restocking: Shopify says nothing when its seller corrects the quantity."""
    made = counted(2)
    trial = Trial()
    trial.told(made)
    trial.ended(made, Restock.NOT_RESTOCKED)
    master_shows(made, 1, ENDED)
    assert (made.free, tried(made)) == (2, 1)
    master_shows(made, 2, ROSE)
    assert (made.free, tried(made), targets(made)) == (2, 0, {})
    master_shows(made, 1, ROSE + timedelta(hours=1))
    assert made.free == 1, "from then on a drop is a drop"


def test_units_gone_before_the_stock_was_counted_by_what_was_shown_were_never_in_it() -> None:
    made = article(None)
    master_shows(made, 2, DROPPED)
    trial = Trial()
    trial.told(made)
    assert (made.free, tried(made)) == (2, 0)
    trial.ended(made)
    master_shows(made, 3, ROSE)
    assert (made.free, tried(made)) == (3, 0)
    assert_adds_up(made)


def test_another_account_that_shows_less_is_not_asked_about() -> None:
    made = counted(2)
    shop = made.linked.by_id[SHOP]
    observe(made, seen(shop, 1, observed_at=DROPPED))
    assert made.changes.questions[QuestionKind.DEFICIT, SHOP] is not None
    Trial().told(made)
    assert made.changes.questions[QuestionKind.DEFICIT, SHOP] is None
    observe(made, seen(shop, 1, observed_at=ROSE))
    assert made.changes.questions[QuestionKind.DEFICIT, SHOP] is None
    observe(made, seen(shop, 0, observed_at=ROSE))
    asked = made.changes.questions[QuestionKind.DEFICIT, SHOP]
    assert asked is not None
    assert asked.units == 1, "what it would show without the test order"
    made.answer(asked, Answer.MARKETPLACE_IS_RIGHT, T0)
    assert (made.free, tried(made)) == (1, 1)


def test_a_unit_that_comes_back_goes_to_the_sale_that_waits() -> None:
    made = counted(1)
    master_shows(made, 0, DROPPED)
    made.sell(line(listing_id=OTHER, sold_at=DROPPED + timedelta(minutes=1)))
    assert held(made) == [0]
    Trial().told(made)
    assert (held(made), made.free, made.short) == ([1], 0, 0)
    assert_adds_up(made)


def _orders(first: int, second: int) -> Iterator[list[bool]]:
    """Every way in which two sequences may come between each other; true is one of the first."""
    for places in combinations(range(first + second), first):
        yield [n in places for n in range(first + second)]


@pytest.mark.parametrize("stock", [1, 3])
@pytest.mark.parametrize("ends", [True, False])
def test_it_ends_the_same_whichever_is_heard_first(stock: int, ends: bool) -> None:
    """What the shop shows and what is said of the order each keep their own order, and come mixed in any way."""
    for mixed in _orders(2, 2):
        made, trial = counted(stock), Trial()
        shown: list[Step] = [
            lambda made: master_shows(made, stock - 1, DROPPED),
            lambda made: master_shows(made, stock if ends else stock - 1, ROSE),
        ]
        said: list[Step] = [trial.told, trial.ended if ends else trial.told]
        for is_shown in mixed:
            (shown if is_shown else said).pop(0)(made)
            assert_adds_up(made)
        assert (made.free, tried(made)) == (stock, 0 if ends else 1), mixed


@pytest.mark.parametrize("quantity", [1, 2])
def test_units_sold_meanwhile_are_missed_whichever_is_heard_first(quantity: int) -> None:
    """Its units came back and another was taken before the shop was looked at again."""
    for heard_first in (True, False):
        made, trial = counted(5), Trial(quantity)
        trial.told(made)
        master_shows(made, 5 - quantity, DROPPED)
        made.changes.take_facts()
        if heard_first:
            trial.ended(made)
        master_shows(made, 4, ROSE)
        if not heard_first:
            trial.ended(made)
        assert (made.free, tried(made), targets(made)[OTHER]) == (4, 0, 4), heard_first
        assert_adds_up(made)


@pytest.mark.parametrize("heard_first", [True, False])
def test_of_two_one_ends_and_the_other_stands(heard_first: bool) -> None:
    made = counted(2)
    one = Trial()
    other = Trial(others=one)
    one.told(made)
    other.told(made)
    one.others = other
    master_shows(made, 0, DROPPED)
    if heard_first:
        one.ended(made)
    master_shows(made, 1, ROSE)
    if not heard_first:
        one.ended(made)
    assert (made.free, tried(made)) == (2, 1)
    master_shows(made, 1, ROSE + timedelta(minutes=1))
    assert (made.free, tried(made), targets(made)) == (2, 1, {}), "seen again it is no drop"
    other.ended(made, at=ROSE + timedelta(minutes=2))
    master_shows(made, 2, ROSE + timedelta(minutes=3))
    assert (made.free, tried(made), targets(made)) == (2, 0, {})
    assert_adds_up(made)


def test_one_deleted_and_corrected_hides_no_drop_after_a_later_one() -> None:
    """Nobody tells of the deletion: it stands for ever, and its units are on show again."""
    made = counted(2)
    deleted = Trial()
    deleted.told(made)
    master_shows(made, 1, DROPPED)
    master_shows(made, 2, DROPPED + timedelta(minutes=1))
    later_one = Trial(others=deleted)
    later_one.told(made)
    later_one.ended(made)
    assert (made.free, tried(made)) == (2, 0)
    master_shows(made, 1, ROSE)
    assert made.free == 1


async def _tried(stack: Stack, *facts: Any) -> None:
    await stack.sales(*(record_of(fact, test=True) for fact in facts))


async def _listed(stack: Stack, shop: Shop, quantity: int) -> None:
    await stack.listings(
        shop.seen(quantity=quantity, master=True, at=SYNCED),
        shop.seen(Platform.EBAY, quantity=quantity, at=SYNCED),
    )


def _shows(shop: Shop, quantity: int, revision: int, minutes: int) -> Any:
    at = SOLD + timedelta(minutes=minutes)
    return shop.seen(quantity=quantity, revision=revision, master=True, settled=revision, at=at)


@pytest.mark.bus
@pytest.mark.parametrize("order_first", [True, False])
async def test_a_test_order_at_the_stock_master_empties_nothing(
    stack: Stack, shop: Shop, order_first: bool
) -> None:
    await _listed(stack, shop, 1)
    order = shop.sale(Platform.SHOPIFY)
    if order_first:
        await _tried(stack, order)
    await stack.listings(_shows(shop, 0, 2, 2))
    if not order_first:
        await _tried(stack, order)
    again = later(order, SaleUpdated, 2, title="Jacket")
    await _tried(stack, again, order)
    assert (await stack.free(), await stack.one("select max(tried) from listings")) == (1, 1)
    ebay = shop.listing(Platform.EBAY, "A-1")
    aimed = [t for fact in await stack.said(StockChanged) for t in fact.targets if t.listing_id == ebay]
    assert [t.quantity for t in aimed] == ([] if order_first else [0, 1])
    assert not any(event.test for event in await emitted(stack.database, "stock.changed"))
    assert (await stack.said(ListingSold), await stack.rows("select 1 from holds")) == ([], [])
    await _tried(stack, cancelled(order, SaleCancelled, 3))
    await stack.listings(_shows(shop, 1, 9, 200))
    assert (await stack.free(), await stack.one("select max(tried) from listings")) == (1, 0)
    assert await stack.rows("select 1 from questions where answered_at is null") == []
    assert await stack.broken_invariants() == []


@pytest.mark.bus
async def test_one_on_a_listing_that_shows_no_article_is_remembered(stack: Stack, shop: Shop) -> None:
    """Its second word is not taken for its first once the listing shows one."""
    order = shop.sale(Platform.SHOPIFY)
    await _tried(stack, order)
    await stack.listings(shop.seen(quantity=2, master=True, at=SOLD + timedelta(minutes=1)))
    await _tried(stack, later(order, SaleUpdated, 2, title="Jacket"))
    assert await stack.rows("select free, tried from articles a join listings l on l.article_id = a.id") == [
        (2, 0)
    ]


@pytest.mark.bus
async def test_one_older_than_its_accounts_connection_changes_nothing(stack: Stack, shop: Shop) -> None:
    await _listed(stack, shop, 2)
    await _tried(stack, shop.sale(Platform.SHOPIFY, connected=SOLD + timedelta(days=1)))
    assert (await stack.one("select max(tried) from listings"), await stack.rows("select 1 from tries")) == (
        0,
        [],
    )


@pytest.mark.bus
async def test_an_article_explains_it_in_words(stack: Stack, shop: Shop) -> None:
    await _listed(stack, shop, 2)
    await stack.listings(_shows(shop, 1, 2, 2))
    order = shop.sale(Platform.SHOPIFY)
    await _tried(stack, order)
    await _tried(stack, cancelled(order, SaleCancelled, 2, restock=SaidRestock.RESTOCKED))
    async with stack.http() as client:
        (one,) = (await client.get("/v1/articles")).json()["items"]
        told = (await client.get(f"/v1/articles/{one['id']}/timeline")).json()["items"]
    texts = [item["text"] for item in told]
    assert "A test order took 1 on Shopify: nothing is sold, so the stock stays." in texts
    assert "A test order on Shopify gave 1 back." in texts
    assert "+1: what Shopify shows was down to a test order." in texts


@pytest.mark.bus
async def test_other_tenants_listings_are_out_of_its_reach(stack: Stack, shop: Shop) -> None:
    await _listed(stack, shop, 2)
    stranger = Shop()
    theirs = stranger.sale(Platform.SHOPIFY).model_copy(
        update={"listing_id": shop.listing(Platform.SHOPIFY, "A-1")}
    )
    assert isinstance(theirs, SaleDetected)
    await _tried(stack, theirs)
    assert (await stack.free(), await stack.one("select max(tried) from listings")) == (2, 0)


@pytest.mark.bus
async def test_an_erased_tenants_are_forgotten(stack: Stack, shop: Shop) -> None:
    await _listed(stack, shop, 2)
    await _tried(stack, shop.sale(Platform.SHOPIFY))
    assert await stack.one("select count(*) from tries") == 1
    await stack.tenants(TenantErased(tenant_id=shop.tenant, erased_at=SOLD))
    assert await stack.rows("select 1 from tries") == []
