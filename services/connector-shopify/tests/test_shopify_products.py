"""Products none of whose variants can be bought: taken off show as their seller wants it, and given back by a raise."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from uuid import UUID

import pytest
from connector_shopify import usecases
from connector_shopify.domain import SoldOut
from kit.errors import Invalid, NotFound
from soldwire_contracts.listings import ListingFailed, ListingReached
from soldwire_contracts.values import SyncScope, TargetCause
from testkit.connector import Bench
from testkit.sandbox import Json

SHOWN_AS = {"draft": ("DRAFT", 3), "archive": ("ARCHIVED", 3), "unpublish": ("ACTIVE", 0)}
"""A product of each policy, off show: its status, and in how many channels it is."""
OFF, ON = "productUpdate", "productUpdate"


@dataclass
class Piece:
    """One variant: our id and the shop's."""

    listing: UUID
    foreign: str
    product: str


async def _made(bench: Bench, sku: str, **listing: object) -> Piece:
    made = await bench.sandbox.listing("shopify", bench.seller, sku, **listing)
    await bench.sync(SyncScope.ARTICLES)
    seen = {e.data.sku: e.data.listing_id for e in await bench.said("listing.observed")}  # type: ignore[attr-defined]
    return Piece(seen[sku], str(made["listing"]), str(made["product"]))


async def _wants(bench: Bench, way: str) -> None:
    async with bench.service.database.bus([bench.tenant]) as uow:
        assert await usecases.set_sold_out(uow, bench.account, way) == way


async def _opened(bench: Bench, way: str) -> None:
    await bench.connect()
    await _wants(bench, way)


async def _sold_out(bench: Bench, piece: Piece, version: int = 1, **more: object) -> ListingReached:
    await bench.take("targets", bench.target(piece.listing, version, 0, **more))
    out = (await bench.settled(len(await bench.outcomes()) + 1))[-1]
    assert isinstance(out, ListingReached)
    return out


async def _raise(bench: Bench, piece: Piece, version: int, quantity: int = 1) -> object:
    target = bench.target(piece.listing, version, quantity, may_raise=True, cause=TargetCause.RELEASE)
    await bench.take("targets", target)
    return (await bench.settled(len(await bench.outcomes()) + 1))[-1]


async def _tidied(bench: Bench) -> None:
    """Until no product is due any more."""
    async with asyncio.timeout(15):
        while await bench.count("due_chores where kind = 'product'"):
            await bench.turn("product")
            await asyncio.sleep(0.05)


async def _product(bench: Bench, piece: Piece) -> tuple[str, int]:
    shown = await bench.sandbox.shown(piece.foreign)
    return shown["state"], len(shown["published_on"])


async def _edit(bench: Bench, piece: Piece, **given: object) -> None:
    body = {"deliver_webhook": False, **given}
    await bench.sandbox.control.patch(f"/control/shopify/listings/{piece.foreign}", json=body)


async def _calls(bench: Bench, piece: Piece) -> list[Json]:
    return await bench.changes(piece.foreign)


@pytest.mark.parametrize("way", sorted(SHOWN_AS))
async def test_sold_out_it_comes_off_show_and_a_raise_gives_it_back_with_the_quantity_in_one_request(
    wide: Bench, way: str
) -> None:
    await _opened(wide, way)
    piece = await _made(wide, "ONE-1", quantity=2, policy="CONTINUE")
    await _sold_out(wide, piece)
    await _tidied(wide)
    assert await _product(wide, piece) == SHOWN_AS[way]
    before = len(await _calls(wide, piece))
    out = await _raise(wide, piece, 2, 2)
    assert isinstance(out, ListingReached)
    assert (out.topic, out.evidence.buyable, out.evidence.quantity) == ("listing.relisted", True, 2)
    assert await _product(wide, piece) == ("ACTIVE", 3)
    shown = await wide.sandbox.shown(piece.foreign)
    assert (shown["quantity"], shown["inventory_policy"], shown["buyable"]) == (2, "CONTINUE", True)
    assert len(await _calls(wide, piece)) == before + 1, "one request for one version"
    assert await wide.count("product_takedowns") == 0
    assert await wide.count("takedowns") == 0


async def test_unlisted_it_was_and_unlisted_it_is_again(bench: Bench) -> None:
    await _opened(bench, "draft")
    piece = await _made(bench, "BY-LINK", state="UNLISTED")
    await _sold_out(bench, piece)
    await _tidied(bench)
    assert (await _product(bench, piece))[0] == "DRAFT"
    await _raise(bench, piece, 2)
    assert (await _product(bench, piece))[0] == "UNLISTED"


