"""Readings of articles: whole or of what changed, one after another and two at once; none loses or invents a listing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from connector_shopify.client.position import FAR, Position
from connector_shopify.domain import SoldOut, TakenProduct
from connector_shopify.usecases import change
from reading_shop import ReadingShop
from shop_reader import ALWAYS, NEVER, Reader
from shopify_takedowns import SETTLE
from soldwire_contracts.values import RunState
from testkit.connector import Bench

VARIANTS = 9
"""Three pages of the shop's."""
CHANGED = ["ChangedVariants", "ChangedProducts"]


@pytest.fixture
async def reader(bench: Bench) -> Reader:
    await bench.connect()
    await bench.execute("delete from budgets")  # this shop allows more than the one that was asked who it is
    shop = ReadingShop()
    for number in range(1, VARIANTS + 1):
        shop.add(number, units=number)
    return Reader(bench, shop, bulk_after=NEVER)


async def _next_reads(reader: Reader, how: str) -> None:
    """The next run reads the changed articles alone, or all."""
    reader.shop.asked.clear()
    last = await reader.read()
    assert last.outcome == RunState.COMPLETE, last.reason
    assert ("Variants" in reader.shop.asked, "ChangedVariants" in reader.shop.asked) == (
        how == "all",
        how == "changed",
    )


async def _up_to(reader: Reader) -> tuple[datetime, datetime]:
    async with reader.bench.service.database.bus([reader.bench.tenant]) as uow:
        rows = await uow.conn.execute_sql("select articles_up_to, articles_whole_at from accounts")
        row = rows.one()
    return row.articles_up_to, row.articles_whole_at


async def test_after_a_whole_reading_only_what_changed_is_read_for_a_day(reader: Reader) -> None:
    await _next_reads(reader, "all")
    _, whole = await _up_to(reader)
    await _next_reads(reader, "changed")
    up_to, still = await _up_to(reader)
    assert (up_to > whole, still) == (True, whole)
    await reader.bench.execute(
        "update accounts set connected_at = now() - interval '9 days', granted_at = null"
    )
    await reader.bench.execute("update accounts set articles_whole_at = now() - interval '23 hours'")
    await _next_reads(reader, "changed")
    await reader.bench.execute("update accounts set articles_whole_at = now() - interval '25 hours'")
    await _next_reads(reader, "all")


async def test_who_connects_again_or_counts_stock_elsewhere_has_everything_read(reader: Reader) -> None:
    await _next_reads(reader, "all")
    await reader.bench.connect()
    await reader.bench.execute("delete from budgets")
    await _next_reads(reader, "all")
    await _next_reads(reader, "changed")
    async with reader.bench.service.database.bus([reader.bench.tenant]) as uow:
        await change(uow, reader.bench.account, stock_master=True)
    await _next_reads(reader, "all")
    assert all(one.stock_master for one in (await reader.last_said()).values())


async def test_a_changed_variant_and_the_variants_of_a_changed_product_are_read(reader: Reader) -> None:
    """A product's state does not move its variants' own time."""
    await reader.read()
    now = datetime.now(UTC)
    sold, drafted, new = reader.shop.variants[2], reader.shop.variants[3], reader.shop.add(50, units=5)
    sold.levels, sold.changed_at, sold.product_changed_at = {"9": 1}, now, now
    drafted.status, drafted.title, drafted.product_changed_at = "DRAFT", "Another", now
    new.changed_at = new.product_changed_at = now
    reader.shop.asked.clear()
    last = await reader.read()
    assert await reader.shown() == reader.truth()
    assert (last.done, last.total, last.drafts) == (3, None, 1)
    assert reader.shop.asked == [*CHANGED, "ChangedVariants"]


async def test_what_changed_shortly_before_the_last_reading_is_read_again(reader: Reader) -> None:
    """A marketplace's search lags behind what it is asked for."""
    await reader.read()
    up_to, _ = await _up_to(reader)
    late = reader.shop.variants[4]
    late.levels, late.changed_at = {"9": 0}, up_to - timedelta(minutes=9)
    await reader.read()
    assert await reader.shown() == reader.truth()


async def test_only_a_whole_reading_ends_what_it_does_not_show(reader: Reader) -> None:
    await reader.read()
    del reader.shop.variants[5]
    await reader.read()
    assert (await reader.shown())["SKU-5"] == (5, "live")
    await reader.bench.execute("update accounts set articles_whole_at = now() - interval '25 hours'")
    await reader.read()
    assert (await reader.shown())["SKU-5"] == (0, "gone")


