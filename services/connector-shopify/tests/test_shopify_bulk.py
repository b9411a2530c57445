"""All articles of a large shop by a bulk operation: whatever goes wrong, what is read is the shop's truth."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from connector_shopify.client.bulk_place import BulkPlace
from connector_shopify.client.documents.bulk import all_articles
from connector_shopify.domain import SoldOut, TakenProduct
from graphql import parse, validate
from reading_shop import Operation, ReadingShop
from shop_reader import Reader
from shopify_takedowns import SETTLE
from soldwire_contracts.values import RunState
from test_shopify_documents import SANDBOXS, SHOPIFYS, _schema
from testkit.connector import Bench

VARIANTS = 600
"""More than two pages."""


@pytest.fixture
async def reader(bench: Bench) -> Reader:
    await bench.connect()
    await bench.execute("delete from budgets")  # this shop allows more than the one that was asked who it is
    shop = ReadingShop()
    for number in range(1, VARIANTS + 1):
        levels = {str(place): number % 5 for place in range(1, 1 + number % 4)} or {"9": 0}
        status = "DRAFT" if number % 100 == 0 else "ACTIVE"
        shop.add(number, levels=levels, status=status, title=f"Coat\u2028{number} {{}}")
    return Reader(bench, shop)


async def _read_whole(reader: Reader) -> None:
    """The run is complete, and what was said is what the shop has."""
    last = await reader.ended()
    assert last.outcome == RunState.COMPLETE, last.reason
    assert await reader.shown() == reader.truth()
    assert (last.done, last.listings, last.total) == (VARIANTS, VARIANTS, VARIANTS)
    assert last.drafts == VARIANTS // 100
    held = "accounts where articles_whole_at is not null and articles_up_to = articles_whole_at"
    assert await reader.bench.count(held) == 1


@pytest.mark.parametrize("schema", [SANDBOXS, SHOPIFYS], ids=["sandbox", "Shopify"])
def test_what_is_read_in_bulk_fits_the_schema(schema: object) -> None:
    if not schema.exists():  # type: ignore[attr-defined]
        pytest.skip("Shopify's schema is not at ../shared/marketplaces")
    document = all_articles(BulkPlace(datetime(2026, 1, 1, tzinfo=UTC)).name)
    assert validate(_schema(schema), parse(document)) == []  # type: ignore[arg-type]


async def test_a_place_is_read_back_as_it_was_written() -> None:
    place = BulkPlace(datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC), "42", 7, 3)
    assert BulkPlace.of(str(place)) == place
    assert BulkPlace.of("0|0|") is None


async def test_a_large_shop_is_read_by_one_operation_with_all_its_stock_levels(reader: Reader) -> None:
    reader.shop.ready_after = 3
    await reader.ask()
    await _read_whole(reader)
    assert len(reader.shop.operations) == 1
    assert "Variants" not in reader.shop.asked, "no page was asked for"
    held = "listings where refs ->> 'levels' = '1=3,2=3,3=3'"
    assert await reader.bench.count(held) == len([n for n in range(1, VARIANTS + 1) if n % 20 == 3])


async def test_a_small_shop_is_read_in_pages(reader: Reader) -> None:
    reader.bulk_after = 60.0
    await reader.ask()
    await _read_whole(reader)
    assert not reader.shop.operations


async def test_while_the_operation_is_under_way_nobody_holds_the_run(reader: Reader) -> None:
    """One process carries out one run at a time: others go on meanwhile."""
    reader.shop.ready_after = 2
    await reader.ask()
    await reader.turn()
    assert await reader.bench.count("due_runs where lease_until is null and due_at > now()") == 1
    await _read_whole(reader)


async def test_a_process_killed_at_any_request_is_followed_by_one_that_goes_on(reader: Reader) -> None:
    """What was begun is found again, by its name before its id is on record, however many there were before."""
    reader.shop.ready_after = 2
    for number in range(1, 31):
        reader.shop.operations[number] = Operation(number, "query Another { shop { id } }", [], 0)
    for at_request in (1, 2, 3):
        await reader.bench.execute("update accounts set articles_whole_at = null")
        begun = len(reader.shop.operations)
        await reader.ask()
        for _ in range(3):
            await reader.killed(at_request)
        await _read_whole(reader)
        assert len(reader.shop.operations) - begun == 1


async def test_a_process_killed_after_any_page_is_followed_by_one_that_reads_on_from_there(
    reader: Reader,
) -> None:
    await reader.ask()
    await reader.turn()
    async with asyncio.timeout(30):
        while (await reader.progress())[-1].done == 0:
            await reader.everything_due()
            turning = asyncio.create_task(reader.process().turn())
            while not turning.done() and (await reader.progress())[-1].done == 0:
                await asyncio.sleep(0.005)
            turning.cancel()
            await asyncio.gather(turning, return_exceptions=True)
    done = (await reader.progress())[-1].done
    await _read_whole(reader)
    counted = [word.done for word in await reader.progress()]
    assert counted == sorted(counted)
    assert done in counted


def _cut_off_at(*lines: int) -> object:
    """The first downloads end after so many lines, without an error."""

    def file(operation: Operation) -> Iterable[bytes]:
        ends = lines[operation.downloads - 1] if operation.downloads <= len(lines) else None
        return operation.lines[:ends]

    return file


@pytest.mark.parametrize("ends", [(0,), (1,), (2,), (601, 602, 603, 640), (1199,)], ids=str)
async def test_a_file_that_is_cut_off_is_read_on_from_its_line(reader: Reader, ends: tuple[int, ...]) -> None:
    reader.shop.file = _cut_off_at(*ends)  # type: ignore[assignment]
    await reader.ask()
    await _read_whole(reader)
    assert len(reader.shop.operations) == 1
    assert reader.shop.operations[1].downloads == len(ends) + 1


@pytest.mark.parametrize(
    "broken",
    [b"{", b"[]", b"null", b'{"id": "gid://shopify/ProductVariant/1"}', b'{"__parentId": "x"}', b"\xff"],
    ids=repr,
)
async def test_a_file_with_a_broken_line_is_left_for_pages(reader: Reader, broken: bytes) -> None:
    reader.shop.file = lambda operation: [*operation.lines[:700], broken, *operation.lines[700:]]
    await reader.ask()
    await _read_whole(reader)
    assert "Variants" in reader.shop.asked


async def test_a_file_that_never_comes_whole_is_left_for_pages(reader: Reader) -> None:
    reader.shop.file = lambda operation: operation.lines[:-1]
    await reader.ask()
    await _read_whole(reader)
    assert reader.shop.operations[1].downloads == 3 + 1
    assert "Variants" in reader.shop.asked


@pytest.mark.parametrize("status", ["FAILED", "CANCELED", "CANCELING"])
async def test_an_operation_that_fails_is_left_for_pages(reader: Reader, status: str) -> None:
    reader.shop.ends_as = status
    await reader.ask()
    await _read_whole(reader)
    assert len(reader.shop.operations) == 1


@pytest.mark.parametrize("code", ["LIMIT_REACHED", "OPERATION_IN_PROGRESS", "INVALID"])
async def test_where_no_operation_is_begun_pages_are_read(reader: Reader, code: str) -> None:
    reader.shop.refuses = code
    await reader.ask()
    await _read_whole(reader)


async def test_an_operation_that_does_not_end_is_cancelled_after_half_an_hour(reader: Reader) -> None:
    reader.shop.ready_after = 1_000
    await reader.ask()
    await reader.turn()
    await reader.turn()
    assert not reader.shop.operations[1].cancelled
    reader.ahead = timedelta(minutes=31)
    await _read_whole(reader)
    assert reader.shop.operations[1].cancelled


async def test_an_operation_that_brings_nothing_at_all_ends_no_listing(reader: Reader) -> None:
    """The shop counted its articles just before: that it has none any more is asked of its pages."""
    await reader.read()
    await reader.bench.execute("update accounts set articles_whole_at = null")
    reader.shop.ready_after = 2
    await reader.ask()
    await reader.turn()
    reader.shop.operations[2].lines, reader.shop.operations[2].roots = [], 0
    await _read_whole(reader)


async def test_an_operation_that_ends_while_it_is_being_cancelled_ends_no_run(reader: Reader) -> None:
    """Shopify refuses to cancel what has ended."""
    reader.shop.ready_after, reader.shop.refuses_to_cancel = 1_000, True
    await reader.ask()
    await reader.turn()
    reader.ahead = timedelta(minutes=31)
    await _read_whole(reader)


async def test_a_file_from_before_a_product_came_off_show_forgets_nothing_of_it(reader: Reader) -> None:
    """It was written when the product was on show, and is read when that it came off has long settled."""
    long_ago = datetime.now(UTC) - 2 * SETTLE
    reader.shop.variants[3].levels = {"9": 0}
    await reader.ask()
    await reader.turn()
    product = TakenProduct("3", SoldOut.DRAFT, "ACTIVE", (), long_ago, datetime.now(UTC))
    reader.memory.taken["3"] = product
    reader.shop.variants[3].status = "DRAFT"
    await reader.ended()
    assert reader.memory.taken == {"3": product}
    assert (await reader.shown())["SKU-3"] == (0, "live")
    assert await reader.bench.count("listings where sku = 'SKU-3' and refs ->> 'off_show' = 'draft'") == 1
    await reader.bench.execute("update accounts set articles_whole_at = null")
    await reader.read()
    assert (await reader.shown())["SKU-3"] == (0, "live"), "nor does a file from after it"
    assert await reader.bench.count("listings where sku = 'SKU-3' and refs ->> 'off_show' = 'draft'") == 1


async def test_a_file_that_has_expired_is_made_again_and_counted_from_its_first_line(reader: Reader) -> None:
    reader.shop.file = lambda operation: 403 if operation.number == 1 else operation.lines
    await reader.ask()
    await reader.turn()
    reader.ahead = timedelta(days=8)
    await reader.turn()
    reader.ahead = timedelta()
    await _read_whole(reader)
    assert len(reader.shop.operations) == 2
    assert "Variants" not in reader.shop.asked


async def test_a_file_that_is_refused_at_once_is_left_for_pages(reader: Reader) -> None:
    reader.shop.file = lambda _: 403
    await reader.ask()
    await _read_whole(reader)
    assert len(reader.shop.operations) == 1


@pytest.mark.parametrize(
    "address", ["http://169.254.169.254/", "ftp://files.example/", "https://a:b@files.example/"]
)
async def test_a_file_at_an_address_that_is_none_of_shopifys_is_not_asked_for(
    reader: Reader, address: str
) -> None:
    reader.shop.files_at = address
    await reader.ask()
    await _read_whole(reader)
    assert "file" not in reader.shop.asked


async def test_one_redirect_is_followed_to_an_address_that_may_be_read(reader: Reader) -> None:
    reader.shop.file = lambda operation: (
        operation.lines if operation.downloads == 2 else f"https://other.example/{operation.number}"
    )
    await reader.ask()
    await _read_whole(reader)
    assert reader.shop.operations[1].downloads == 2


async def test_a_redirect_to_an_address_inside_is_not_followed(reader: Reader) -> None:
    reader.shop.file = lambda operation: f"http://127.0.0.1/{operation.number}"
    await reader.ask()
    await _read_whole(reader)
    assert reader.shop.operations[1].downloads == 1


async def test_a_run_taken_over_in_the_middle_of_a_file_is_ended_by_who_took_it(reader: Reader) -> None:
    await reader.ask()
    await reader.turn()
    waiting, go_on = asyncio.Event(), asyncio.Event()

    async def stand_still() -> None:
        waiting.set()
        await go_on.wait()

    reader.shop.before_line = {700: stand_still}
    await reader.everything_due()
    first = asyncio.create_task(reader.process().turn())
    await asyncio.wait_for(waiting.wait(), 20)
    await _read_whole(reader)
    said = len(await reader.progress())
    go_on.set()
    await first
    assert len(await reader.progress()) == said, "who lost the lease said nothing more"
    assert not reader.shop.operations[1].cancelled


async def test_a_run_that_is_cancelled_cancels_its_operation(reader: Reader) -> None:
    reader.shop.ready_after = 1_000
    await reader.ask()
    await reader.turn()
    await reader.ask(RunState.CANCELLED, again=True)
    last = await reader.ended()
    assert last.outcome == RunState.CANCELLED
    assert reader.shop.operations[1].cancelled
    assert await reader.bench.count("accounts where articles_up_to is not null") == 0


async def test_what_a_webhook_says_meanwhile_is_newer_than_the_file(reader: Reader) -> None:
    """A listing that is sold, and one that is new, while the operation is under way."""
    await reader.read()
    await reader.bench.execute("update accounts set articles_whole_at = null")
    reader.shop.ready_after = 2
    await reader.ask()
    await reader.turn()
    for variant in (reader.shop.variants[3], reader.shop.add(VARIANTS + 1)):
        variant.levels = dict.fromkeys(variant.levels, 0) | {next(iter(variant.levels)): 1}
        await reader.hears_of(variant.number)
    gone = reader.shop.variants.pop(5)
    last = await reader.ended()
    assert last.outcome == RunState.COMPLETE
    shown = await reader.shown()
    assert shown[f"SKU-{gone.number}"][1] == "live", "the file was written before it went"
    assert {sku: what for sku, what in shown.items() if sku != f"SKU-{gone.number}"} == reader.truth()
    await reader.bench.execute("update accounts set articles_whole_at = null")
    await reader.read()
    assert (await reader.shown())[f"SKU-{gone.number}"] == (0, "gone")