async def test_kept_as_it_is_unless_its_seller_wants_otherwise(bench: Bench) -> None:
    await bench.connect()
    piece = await _made(bench, "KEPT")
    await _sold_out(bench, piece)
    assert await bench.count("due_chores where kind = 'product'") == 0
    assert len(await _calls(bench, piece)) == 1


async def test_as_long_as_one_variant_can_be_bought_its_product_stays(bench: Bench) -> None:
    await _opened(bench, "draft")
    first = await _made(bench, "S-1")
    others = [
        await _made(bench, "S-2", product=first.product, quantity=3),
        await _made(bench, "S-3", product=first.product, quantity=0, policy="CONTINUE"),
    ]
    for version, piece in enumerate([first, *others], start=1):
        await _sold_out(bench, piece)
        await _tidied(bench)
        assert (await _product(bench, first))[0] == ("DRAFT" if version == 3 else "ACTIVE")


async def test_a_product_of_more_variants_than_a_page_shows_is_read_whole(bench: Bench) -> None:
    await _opened(bench, "draft")
    first = await _made(bench, "LONG-0")
    for number in range(1, 103):
        await bench.sandbox.listing(
            "shopify", bench.seller, f"LONG-{number}", product=first.product, quantity=number // 102
        )
    await _sold_out(bench, first)
    await _tidied(bench)
    assert (await _product(bench, first))[0] == "ACTIVE", "the last variant is on the second page, in stock"


async def test_sold_on_shopify_itself_it_comes_off_show_and_a_cancelled_sale_brings_it_back(
    bench: Bench,
) -> None:
    await _opened(bench, "draft")
    piece = await _made(bench, "HERE")
    await bench.sandbox.sell("shopify", bench.seller, "HERE", deliver_webhook=False)
    out = await _sold_out(bench, piece, sold_here=True)
    assert not out.ended_by_us
    await _tidied(bench)
    assert (await _product(bench, piece))[0] == "DRAFT"
    back = await _raise(bench, piece, 2)
    assert back.topic == "listing.relisted"  # type: ignore[attr-defined]
    assert (await bench.sandbox.shown(piece.foreign))["buyable"]


@pytest.mark.parametrize("way", sorted(SHOWN_AS))
async def test_nobody_is_told_that_its_seller_drafted_it(wide: Bench, way: str) -> None:
    """By webhook and by sync it is what it was: for sale, with nothing in stock; a sibling never aimed at as well."""
    await _opened(wide, way)
    await wide.subscribe(wide.url + wide.webhook_path)
    piece = await _made(wide, "TOLD-1")
    sibling = await _made(wide, "TOLD-2", product=piece.product, quantity=0)
    await _sold_out(wide, piece)
    await _tidied(wide)
    assert await _product(wide, piece) == SHOWN_AS[way]
    async with asyncio.timeout(10):
        while not await wide.count("raw_webhooks where topic = 'products/update'"):
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.2)
    await wide.turn("webhooks")
    await wide.sync(SyncScope.ARTICLES)
    told = [e.data for e in await wide.said("listing.observed")]
    assert {(t.state, t.quantity) for t in told if t.listing_id == sibling.listing} == {("live", 0)}  # type: ignore[attr-defined]
    assert {t.state for t in told if t.listing_id == piece.listing} == {"live"}  # type: ignore[attr-defined]
    out = await _raise(wide, sibling, 1, 2)
    assert out.topic == "listing.relisted"  # type: ignore[attr-defined]
    assert await _product(wide, piece) == ("ACTIVE", 3)
    assert not (await wide.sandbox.shown(piece.foreign))["buyable"]


async def test_what_its_seller_has_put_on_show_again_is_left_alone(bench: Bench) -> None:
    await _opened(bench, "draft")
    piece = await _made(bench, "HIS")
    await _sold_out(bench, piece)
    await _tidied(bench)
    await _edit(bench, piece, state="ACTIVE")
    await bench.execute("update intents set settle_until = null, applied_at = now()")
    await _sold_out(bench, piece, 2)
    await _tidied(bench)
    assert (await _product(bench, piece))[0] == "ACTIVE"
    out = await _raise(bench, piece, 3)
    assert out.topic == "listing.relisted"  # type: ignore[attr-defined]
    assert [call["operation"] for call in await _calls(bench, piece)][-1] == "inventorySetQuantities"


