"""What a step keeps of the marketplace's word: what was read back, why it failed, where a person does it by hand."""

from __future__ import annotations

from typing import Any

import pytest
from orchestrator_http import get, post
from orchestrator_shop import SOLD_AT, Shop, Stack
from soldwire_contracts.delist import DelistProgress
from soldwire_contracts.delist import Step as StepFact
from soldwire_contracts.listings import ListingFailed, ListingTarget
from soldwire_contracts.stock import ListingSold
from soldwire_contracts.values import Outcome, Platform, StepState
from sqlalchemy import text

pytestmark = pytest.mark.bus
EBAY, SHOPIFY, DEPOP = Platform.EBAY, Platform.SHOPIFY, Platform.DEPOP
PAGE = "https://www.depop.com/products/red-jumper-1/"


async def last_said(stack: Stack, platform: Platform) -> StepFact:
    data = (await stack.said("delist.progress"))[-1].data
    assert isinstance(data, DelistProgress)
    return next(step for step in data.steps if step.platform is platform)


async def shown(stack: Stack, shop: Shop, sold: ListingSold, platform: Platform) -> dict[str, Any]:
    """A listing's newest step, as a person sees it."""
    steps = (await get(stack, shop, f"/v1/delists/{sold.sale_id}"))["steps"]
    return next(dict(step) for step in reversed(steps) if step["platform"] == platform)


def by_hand(shop: Shop, version: int = 2) -> ListingFailed:
    told = {"code": "relist_by_hand", "reason": "List it again on Depop, then mark this done.", "link": PAGE}
    return shop.failed(DEPOP, version, can_retry=False).model_copy(update=told)


async def relisted(stack: Stack, shop: Shop) -> ListingSold:
    """A sale that was cancelled after all its listings were down."""
    sold = shop.sold()
    await stack.stock(sold)
    await stack.outcomes(*(shop.delisted(p) for p in shop.listings))
    back = tuple(shop.target(p, 2, 1, may_raise=True) for p in shop.listings)
    await stack.stock(shop.changed(back, sale=sold.sale_id))
    return sold


@pytest.mark.parametrize("early", [False, True])
async def test_a_relist_by_hand_says_where(stack: Stack, shop: Shop, early: bool) -> None:
    if early:
        await stack.outcomes(by_hand(shop))
    sold = await relisted(stack, shop)
    if not early:
        await stack.outcomes(by_hand(shop))
    said = await last_said(stack, DEPOP)
    assert (said.state, said.code, said.link) == (StepState.FAILED, "relist_by_hand", PAGE)
    seen = await shown(stack, shop, sold, DEPOP)
    assert (seen["code"], seen["link"]) == ("relist_by_hand", PAGE)
    assert "List it again" in seen["reason"]
    [listed] = (await get(stack, shop, "/v1/steps", code="relist_by_hand"))["items"]
    assert (listed["link"], listed["title"]) == (PAGE, "Red jumper")
    groups = await get(stack, shop, "/v1/delists/groups")
    assert groups["failed"] == 1


async def test_a_relist_done_by_hand_is_over_and_says_so(stack: Stack, shop: Shop) -> None:
    sold = await relisted(stack, shop)
    await stack.outcomes(by_hand(shop))
    await post(stack, shop, "/v1/delists/mark_done", {"filter": {"code": "relist_by_hand"}})
    said = await last_said(stack, DEPOP)
    assert (said.state, said.code, said.link, said.verified_at) == (StepState.DONE, None, None, None)
    assert (await shown(stack, shop, sold, DEPOP))["evidence"] is None


@pytest.mark.parametrize("early", [False, True])
async def test_what_was_read_back_is_kept_and_shown(stack: Stack, shop: Shop, early: bool) -> None:
    outcome, sold = shop.delisted(SHOPIFY, after=2.0), shop.sold()
    for step in (
        (stack.outcomes(outcome), stack.stock(sold))
        if early
        else (stack.stock(sold), stack.outcomes(outcome))
    ):
        await step
    read_at = outcome.evidence.read_at.isoformat().replace("+00:00", "Z")
    assert (await shown(stack, shop, sold, SHOPIFY))["evidence"] == {
        "quantity": 0,
        "buyable": False,
        "read_at": read_at,
    }
    assert (await shown(stack, shop, sold, EBAY))["evidence"] is None