async def test_a_run_that_is_taken_up_again_goes_on_the_way_it_began(reader: Reader) -> None:
    """A whole reading that outlasts its day, and one that began before its process died."""
    await reader.ask()
    await reader.killed(at_request=3)
    await reader.bench.execute("update accounts set articles_whole_at = now(), articles_up_to = now()")
    assert (await reader.ended()).outcome == RunState.COMPLETE
    assert await reader.shown() == reader.truth()
    assert not set(CHANGED) & set(reader.shop.asked)
    for variant in reader.shop.variants.values():
        variant.changed_at = datetime.now(UTC)
    reader.shop.asked.clear()
    await reader.ask()
    await reader.killed(at_request=2)
    await reader.bench.execute("update accounts set articles_whole_at = null")
    assert (await reader.ended()).outcome == RunState.COMPLETE
    assert "Variants" not in reader.shop.asked


async def test_killed_at_any_request_a_whole_reading_ends_with_what_the_shop_has(reader: Reader) -> None:
    for at_request in (1, 2, 3, 4):
        await reader.bench.execute("update accounts set articles_whole_at = null")
        reader.shop.variants.pop(at_request)
        reader.shop.add(100 + at_request)
        await reader.ask()
        await reader.killed(at_request)
        await reader.ended()
        shown = await reader.shown()
        assert {sku: what for sku, what in shown.items() if what[1] != "gone"} == reader.truth()


async def test_two_readings_at_once_end_nothing_the_other_has_just_seen(reader: Reader) -> None:
    """The first has read past where a listing is put up; the second sees it, and the first ends."""
    await reader.ask()
    began, go_on = asyncio.Event(), asyncio.Event()

    async def stand_still() -> None:
        began.set()
        await go_on.wait()

    reader.shop.before_answer = {"Variants": stand_still}
    first = asyncio.create_task(reader.process().turn())
    await asyncio.wait_for(began.wait(), 20)
    reader.shop.add(0, units=3)  # before all others, where the first has looked already
    await reader.ask()
    second = asyncio.create_task(reader.process().turn())
    await second
    go_on.set()
    await first
    assert await reader.bench.count("runs where outcome = 'complete'") == 2
    assert await reader.shown() == reader.truth()
    up_to, _ = await _up_to(reader)
    async with reader.bench.service.database.bus([reader.bench.tenant]) as uow:
        latest = (await uow.conn.execute_sql("select max(phase_began_at) from runs")).scalar_one()
    assert up_to == latest, "the watermark is that of the reading that began last, whichever ended last"


async def test_a_listing_that_comes_while_all_are_read_is_not_ended(reader: Reader) -> None:
    began, go_on = asyncio.Event(), asyncio.Event()

    async def stand_still() -> None:
        began.set()
        await go_on.wait()

    await reader.ask()
    reader.shop.before_answer = {"Variants": stand_still}
    reading = asyncio.create_task(reader.process().turn())
    await asyncio.wait_for(began.wait(), 20)
    reader.shop.add(0, units=3)
    await reader.hears_of(0)
    go_on.set()
    await reading
    assert await reader.shown() == reader.truth()


async def test_a_reading_that_failed_or_was_cancelled_moves_nothing_and_ends_nothing(reader: Reader) -> None:
    await reader.read()
    moved = await _up_to(reader)
    await reader.bench.execute(
        "update accounts set articles_whole_at = articles_whole_at - interval '2 days'"
    )
    del reader.shop.variants[1]
    await reader.ask()
    await reader.killed(at_request=3)
    await reader.ask(RunState.CANCELLED, again=True)
    assert (await reader.ended()).outcome == RunState.CANCELLED
    assert (await _up_to(reader))[0] == moved[0]
    assert (await reader.shown())["SKU-1"] == (1, "live")


async def test_a_clock_that_is_behind_ends_nothing_it_has_just_read(reader: Reader) -> None:
    """The process that goes on with a run has another clock than the one that began it."""
    await reader.read()
    await reader.bench.execute("update accounts set articles_whole_at = null")
    reader.ahead = -timedelta(minutes=1)
    await reader.read()
    assert await reader.shown() == reader.truth()


async def test_changed_articles_beyond_what_pages_show_are_read_from_the_last_one_on(reader: Reader) -> None:
    """A checkpoint that is as far as pages go: the query starts anew after its last variant."""
    await reader.read()
    for variant in reader.shop.variants.values():
        variant.levels, variant.changed_at = {"9": 7}, datetime.now(UTC)
    await reader.ask()
    await reader.killed(at_request=2)
    at = Position("0", "4", FAR - 4)
    await reader.bench.execute(f"update runs set cursor = 'variants:{at}' where outcome is null")
    reader.shop.asked.clear()
    last = await reader.ended()
    assert await reader.shown() == reader.truth()
    assert last.done == VARIANTS
    assert "id:>8" in reader.shop.queries[-1]