async def test_what_its_seller_has_archived_meanwhile_stays_archived(bench: Bench) -> None:
    await _opened(bench, "draft")
    piece = await _made(bench, "ENDED")
    await _sold_out(bench, piece)
    await _tidied(bench)
    await _edit(bench, piece, state="ARCHIVED")
    out = await _raise(bench, piece, 2)
    assert isinstance(out, ListingFailed)
    assert out.code == "listing_ended"
    assert (await _product(bench, piece))[0] == "ARCHIVED"


async def test_what_its_seller_drafted_after_it_was_relisted_is_his(bench: Bench) -> None:
    await _opened(bench, "draft")
    piece = await _made(bench, "LATER")
    await _sold_out(bench, piece)
    await _tidied(bench)
    await _raise(bench, piece, 2)
    await _edit(bench, piece, state="DRAFT")
    await _sold_out(bench, piece, 3)
    await _tidied(bench)
    out = await _raise(bench, piece, 4)
    assert isinstance(out, ListingFailed)
    assert (await _product(bench, piece))[0] == "DRAFT"


async def test_a_policy_that_changed_meanwhile_leaves_what_is_down_until_it_is_relisted(bench: Bench) -> None:
    await _opened(bench, "archive")
    piece, other = await _made(bench, "P-1"), await _made(bench, "P-2")
    await _sold_out(bench, piece)
    await _tidied(bench)
    await _sold_out(bench, other)
    await _wants(bench, "keep")
    await _tidied(bench)
    assert [(await _product(bench, x))[0] for x in (piece, other)] == ["ARCHIVED", "ACTIVE"]
    await _raise(bench, piece, 2)
    assert (await _product(bench, piece))[0] == "ACTIVE"


async def test_a_variant_raised_while_its_product_comes_off_show_is_for_sale_in_the_end(bench: Bench) -> None:
    """All were at 0 when the job looked; the drafting takes effect when one of them has been raised."""
    await _opened(bench, "draft")
    piece = await _made(bench, "RACE-1")
    sibling = await _made(bench, "RACE-2", product=piece.product, quantity=0)
    await bench.sandbox.fault("shopify", OFF, "effect_delayed", seconds=0.8)
    await _sold_out(bench, piece)
    await bench.turn("product")
    assert (await _product(bench, piece))[0] == "ACTIVE"
    out = await _raise(bench, sibling, 1, 2)
    assert out.topic == "listing.relisted"  # type: ignore[attr-defined]
    async with asyncio.timeout(10):
        while (await _product(bench, piece))[0] == "ACTIVE":
            await asyncio.sleep(0.02)
    await _tidied(bench)
    assert (await bench.sandbox.shown(sibling.foreign))["buyable"]
    assert await bench.count("product_takedowns") == 0


async def test_a_product_about_to_be_for_sale_is_not_taken_down(bench: Bench) -> None:
    await _opened(bench, "draft")
    piece = await _made(bench, "SOON-1")
    sibling = await _made(bench, "SOON-2", product=piece.product, quantity=0)
    await _sold_out(bench, piece)
    target = bench.target(sibling.listing, 1, 2, may_raise=True, cause=TargetCause.RELEASE)
    await bench.take("targets", target)
    await _tidied(bench)
    assert (await _product(bench, piece))[0] == "ACTIVE"


@pytest.mark.parametrize("way", ["draft", "unpublish"])
@pytest.mark.parametrize(
    ("mode", "more"),
    [
        ("lose_reply", {}),
        ("timeout_before_effect", {"seconds": 3}),
        ("timeout_after_effect", {"seconds": 3}),
        ("throttle", {"retry_after": 1}),
    ],
    ids=["lost reply", "never arrived", "answered late", "throttled"],
)
async def test_whatever_becomes_of_the_call_it_comes_off_show_once(
    wide: Bench, way: str, mode: str, more: dict[str, object]
) -> None:
    await _opened(wide, way)
    piece = await _made(wide, "FAULTY")
    operation = OFF if way == "draft" else "publishableUnpublish"
    await wide.sandbox.fault("shopify", operation, mode, **more)
    await _sold_out(wide, piece)
    await _tidied(wide)
    assert await _product(wide, piece) == SHOWN_AS[way]
    assert [call["operation"] for call in await _calls(wide, piece)].count(operation) == 1
    assert await wide.count("product_takedowns where done_at is not null and status = 'ACTIVE'") == 1


