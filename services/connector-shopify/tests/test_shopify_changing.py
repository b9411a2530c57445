"""Variants brought to a quantity: those that sell without stock, those at many locations, and what is given back."""

from __future__ import annotations

import asyncio

import pytest
from connector_kit.domain import call_key
from connector_kit.store import load_intents
from connector_shopify.client.stock import spread
from hypothesis import given
from hypothesis import strategies as st
from soldwire_contracts.listings import ListingFailed, ListingReached
from soldwire_contracts.values import SyncScope, TargetCause
from testkit.connector import Bench
from testkit.sandbox import Json

BULK, SET = "productVariantsBulkUpdate", "inventorySetQuantities"


async def _made(bench: Bench, sku: str, **listing: object) -> tuple[object, str]:
    """A listing of the shop as the sandbox takes it, read: our id and the shop's."""
    made = await bench.sandbox.listing("shopify", bench.seller, sku, **listing)
    await bench.sync(SyncScope.ARTICLES)
    seen = {e.data.sku: e.data.listing_id for e in await bench.said("listing.observed")}  # type: ignore[attr-defined]
    return seen[sku], str(made["listing"])


async def _edit(bench: Bench, listing: str, **given: object) -> None:
    body = {"deliver_webhook": False, **given}
    await bench.sandbox.control.patch(f"/control/shopify/listings/{listing}", json=body)


async def _operations(bench: Bench, listing: str, least: int = 1) -> list[str]:
    return [call["operation"] for call in await bench.changes(listing, least)]


async def _relisted(bench: Bench, listing: object, version: int, quantity: int) -> object:
    target = bench.target(listing, version, quantity, may_raise=True, cause=TargetCause.RELEASE)  # type: ignore[arg-type]
    await bench.take("targets", target)
    return (await bench.settled(len(await bench.outcomes()) + 1))[-1]


async def _delisted(bench: Bench, listing: object, version: int = 1) -> object:
    await bench.take("targets", bench.target(listing, version, 0))  # type: ignore[arg-type]
    return (await bench.settled(len(await bench.outcomes()) + 1))[-1]


def _settings(shown: Json) -> tuple[str, bool, int, bool]:
    return shown["inventory_policy"], shown["tracked"], shown["quantity"], shown["buyable"]


async def _own(bench: Bench) -> list[tuple[str, bool]]:
    async with bench.service.database.bus([bench.tenant]) as uow:
        rows = await uow.conn.execute_sql("select policy, tracked from takedowns order by variant_id")
        return [(row.policy, row.tracked) for row in rows]


async def test_one_that_continues_at_0_is_denied_with_its_stock_and_given_back_in_one_request_each(
    bench: Bench,
) -> None:
    await bench.connect()
    listing, foreign = await _made(bench, "GOES-ON", quantity=2, policy="CONTINUE")
    out = await _delisted(bench, listing)
    assert isinstance(out, ListingReached)
    assert (out.topic, out.evidence.buyable) == ("listing.delisted", False)
    assert _settings(await bench.sandbox.shown(foreign)) == ("DENY", True, 0, False)
    assert await _own(bench) == [("CONTINUE", True)]
    back = await _relisted(bench, listing, 2, 2)
    assert isinstance(back, ListingReached)
    assert (back.topic, back.evidence.buyable) == ("listing.relisted", True)
    assert _settings(await bench.sandbox.shown(foreign)) == ("CONTINUE", True, 2, True)
    assert await _operations(bench, foreign, 2) == [BULK, BULK]
    assert await _own(bench) == [], "read back, and forgotten"


async def test_one_whose_stock_is_not_counted_is_counted_from_its_take_down_on(bench: Bench) -> None:
    """Uncounted it could not show its target, and its figure would be taken for stock."""
    await bench.connect()
    listing, foreign = await _made(bench, "UNCOUNTED", quantity=4, policy="UNTRACKED")
    await _delisted(bench, listing)
    assert _settings(await bench.sandbox.shown(foreign)) == ("DENY", True, 0, False)
    assert await _own(bench) == [("DENY", False)]
    await _relisted(bench, listing, 2, 3)
    assert _settings(await bench.sandbox.shown(foreign)) == ("DENY", True, 3, True)
    await _delisted(bench, listing, 3)
    assert _settings(await bench.sandbox.shown(foreign)) == ("DENY", True, 0, False)
    assert await _operations(bench, foreign, 3) == [BULK, SET, SET]


async def test_at_0_already_it_is_denied_all_the_same(bench: Bench) -> None:
    await bench.connect()
    listing, foreign = await _made(bench, "AT-0", quantity=0, policy="CONTINUE")
    await _delisted(bench, listing)
    assert _settings(await bench.sandbox.shown(foreign)) == ("DENY", True, 0, False)