async def test_a_changed_product_of_very_many_variants_is_read_to_its_end(reader: Reader) -> None:
    """Its other variants are more than one search shows: the search starts anew after the last, and ends."""
    now = datetime.now(UTC)
    for number in range(1, FAR + 500):
        reader.shop.add(number, product=1)
    reader.shop.variants[1].product_changed_at = now
    reader.shop.page = 250
    seen: list[str] = []
    reading = reader.marketplace().listings_changed_since(await reader.account(), now - timedelta(minutes=1))
    async with asyncio.timeout(60):
        async for page in reading:
            seen += [str(one.sku) for one in page.listings]
    assert len(seen) == len(set(seen)) == FAR + 499


@pytest.mark.parametrize("way", [SoldOut.DRAFT, SoldOut.ARCHIVE])
async def test_what_soldwire_took_off_show_is_told_as_if_it_were_on_show(
    reader: Reader, way: SoldOut
) -> None:
    """By pages of all and of what changed; what its seller drafted is his draft."""
    long_ago = datetime.now(UTC) - 2 * SETTLE
    for number in (3, 4):
        reader.shop.variants[number].levels = {"9": 0}
        reader.shop.variants[number].status = str(way.status)
    reader.memory.taken["3"] = TakenProduct("3", way, "ACTIVE", (), long_ago, long_ago)
    his = {SoldOut.DRAFT: "draft", SoldOut.ARCHIVE: "ended"}[way]
    for _ in ("all", "changed"):
        await reader.read()
        shown = await reader.shown()
        assert (shown["SKU-3"], shown["SKU-4"]) == ((0, "live"), (0, his))
        off = f"listings where sku = 'SKU-3' and refs ->> 'off_show' = '{str(way.status).lower()}'"
        assert await reader.bench.count(off) == 1
        for number in (3, 4):
            reader.shop.variants[number].product_changed_at = datetime.now(UTC)
    assert "ChangedProducts" in reader.shop.asked
    assert set(reader.memory.taken) == {"3"}


async def test_without_the_scope_for_publications_a_shop_is_read_all_the_same(reader: Reader) -> None:
    """It was connected again without it, while a product was unpublished."""
    long_ago = datetime.now(UTC) - 2 * SETTLE
    reader.shop.denies = "PublicationsOfSeveral"
    reader.memory.taken["3"] = TakenProduct("3", SoldOut.UNPUBLISH, "ACTIVE", ("1",), long_ago, long_ago)
    assert (await reader.read()).outcome == RunState.COMPLETE
    assert await reader.shown() == reader.truth()
    assert set(reader.memory.taken) == {"3"}


@pytest.mark.parametrize("bulk_after", [ALWAYS, NEVER], ids=["bulk", "pages"])
async def test_a_price_nobody_can_pay_does_not_keep_a_shop_from_being_read(
    reader: Reader, bulk_after: float
) -> None:
    """Sellers write such prices on what is not for sale; Shopify takes amounts of eighteen digits."""
    reader.bulk_after = bulk_after
    reader.shop.variants[3].price = "999999999999999999.00"
    assert (await reader.read()).outcome == RunState.COMPLETE
    assert await reader.shown() == reader.truth()
    last = await reader.last_said()
    assert (last["SKU-3"].price, str(last["SKU-4"].price.amount)) == (None, "20.00")  # type: ignore[union-attr]


async def test_a_listing_that_was_only_read_for_a_call_does_not_hold_up_a_whole_reading(
    reader: Reader,
) -> None:
    """A sale named it, its stock was set, and it was deleted before any reading of all articles."""
    await reader.bench.execute(
        "insert into listings (listing_id, tenant_id, account_id, seen_at) "
        f"values (gen_random_uuid(), '{reader.bench.tenant}', '{reader.bench.account}', now())"
    )
    async with asyncio.timeout(20):
        assert (await reader.read()).outcome == RunState.COMPLETE


async def test_the_total_is_told_where_the_shop_has_counted_to_the_end(reader: Reader) -> None:
    assert (await reader.read()).total == VARIANTS
    await reader.bench.execute("update accounts set articles_whole_at = null")
    reader.shop.precision = "AT_LEAST"
    assert (await reader.read()).total is None


async def test_stock_at_more_locations_than_a_page_shows_is_read_whole(reader: Reader) -> None:
    reader.shop.add(70, levels={"1": 2, "2": 0, "3": 4, "4": 1})
    await reader.read()
    assert (await reader.shown())["SKU-70"] == (7, "live")
    assert await reader.bench.count("listings where refs ->> 'levels' = '1=2,2=0,3=4,4=1'") == 1