async def test_a_raise_whose_reply_is_lost_is_read_and_not_repeated(bench: Bench) -> None:
    await _opened(bench, "draft")
    piece = await _made(bench, "LOST")
    await _sold_out(bench, piece)
    await _tidied(bench)
    before = len(await _calls(bench, piece))
    await bench.sandbox.fault("shopify", ON, "lose_reply")
    out = await _raise(bench, piece, 2)
    assert out.topic == "listing.relisted"  # type: ignore[attr-defined]
    assert (await bench.sandbox.shown(piece.foreign))["buyable"]
    assert len(await _calls(bench, piece)) == before + 1
    assert await bench.count("product_takedowns") == 0


async def test_killed_while_it_comes_off_show(bench: Bench) -> None:
    """What it was is on record; whoever takes over reads, and it is given back as it was."""
    await _opened(bench, "draft")
    piece = await _made(bench, "KILLED")
    await bench.sandbox.fault("shopify", OFF, "timeout_after_effect", seconds=3)
    await _sold_out(bench, piece)
    working = asyncio.create_task(bench.turn("product"))
    async with asyncio.timeout(10):
        while not await bench.count("product_takedowns"):
            await asyncio.sleep(0.02)
        while (await _product(bench, piece))[0] != "DRAFT":
            await asyncio.sleep(0.02)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    assert await bench.count("product_takedowns where done_at is null and status = 'ACTIVE'") == 1
    await bench.execute("update due_chores set lease_until = now() - interval '1 second'")
    await _tidied(bench)
    assert await bench.count("product_takedowns where done_at is not null") == 1
    await _raise(bench, piece, 2)
    assert (await _product(bench, piece))[0] == "ACTIVE"


async def test_stock_put_into_a_hidden_product_is_lowered_before_anything_shows_it_again(
    bench: Bench,
) -> None:
    """Its seller stocks a variant that is sold out elsewhere; a sibling's raise must not put it up for sale."""
    await _opened(bench, "draft")
    piece = await _made(bench, "HID-1")
    sibling = await _made(bench, "HID-2", product=piece.product, quantity=0)
    await _sold_out(bench, piece)
    await _tidied(bench)
    await _edit(bench, piece, quantity=3)
    await bench.sync(SyncScope.ARTICLES)
    told = [e.data for e in await bench.said("listing.observed") if e.data.listing_id == piece.listing][-1]  # type: ignore[attr-defined]
    assert (told.state, told.quantity) == ("live", 3), "inventory must hear of it"  # type: ignore[attr-defined]
    await _sold_out(bench, piece, 2)
    await _raise(bench, sibling, 1, 2)
    assert (await _product(bench, piece))[0] == "ACTIVE"
    assert not (await bench.sandbox.shown(piece.foreign))["buyable"]
    assert (await bench.sandbox.shown(sibling.foreign))["buyable"]


async def test_while_its_shop_is_signed_out_it_waits_and_disconnected_it_is_nobody_s(bench: Bench) -> None:
    await _opened(bench, "draft")
    piece = await _made(bench, "AWAY")
    await _sold_out(bench, piece)
    await bench.execute("update accounts set state = 'needs_login'")
    await bench.turn("product")
    assert await bench.count("due_chores where kind = 'product' and due_at > now()") == 1
    await bench.execute("update accounts set state = 'connected'")
    await bench.execute("update due_chores set due_at = now()")
    await _tidied(bench)
    assert (await _product(bench, piece))[0] == "DRAFT"
    other = await _made(bench, "LEFT")
    await _sold_out(bench, other)
    await bench.disconnect()
    await _tidied(bench)
    assert (await _product(bench, other))[0] == "ACTIVE"


async def test_a_policy_needs_the_scopes_to_carry_it_out(bench: Bench) -> None:
    await bench.connect()
    await bench.execute(
        f"update account_health set scopes = '[\"write_products\"]' where account_id = '{bench.account}'"
    )
    async with bench.service.database.bus([bench.tenant]) as uow:
        with pytest.raises(Invalid) as refused:
            await usecases.set_sold_out(uow, bench.account, "unpublish")
    assert (refused.value.code, refused.value.status) == ("scope_missing", 422)
    assert refused.value.details["missing"] == ["read_publications", "write_publications"]
    async with bench.service.database.bus([bench.tenant]) as uow:
        assert await usecases.sold_out_of(uow, [bench.account]) == {bench.account: SoldOut.KEEP}
        assert await usecases.set_sold_out(uow, bench.account, "draft") is SoldOut.DRAFT
        with pytest.raises(NotFound):
            await usecases.set_sold_out(uow, UUID(int=9), "draft")