async def test_a_seller_s_setting_that_changed_unseen_is_found_before_it_is_remembered(bench: Bench) -> None:
    await bench.connect()
    listing, foreign = await _made(bench, "NOW-DENY", quantity=2, policy="CONTINUE")
    await _edit(bench, foreign, policy="DENY")
    await _delisted(bench, listing)
    assert _settings(await bench.sandbox.shown(foreign)) == ("DENY", True, 0, False)
    assert await _own(bench) == []
    assert await _operations(bench, foreign) == [SET]


async def test_one_that_was_let_continue_unseen_is_taken_down_by_a_second_call(bench: Bench) -> None:
    await bench.connect()
    listing, foreign = await _made(bench, "NOW-CONTINUES", quantity=2)
    await _edit(bench, foreign, policy="CONTINUE")
    out = await _delisted(bench, listing)
    assert out.topic == "listing.delisted"  # type: ignore[attr-defined]
    assert _settings(await bench.sandbox.shown(foreign)) == ("DENY", True, 0, False)
    assert await _operations(bench, foreign, 2) == [SET, BULK]


async def test_it_sells_while_it_is_being_denied(bench: Bench) -> None:
    """The comparison refuses, with no code of its own; what is shown then is decided on anew."""
    await bench.connect()
    listing, foreign = await _made(bench, "RACE", quantity=3, policy="CONTINUE")
    await bench.sandbox.sell("shopify", bench.seller, "RACE", deliver_webhook=False)
    out = await _delisted(bench, listing)
    assert out.topic == "listing.delisted"  # type: ignore[attr-defined]
    assert _settings(await bench.sandbox.shown(foreign)) == ("DENY", True, 0, False)
    assert await _own(bench) == [("CONTINUE", True)]
    assert await _operations(bench, foreign) == [BULK]


async def test_a_setting_the_seller_has_put_back_himself_is_his(bench: Bench) -> None:
    """He lets it continue again while it is down: found for sale it is taken down again, and his word kept."""
    await bench.connect()
    listing, foreign = await _made(bench, "AGAIN", quantity=1, policy="CONTINUE")
    await _delisted(bench, listing)
    await _edit(bench, foreign, policy="CONTINUE")
    await _delisted(bench, listing, 2)
    assert _settings(await bench.sandbox.shown(foreign)) == ("DENY", True, 0, False)
    assert await _own(bench) == [("CONTINUE", True)], "never the DENY that we set"


async def test_one_the_seller_denies_himself_after_it_was_relisted_stays_denied(bench: Bench) -> None:
    await bench.connect()
    listing, foreign = await _made(bench, "HIS-WORD", quantity=1, policy="CONTINUE")
    await _delisted(bench, listing)
    await _relisted(bench, listing, 2, 1)
    await _edit(bench, foreign, policy="DENY")
    await _delisted(bench, listing, 3)
    await _relisted(bench, listing, 4, 1)
    assert _settings(await bench.sandbox.shown(foreign)) == ("DENY", True, 1, True)


