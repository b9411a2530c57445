"""What is held back, and what goes on beside it, through HTTP and on real PostgreSQL."""

from __future__ import annotations

import pytest
from orchestrator_http import client, get, post
from orchestrator_shop import Shop, Stack
from prometheus_client import REGISTRY
from soldwire_contracts.listings import ListingTarget
from soldwire_contracts.stock import StockChanged
from soldwire_contracts.values import Platform, StockCause, TargetCause
from test_orchestrator_rules import dropped, edits, pauses_of, twins, twins_of

pytestmark = pytest.mark.bus


async def targets(stack: Stack) -> list[ListingTarget]:
    return [event.data for event in await stack.targets() if isinstance(event.data, ListingTarget)]


def disconnected(shop: Shop, version: int = 1) -> StockChanged:
    return shop.changed((shop.target(Platform.SHOPIFY, version),), cause=StockCause.UNLINKED)


async def test_a_bulk_disconnect_is_no_reason_for_the_brake(stack: Stack) -> None:
    shops = twins(8)
    await stack.stock(*(disconnected(shop) for shop in shops))
    found = await targets(stack)
    assert [(t.quantity, t.cause, t.order_backed) for t in found] == [(0, TargetCause.LINK, False)] * 8
    assert await pauses_of(stack, shops[0]) == []
    await edits(stack, twins_of(shops[0], 4))
    assert len(await pauses_of(stack, shops[0])) == 1
    await stack.stock(disconnected(twins_of(shops[0], 1)[0]))
    assert len(await targets(stack)) == 9, "nor does its pause hold one"


async def test_approving_under_a_pause_is_refused_in_words(stack: Stack, shop: Shop) -> None:
    pause = await post(stack, shop, "/v1/pauses", {"scope": "tenant", "reason": "Counting."})
    sold = shop.sold()
    await stack.stock(sold)
    step = {"listing_id": str(shop.listings[Platform.EBAY]), "version": 1}
    answer = await post(stack, shop, "/v1/delists/approve", {"steps": [step]})
    [result] = answer["results"]
    assert (result["done"], result["state"]) == (False, "paused")
    assert "resume it first" in result["message"]
    nothing = await post(stack, shop, "/v1/delists/approve", {"sale_ids": [str(sold.sale_id)]})
    assert nothing["results"] == []
    await post(stack, shop, f"/v1/pauses/{pause['id']}/resume", {})
    await stack.sweep()
    assert len(await targets(stack)) == 3


async def test_what_was_approved_under_a_pause_goes_when_it_is_over(stack: Stack, shop: Shop) -> None:
    async with client(stack, shop) as http:
        await http.put("/v1/policies/shopify", json={"mode": "ask"})
    sold = shop.sold()
    await stack.stock(sold)
    pause = await post(stack, shop, "/v1/pauses", {"scope": "tenant", "reason": "Counting."})
    answer = await post(stack, shop, "/v1/delists/approve", {"sale_ids": [str(sold.sale_id)]})
    assert [(r["done"], r["state"]) for r in answer["results"]] == [(True, "paused")]
    assert len(await targets(stack)) == 2
    await post(stack, shop, f"/v1/pauses/{pause['id']}/resume", {})
    await stack.sweep()
    assert len(await targets(stack)) == 3


async def test_a_sale_changes_only_the_one_before_it(stack: Stack, shop: Shop) -> None:
    """Of ten units nothing has come down yet: else each sale would say again how far all those before it are."""
    for n in range(1, 11):
        await stack.stock(shop.sold(version=n, quantity=10 - n))
    assert len(await stack.said("delist.progress")) == 10 + 9
    await stack.outcomes(shop.delisted(Platform.SHOPIFY, version=10))
    assert len(await stack.said("delist.progress")) == 10 + 9 + 10, "it ends them all"


async def test_the_brake_lets_an_order_through_beside_what_it_holds(stack: Stack) -> None:
    """In one batch: the order's target is not lost behind the held one."""
    shops = twins(5)
    await edits(stack, shops[:4])
    assert len(await pauses_of(stack, shops[0])) == 1
    shop = shops[4]
    held = shop.changed((shop.target(Platform.SHOPIFY, 2, 1),), cause=StockCause.ADJUSTED, drop=dropped(2))
    await stack.stock(shop.sold(quantity=2), held)
    listing = shop.listings[Platform.SHOPIFY]
    assert [(t.version, t.quantity) for t in await targets(stack) if t.listing_id == listing] == [(1, 2)]
    steps = (await get(stack, shop, "/v1/steps", article_id=shop.article, platform="shopify"))["items"]
    assert {step["version"]: step["state"] for step in steps} == {1: "asked", 2: "paused"}


async def test_a_deadline_alerts_once(stack: Stack, shop: Shop) -> None:
    def alerts() -> float:
        return REGISTRY.get_sample_value("soldwire_steps_overdue_total", {"platform": "ebay"}) or 0.0

    before = alerts()
    await stack.stock(shop.sold())
    stack.clock.forward(seconds=61)
    await stack.sweep()
    await stack.outcomes(shop.failed(Platform.EBAY))
    await stack.outcomes(shop.failed(Platform.EBAY, can_retry=False))
    assert alerts() - before == 1