async def test_a_persons_word_sends_nothing_and_a_read_back_makes_it_evidence(
    stack: Stack, shop: Shop
) -> None:
    """Neither inventory nor a connector is told that it is down: nobody has seen it."""
    sold = shop.sold()
    await stack.stock(sold)
    await stack.outcomes(shop.failed(SHOPIFY, can_retry=False))
    said = len(await stack.said())
    stack.clock.forward(minutes=5)
    await post(
        stack, shop, "/v1/delists/mark_done", {"sale_ids": [str(sold.sale_id)], "reason": "On my phone."}
    )
    told = [event.data.topic_name() for event in (await stack.said())[said:]]
    assert sorted(set(told)) == ["delist.completed", "delist.progress"]
    before = await shown(stack, shop, sold, SHOPIFY)
    assert (before["evidence"], before["verified_at"], before["reason"]) == (None, None, "On my phone.")
    assert before["exposure_ms"] == 301_000
    found_down = shop.delisted(SHOPIFY, after=900).model_copy(
        update={"called_at": None, "ended_by_us": False}
    )
    await stack.outcomes(found_down)
    after = await shown(stack, shop, sold, SHOPIFY)
    assert after["evidence"]["quantity"] == 0
    assert (after["exposure_ms"], after["reason"]) == (301_000, "On my phone.")
    assert len(await stack.said("delist.completed")) == 1


async def test_a_person_who_was_wrong_is_corrected_by_the_call_that_took_it_down(
    stack: Stack, shop: Shop
) -> None:
    sold = shop.sold()
    await stack.stock(sold)
    await post(stack, shop, "/v1/delists/mark_done", {"sale_ids": [str(sold.sale_id)]})
    assert (await shown(stack, shop, sold, SHOPIFY))["exposure_ms"] == 1000
    await stack.outcomes(shop.delisted(SHOPIFY, after=42))
    assert (await shown(stack, shop, sold, SHOPIFY))["exposure_ms"] == 42_000


async def test_what_waits_for_a_browser_says_what_to_do(stack: Stack, shop: Shop) -> None:
    await stack.stock(shop.sold())
    said = await last_said(stack, DEPOP)
    assert said.state is StepState.WAITING_FOR_BROWSER
    assert "extension" in str(said.reason)


# In which order things are heard


async def test_a_late_target_meets_all_that_came_after_it(stack: Stack, shop: Shop) -> None:
    """The second sale's target was reached and an old sale only proposed when the first sale's target comes."""
    await stack.stock(shop.sold(version=2))
    await stack.outcomes(*(shop.delisted(p, version=2) for p in shop.listings))
    await stack.stock(shop.sold(version=3, outcome=Outcome.HISTORY))
    sent = len(await stack.targets())
    first = shop.sold(quantity=1)
    await stack.stock(first)
    assert len(await stack.targets()) == sent
    assert (await shown(stack, shop, first, SHOPIFY))["state"] == "done"


async def test_a_late_relist_ends_what_followed_the_sale_after_it(stack: Stack, shop: Shop) -> None:
    first = shop.sold(quantity=1)
    await stack.stock(first, shop.sold(version=3))
    back = tuple(shop.target(p, 2, 2, may_raise=True) for p in shop.listings)
    await stack.stock(shop.changed(back, sale=first.sale_id))
    assert [(t.version, t.may_raise) for t in await targets(stack)] == [(3, False)] * 3
    async with stack.database.bus((shop.tenant,)) as uow:
        found = await uow.conn.execute(
            text("select version, state, follows from steps where platform = 'shopify'")
        )
        assert sorted(tuple(row) for row in found) == [
            (1, "superseded", False),
            (2, "superseded", True),
            (3, "asked", False),
        ]


async def targets(stack: Stack) -> list[ListingTarget]:
    return [event.data for event in await stack.targets() if isinstance(event.data, ListingTarget)]


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("one_batch", [True, False])
async def test_inventorys_newest_word_on_a_sale_counts(
    stack: Stack, shop: Shop, newest_first: bool, one_batch: bool
) -> None:
    """A merge moved the sale to another article, whose words come by another way."""
    kept = Shop(tenant=shop.tenant, accounts=shop.accounts, listings=shop.listings)
    old = shop.sold(outcome=Outcome.CONTENDED).model_copy(update={"revision": 4})
    new = kept.sold(version=2, sale=old.sale_id).model_copy(
        update={"revision": 9, "title": "Red jumper, merged"}
    )
    words = [new, old] if newest_first else [old, new]
    for batch in [words] if one_batch else [[word] for word in words]:
        await stack.stock(*batch)
    seen = await get(stack, shop, f"/v1/delists/{old.sale_id}")
    assert (seen["article_id"], seen["title"], seen["outcome"]) == (
        str(kept.article),
        "Red jumper, merged",
        "held",
    )
    assert seen["sold_at"] == SOLD_AT.isoformat().replace("+00:00", "Z")
