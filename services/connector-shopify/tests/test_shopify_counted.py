"""Whole readings that end far below what the shop counts: none of them ends a listing on that word."""

from __future__ import annotations

import pytest
from connector_shopify.client.bulk_place import BulkPlace
from connector_shopify.client.counting import is_short
from connector_shopify.client.position import Position, WholePlace
from reading_shop import ReadingShop
from shop_reader import ALWAYS, NEVER, Reader
from soldwire_contracts.values import RunState
from testkit.connector import Bench

VARIANTS = 30
LATER = 1e9
"""Pages are the way, and bulk where they fail."""


@pytest.fixture
async def reader(bench: Bench) -> Reader:
    """A shop all of whose articles were read before."""
    await bench.connect()
    await bench.execute("delete from budgets")  # this shop allows more than the one that was asked who it is
    shop = ReadingShop()
    for number in range(1, VARIANTS + 1):
        shop.add(number, units=number)
    reader = Reader(bench, shop, bulk_after=NEVER)
    assert (await reader.read()).outcome == RunState.COMPLETE
    await bench.execute("update accounts set articles_whole_at = null")
    shop.asked.clear()
    return reader


async def _ends_nothing(reader: Reader) -> None:
    """It failed, in words, and every listing is as it was."""
    last = await reader.read()
    assert last.outcome == RunState.FAILED
    assert "Shopify counts 30 variants in this shop but shows only 10" in str(last.reason)
    assert await reader.shown() == reader.truth()
    assert await reader.bench.count("accounts where articles_whole_at is not null") == 0


async def test_pages_that_end_early_end_no_listing(reader: Reader) -> None:
    reader.shop.pages_end = 10
    await _ends_nothing(reader)
    assert not reader.shop.operations, "bulk is never to be"


async def test_pages_that_end_early_are_left_for_bulk(reader: Reader) -> None:
    reader.shop.pages_end, reader.bulk_after = 10, LATER
    last = await reader.read()
    assert (last.outcome, last.done) == (RunState.COMPLETE, VARIANTS)
    assert len(reader.shop.operations) == 1
    assert await reader.shown() == reader.truth()


async def test_bulk_that_holds_too_few_is_left_for_pages(reader: Reader) -> None:
    reader.shop.bulk_ends, reader.bulk_after = 10, ALWAYS
    last = await reader.read()
    assert (last.outcome, last.done) == (RunState.COMPLETE, VARIANTS)
    assert "file" not in reader.shop.asked
    assert await reader.shown() == reader.truth()


@pytest.mark.parametrize("bulk_after", [ALWAYS, LATER], ids=["bulk first", "pages first"])
@pytest.mark.parametrize("in_bulk", [20, 0], ids=["other ones", "none"])
async def test_where_neither_brings_them_the_run_fails(
    reader: Reader, bulk_after: float, in_bulk: int
) -> None:
    """Both are too few, and they do not agree."""
    reader.shop.pages_end, reader.shop.bulk_ends, reader.bulk_after = 10, in_bulk, bulk_after
    last = await reader.read()
    assert last.outcome == RunState.FAILED
    assert await reader.shown() == reader.truth()


@pytest.mark.parametrize("bulk_after", [ALWAYS, LATER], ids=["bulk first", "pages first"])
async def test_a_count_that_both_ways_contradict_is_wrong(reader: Reader, bulk_after: float) -> None:
    """A shop may count what it does not list; it is read all the same."""
    reader.shop.counts, reader.bulk_after = 2 * VARIANTS, bulk_after
    del reader.shop.variants[7]
    last = await reader.read()
    assert (last.outcome, last.done) == (RunState.COMPLETE, VARIANTS - 1)
    assert (await reader.shown())["SKU-7"] == (0, "gone")


async def test_what_was_deleted_while_it_was_read_is_not_missed(reader: Reader) -> None:
    """Counted at the beginning, gone before its page came: at the end the shop counts again."""
    await reader.ask()
    await reader.killed(at_request=3)
    for number in range(11, VARIANTS + 1):
        del reader.shop.variants[number]
    assert (await reader.ended()).outcome == RunState.COMPLETE
    shown = await reader.shown()
    assert {sku: what for sku, what in shown.items() if what[1] != "gone"} == reader.truth()


async def test_killed_anywhere_it_still_counts_what_was_read_before(reader: Reader) -> None:
    reader.shop.pages_end = 10
    await reader.ask()
    for _ in range(3):
        await reader.killed(at_request=2)
    assert (await reader.ended()).outcome == RunState.FAILED
    assert await reader.shown() == reader.truth()


@pytest.mark.parametrize(
    ("brought", "counted", "elsewhere", "short"),
    [
        (0, None, None, False),
        (0, 5, None, False),
        (0, 6, None, True),
        (25_000, 25_400, None, False),
        (25_000, 27_000, None, True),
        (25_000, 27_000, 25_010, False),
        (25_000, 27_000, -1, True),
        (0, 30, 0, True),
        (30, 10, None, False),
    ],
)
def test_what_is_short(brought: int, counted: int | None, elsewhere: int | None, short: bool) -> None:
    assert is_short(brought, counted, elsewhere=elsewhere) is short


def test_a_place_is_read_back_as_it_was_written_also_by_an_older_version() -> None:
    for place in (WholePlace(), WholePlace(Position("8", "a|b", 4), 30, 12, -1, 2)):
        assert WholePlace.of(str(place)) == place
    assert WholePlace.of("8|4|a|b") == WholePlace(Position("8", "a|b", 4))
    held = BulkPlace.of("bulk|2026-01-02T03:04:05+00:00|42|7|3")
    assert held is not None
    assert (held.operation, held.lines, held.roots, held.in_pages, held.odd) == ("42", 7, 3, None, 0)