@pytest.mark.parametrize(
    ("mode", "more"),
    [
        ("lose_reply", {}),
        ("timeout_after_effect", {"seconds": 3}),
        ("timeout_before_effect", {"seconds": 3}),
        ("garbage_200", {"effect": True}),
        ("status", {"status": 500}),
        ("effect_delayed", {"seconds": 0.7}),
        ("throttle", {"retry_after": 1}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_whatever_becomes_of_the_call_there_is_one_change(
    bench: Bench, mode: str, more: dict[str, object]
) -> None:
    await bench.connect()
    listing, foreign = await _made(bench, "FAULTY", quantity=2, policy="CONTINUE")
    await bench.sandbox.fault("shopify", BULK, mode, **more)
    await _delisted(bench, listing)
    assert _settings(await bench.sandbox.shown(foreign)) == ("DENY", True, 0, False)
    assert await _operations(bench, foreign) == [BULK]
    assert await _own(bench) == [("CONTINUE", True)]
    await bench.sandbox.fault("shopify", BULK, mode, **more)
    await _relisted(bench, listing, 2, 2)
    assert _settings(await bench.sandbox.shown(foreign)) == ("CONTINUE", True, 2, True)
    assert await _operations(bench, foreign, 2) == [BULK, BULK]


async def test_killed_while_it_is_being_denied(bench: Bench) -> None:
    """Between what is remembered and the call's answer: whoever takes over reads, and the seller's own is still known."""
    await bench.connect()
    listing, foreign = await _made(bench, "KILLED", quantity=1, policy="CONTINUE")
    await bench.sandbox.fault("shopify", BULK, "timeout_before_effect", seconds=3)
    await bench.take("targets", bench.target(listing, 1, 0))  # type: ignore[arg-type]
    working = asyncio.create_task(bench.turn("intents"))
    async with asyncio.timeout(10):
        while not await _own(bench):
            await asyncio.sleep(0.02)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    await bench.execute("update due_intents set lease_until = now() - interval '1 second'")
    await bench.settled()
    assert _settings(await bench.sandbox.shown(foreign)) == ("DENY", True, 0, False)
    assert await _own(bench) == [("CONTINUE", True)]
    assert await _operations(bench, foreign) == [BULK]


async def test_stock_at_more_locations_than_a_page_shows_is_lowered_at_each(wide: Bench) -> None:
    await wide.connect()
    levels = {str(place): place % 3 for place in range(13)}
    listing, foreign = await _made(wide, "WIDE", levels=levels)
    out = await _delisted(wide, listing)
    assert out.topic == "listing.delisted"  # type: ignore[attr-defined]
    assert set((await wide.sandbox.shown(foreign))["levels"].values()) == {0}
    assert await _operations(wide, foreign) == [SET]


async def test_a_location_that_owes_units_is_left_owing_and_what_others_have_goes(wide: Bench) -> None:
    """Together they show 0, and a till at one of them would still sell."""
    await wide.connect()
    listing, foreign = await _made(wide, "OWES", levels={"1": 2}, policy="CONTINUE")
    await wide.sandbox.post(
        "shopify/sales",
        {"account": wide.seller, "lines": [{"sku": "OWES", "quantity": 3}], "deliver_webhook": False},
    )
    await _edit(wide, foreign, policy="DENY", levels={"2": 1})
    before = (await wide.sandbox.shown(foreign))["levels"]
    assert sorted(before.values())[0] == -1
    assert max(before.values()) == 1
    await wide.sync(SyncScope.ARTICLES)
    out = await _delisted(wide, listing)
    assert out.topic == "listing.delisted"  # type: ignore[attr-defined]
    after = (await wide.sandbox.shown(foreign))["levels"]
    assert (min(after.values()), max(after.values())) == (-1, 0)
    assert {place for place, units in after.items() if units < 0} == {
        place for place, units in before.items() if units < 0
    }


async def test_stock_that_moved_to_another_location_is_read_again(wide: Bench) -> None:
    await wide.connect()
    listing, foreign = await _made(wide, "MOVES", levels={"0": 2, "1": 1})
    await _edit(wide, foreign, levels={"0": 0, "1": 3})
    await wide.take("targets", wide.target(listing, 1, 1))  # type: ignore[arg-type]
    await wide.settled()
    shown = await wide.sandbox.shown(foreign)
    assert (shown["quantity"], max(shown["levels"].values())) == (1, 1)
    keys = [call["idempotency_key"] for call in await wide.sandbox.calls(operation=SET)]
    assert len(keys) == len(set(keys)) == 2, "a changed input has a key of its own"
    assert await _operations(wide, foreign) == [SET]


async def test_the_key_is_on_record_before_the_call_and_the_same_for_the_same_call(bench: Bench) -> None:
    await bench.connect()
    listing, foreign = await _made(bench, "KEY", quantity=2)
    await bench.sandbox.fault("shopify", SET, "timeout_before_effect", seconds=3)
    await bench.take("targets", bench.target(listing, 1, 1))  # type: ignore[arg-type]
    working = asyncio.create_task(bench.turn("intents"))
    async with asyncio.timeout(10):
        while not await bench.count("intents where state = 'calling'"):
            await asyncio.sleep(0.01)
    async with bench.service.database.bus([bench.tenant]) as uow:
        (intent,) = (await load_intents(uow, [listing])).values()  # type: ignore[list-item]
    on_record = str(call_key(intent, intent.expected))
    await working
    await bench.settled()
    keys = [call["idempotency_key"] for call in await bench.sandbox.calls(operation=SET)]
    assert keys == [on_record], "the first call never arrived, its repeat has its key"
    assert await _operations(bench, foreign) == [SET]


async def test_what_apps_may_not_change_is_told_in_words(bench: Bench) -> None:
    await bench.connect()
    listing, _ = await _made(bench, "NOT-COUNTED", quantity=4, policy="UNTRACKED")
    await bench.take("targets", bench.target(listing, 1, 2))  # type: ignore[arg-type]
    (failed,) = await bench.settled()
    assert isinstance(failed, ListingFailed)
    assert (failed.code, failed.can_retry) == ("stock_not_changeable", True)


_levels = st.dictionaries(st.sampled_from("abcdef"), st.integers(-3, 5), min_size=1)


@given(levels=_levels, quantity=st.integers(0, 12))
def test_locations_together_show_the_quantity_and_none_is_raised_by_a_lowering(
    levels: dict[str, int], quantity: int
) -> None:
    wanted = spread(levels, quantity)
    if quantity == 0:
        assert all(wanted[place] == min(units, 0) for place, units in levels.items())
        return
    assert sum(wanted.values()) == quantity
    if quantity <= sum(levels.values()):
        assert all(wanted[place] <= units for place, units in levels.items())
    assert all(wanted[place] == units for place, units in levels.items() if units < 0 < max(levels.values()))
