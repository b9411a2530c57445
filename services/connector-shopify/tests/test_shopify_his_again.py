"""A product we took off show and its seller has had in hand since: what looks like our doing may be his."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from connector_shopify.domain import Changed, SoldOut, TakenProduct
from soldwire_contracts.listings import ListingFailed
from soldwire_contracts.values import SyncScope
from test_shopify_products import Piece, _calls, _edit, _made, _opened, _product, _raise, _sold_out, _tidied
from test_shopify_stock_news import _deliver, _refs
from test_shopify_stock_news import _product as _body
from testkit.connector import Bench

NOW = datetime(2026, 1, 1, tzinfo=UTC)


async def _off_show(bench: Bench, way: str, sku: str, *siblings: Piece) -> Piece:
    """Sold out, taken off show, and that has settled: Shopify tells times in whole seconds."""
    product = {"product": siblings[0].product} if siblings else {}
    piece = await _made(bench, sku, **product)
    await _sold_out(bench, piece)
    await _tidied(bench)
    async with asyncio.timeout(10):
        while not await bench.count("product_takedowns where known_at < now() - interval '1 second'"):
            await asyncio.sleep(0.1)
    return piece


HIS = {
    "draft": ({"state": "ACTIVE"}, {"state": "DRAFT"}),
    "archive": ({"state": "ACTIVE"}, {"state": "ARCHIVED"}),
    "unpublish": ({"published": True}, {"published": False}),
}


@pytest.mark.parametrize("way", sorted(HIS))
async def test_what_its_seller_showed_and_hid_himself_between_two_readings_is_not_put_on_show(
    wide: Bench, way: str
) -> None:
    """No webhook tells of it: the product's own time does, which nothing of its stock explains."""
    await _opened(wide, way)
    piece = await _off_show(wide, way, "HIS-1")
    off = await _product(wide, piece)
    for edit in HIS[way]:
        await _edit(wide, piece, **edit)
    assert await _product(wide, piece) == off, "it looks like what was set"
    out = await _raise(wide, piece, 2)
    assert await _product(wide, piece) == off
    assert await wide.count("product_takedowns") == 0
    if way != "unpublish":  # one that is in no channel can still be stocked
        assert isinstance(out, ListingFailed)
        assert out.code == "listing_ended"
    assert [call["operation"] for call in await _calls(wide, piece)].count("publishablePublish") == 0


async def test_he_is_told_as_its_seller_when_articles_are_read(bench: Bench) -> None:
    await _opened(bench, "draft")
    piece = await _off_show(bench, "draft", "READ-1")
    for edit in HIS["draft"]:
        await _edit(bench, piece, **edit)
    await bench.sync(SyncScope.ARTICLES)
    told = [e.data for e in await bench.said("listing.observed")][-1]
    assert told.state == "draft"  # type: ignore[attr-defined]
    assert await bench.count("product_takedowns") == 0
    assert await bench.count("listings where refs ->> 'off_show' <> ''") == 0


async def test_stock_that_moves_while_it_is_off_show_leaves_it_ours(bench: Bench) -> None:
    """A sibling's stock moves the product's time as well; the product is asked once, and that is kept."""
    await _opened(bench, "draft")
    first = await _made(bench, "MOVES-1", quantity=0)
    piece = await _off_show(bench, "draft", "MOVES-2", first)
    await _edit(bench, first, quantity=3)
    await bench.sync(SyncScope.ARTICLES)
    assert await bench.count("product_takedowns where known_at > done_at") == 1
    await _sold_out(bench, first, 1)
    out = await _raise(bench, piece, 2)
    assert out.topic == "listing.relisted"  # type: ignore[attr-defined]
    assert (await _product(bench, piece))[0] == "ACTIVE"


async def _told(bench: Bench, status: str, at: datetime, number: int) -> None:
    await _deliver(bench, "products/update", _body(await _refs(bench), status, 0, at), at)
    await bench.webhooks_in(number)


async def test_a_webhook_that_tells_it_on_show_ends_our_mark_whatever_hides_it_again(bench: Bench) -> None:
    """His price explains the product's time; that he had it on show was told in between."""
    await _opened(bench, "draft")
    piece = await _off_show(bench, "draft", "TOLD-1")
    await _edit(bench, piece, state="ACTIVE")
    await _told(bench, "active", datetime.now(UTC), 1)
    await _edit(bench, piece, state="DRAFT", price="31.00")
    await _told(bench, "draft", datetime.now(UTC), 2)
    assert [e.data.state for e in await bench.said("listing.observed")][-1] == "draft"  # type: ignore[attr-defined]
    await _tidied(bench)
    assert await bench.count("product_takedowns") == 0
    out = await _raise(bench, piece, 2)
    assert isinstance(out, ListingFailed)
    assert (await _product(bench, piece))[0] == "DRAFT"


async def test_what_he_shows_again_is_left_on_show(bench: Bench) -> None:
    """The chore that a webhook wants must not take it down anew."""
    await _opened(bench, "draft")
    piece = await _off_show(bench, "draft", "SHOWN-1")
    await _edit(bench, piece, state="ACTIVE")
    await _told(bench, "active", datetime.now(UTC), 1)
    await _tidied(bench)
    assert (await _product(bench, piece))[0] == "ACTIVE"
    assert await bench.count("product_takedowns") == 0


async def test_a_webhook_from_before_our_call_had_settled_ends_nothing(bench: Bench) -> None:
    """Shopify tells of the sale, the product still on show, when it has been drafted already."""
    await _opened(bench, "draft")
    piece = await _off_show(bench, "draft", "EARLY-1")
    async with bench.service.database.bus([bench.tenant]) as uow:
        row = (await uow.conn.execute_sql("select done_at, known_at from product_takedowns")).one()
    for number, at in enumerate((row.done_at, row.known_at), start=1):
        await _told(bench, "active", at, number)
    await _tidied(bench)
    assert (await _refs(bench))["off_show"] == "draft"
    assert await bench.count("product_takedowns") == 1
    out = await _raise(bench, piece, 2)
    assert out.topic == "listing.relisted"  # type: ignore[attr-defined]
    assert (await _product(bench, piece))[0] == "ACTIVE"


def _after(seconds: float | None) -> datetime | None:
    return None if seconds is None else NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("product", "stock", "ours"),
    [
        (-1, None, True),
        (0, None, True),
        (1, None, False),
        (60, 60, True),
        (64, 60, True),
        (66, 60, False),
        (66, -1, False),
        (3, -1, False),
    ],
)
def test_what_accounts_for_a_change(product: float, stock: float | None, ours: bool) -> None:
    """Stock that moved before ours was known explains nothing that came after."""
    taken = TakenProduct("7", SoldOut.DRAFT, "ACTIVE", (), NOW, NOW, NOW)
    changed = Changed(NOW + timedelta(seconds=product), _after(stock))
    assert taken.accounts_for(changed) is ours
