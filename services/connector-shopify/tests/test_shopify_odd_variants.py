"""Variants whose values nobody can keep: told without them, counted and said, and their shop is read all the same."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from connector_kit import usecases
from connector_kit.domain import Call, SeenQuantity
from connector_kit.usecases.listings import QuantityNews
from connector_shopify.client.stock import planned
from connector_shopify.wire.listings import VariantNode, seen_variant, stock_refs
from connector_shopify.wire.webhooks import map_webhook
from kit.clock import utc_now
from kit.ids import new_id
from reading_shop import ReadingShop, Variant
from shop_reader import ALWAYS, NEVER, Reader
from soldwire_contracts.values import RunState
from testkit.connector import Bench

VARIANTS = 9
MOST = 1_000_000_000


@pytest.fixture(params=[ALWAYS, NEVER], ids=["bulk", "pages"])
async def reader(request: pytest.FixtureRequest, bench: Bench) -> Reader:
    await bench.connect()
    await bench.execute("delete from budgets")  # this shop allows more than the one that was asked who it is
    shop = ReadingShop()
    for number in range(1, VARIANTS + 1):
        shop.add(number, units=number)
    return Reader(bench, shop, bulk_after=request.param)


ODD: dict[str, tuple[dict[str, Any], str]] = {
    "too many units": ({"levels": {"1": 2_000_000_000, "2": 2_000_000_000}}, "its quantity"),
    "beyond Shopify's own integers": ({"levels": {"1": 9_000_000_000_000}}, "its quantity"),
    "owed by the billion": ({"levels": {"1": -2_000_000_000}}, "its quantity"),
    "dear": ({"price": "999999999999999999.00"}, "its price"),
    "no number": ({"price": "free"}, "its price"),
    "a long SKU": ({"sku": "S" * 300}, "its SKU"),
    "a long title": ({"title": "羊" * 5_000}, "a part of its title"),
}


@pytest.mark.parametrize("what", ODD)
async def test_what_can_t_be_kept_is_left_out_and_said(reader: Reader, what: str) -> None:
    """Its neighbours are read, and so is the rest of it."""
    given, words = dict(ODD[what][0]), ODD[what][1]
    reader.shop.variants[3] = Variant(3, given.pop("title", "Coat 3"), given.pop("levels", {"9": 3}), **given)
    last = await reader.read()
    assert last.outcome == RunState.COMPLETE, last.reason
    assert str(last.reason).startswith("1 article is not taken in exactly as Shopify tells")
    assert f"(variant 3) without {words}." in str(last.reason)
    assert last.done == VARIANTS
    assert await reader.bench.count("listings where state = 'live'") == VARIANTS


async def test_nul_and_half_characters_are_left_out_of_texts(reader: Reader) -> None:
    reader.shop.variants[3].title = "Co\x00at \ud83d"
    reader.shop.variants[4].sku = "\x00"
    assert (await reader.read()).outcome == RunState.COMPLETE
    last = await reader.last_said()
    assert (last["SKU-3"].title, last["None"].title) == ("Coat ?", "Coat 4")


async def test_as_many_as_there_are_are_counted(reader: Reader) -> None:
    for number in (2, 5, 8):
        reader.shop.variants[number].price = "9" * 30
    assert str((await reader.read()).reason).startswith("3 articles are not taken in exactly")


async def test_one_that_can_t_be_read_at_all_stays_as_it_was(reader: Reader) -> None:
    """It is there: no whole reading ends it. Read in bulk, the file is left for pages."""
    await reader.read()
    await reader.bench.execute("update accounts set articles_whole_at = null")
    reader.shop.variants[3].odd = {"product": None}
    reader.shop.variants[4].levels = {"9": 1}
    last = await reader.read()
    assert last.outcome == RunState.COMPLETE
    assert "variant 3 stays as it was (product:" in str(last.reason)
    shown = await reader.shown()
    assert (shown["SKU-3"], shown["SKU-4"]) == ((3, "live"), (1, "live"))


async def test_what_is_told_of_one_that_can_t_be_read_counts_though_it_was_told_during_the_reading(
    reader: Reader,
) -> None:
    """Nobody saw how many there are when its page was recorded: a webhook of a sale, mapped after that, is news."""
    await reader.read()
    await reader.bench.execute("update accounts set articles_whole_at = null")
    reader.shop.variants[3].odd = {"product": None}
    await reader.read()
    async with reader.bench.service.database.bus([reader.bench.tenant]) as uow:
        began = (await uow.conn.execute_sql("select max(phase_began_at) from runs")).scalar()
        assert isinstance(began, datetime)
        sold = SeenQuantity("variant:3", 1, began + timedelta(milliseconds=1))
        await usecases.record_quantities(uow, [QuantityNews(await reader.account(), sold)])
    assert (await reader.shown())["SKU-3"] == (1, "live")


async def test_read_as_changed_it_is_said_as_well(reader: Reader) -> None:
    await reader.read()
    reader.shop.variants[3].price = "free"
    reader.shop.variants[3].changed_at = utc_now()
    last = await reader.read()
    assert "ChangedVariants" in reader.shop.asked
    assert (last.outcome, "without its price" in str(last.reason)) == (RunState.COMPLETE, True)


@pytest.mark.parametrize("units", [-(10**12), -2_000_000_000, 2_000_000_000, 10**12])
def test_a_webhook_of_more_units_than_can_be_kept_is_no_dead_letter(units: int) -> None:
    """Neither of a stock level nor of a product, whose other variants it would take along."""
    at = utc_now().isoformat()
    level = {"inventory_item_id": 1, "location_id": 2, "available": units, "updated_at": at}
    variants = [{"id": 5, "inventory_quantity": units}, {"id": 6, "inventory_quantity": 1}]
    product = {"id": 7, "status": "active", "updated_at": at, "variants": variants}
    told = MOST if units > 0 else -MOST
    (news,) = map_webhook("inventory_levels/update", json.dumps(level).encode(), {}).quantities
    assert news.quantity == told
    both = map_webhook("products/update", json.dumps(product).encode(), {}).quantities
    assert [one.quantity for one in both] == [told, 1]


def _node(*levels: int) -> VariantNode:
    variant = Variant(3, "Coat", {str(place): units for place, units in enumerate(levels)})
    return VariantNode.model_validate(variant.node(10))


@pytest.mark.parametrize("levels", [(2_000_000_000,), (2_000_000_000, 2_000_000_000)], ids=str)
def test_more_units_than_are_told_are_still_taken_down_compared(levels: tuple[int, ...]) -> None:
    """The call compares what each location really holds, not what was told of them."""
    seen = seen_variant(_node(*levels), "GBP", utc_now())
    refs = stock_refs(seen.refs)
    assert refs is not None
    assert seen.quantity == MOST
    plan = planned(refs, Call(0, seen.quantity, new_id()))
    assert [(level.now, level.wanted) for level in plan] == [(units, 0) for units in levels]


def test_a_currency_no_book_is_kept_in_leaves_the_price_out() -> None:
    assert seen_variant(_node(1), "USDC", utc_now()).price is None
