"""How soon listings came down, with figures worked out by hand, on real PostgreSQL."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from orchestrator_http import client, get, post, refused
from orchestrator_shop import SOLD_AT, Shop, Stack
from soldwire_contracts.stock import ListingSold
from soldwire_contracts.values import Outcome, Platform

pytestmark = pytest.mark.bus
EBAY, SHOPIFY, DEPOP = Platform.EBAY, Platform.SHOPIFY, Platform.DEPOP
DAY = timedelta(days=1)


async def shares(
    stack: Stack, shop: Shop, since: datetime | None = None, until: datetime | None = None
) -> Any:
    span = {"since": since or SOLD_AT, "until": until or SOLD_AT + timedelta(hours=1)}
    return await get(stack, shop, "/v1/delists/shares", **{n: at.isoformat() for n, at in span.items()})


def figures(share: dict[str, Any]) -> tuple[object, ...]:
    within = [(one["seconds"], one["listings"], one["share"]) for one in share["within"]]
    return share["listings"], share["down"], within, share["median_ms"], share["p95_ms"]


def of(answer: dict[str, Any], platform: Platform) -> dict[str, Any]:
    [found] = [one for one in answer["platforms"] if one["platform"] == platform]
    return dict(found)


def many(shop: Shop, count: int) -> list[Shop]:
    return [shop, *(Shop(tenant=shop.tenant, accounts=shop.accounts) for _ in range(count - 1))]


async def test_shares_of_what_came_down_in_time(stack: Stack, shop: Shop) -> None:
    """Five sales on eBay. Shopify came down after 2, 5, 6, 60 and 61 s; Depop after 900 and 901 s, the rest did not."""
    shops = many(shop, 5)
    await stack.stock(*(one.sold() for one in shops))
    down = [one.delisted(SHOPIFY, after=s) for one, s in zip(shops, (2, 5, 6, 60, 61), strict=True)]
    down += [one.delisted(DEPOP, after=s) for one, s in zip(shops, (900, 901), strict=False)]
    await stack.outcomes(*down, *(one.delisted(EBAY, after=0.1) for one in shops), shops[2].failed(DEPOP))
    skipped = {"listing_id": str(shops[3].listings[DEPOP]), "version": 1}
    await post(stack, shop, "/v1/delists/skip", {"steps": [skipped]})
    answer = await shares(stack, shop)
    # 0.95 of the way through 2, 5, 6, 60, 61: 3.8 steps from the first, so 60.8.
    assert figures(of(answer, SHOPIFY)) == (
        5,
        5,
        [(5, 2, 0.4), (60, 4, 0.8), (900, 5, 1.0)],
        6_000,
        60_800,
    )
    assert figures(of(answer, DEPOP)) == (5, 2, [(5, 0, 0.0), (60, 0, 0.0), (900, 1, 0.2)], 900_500, 900_950)
    # All seven: 2, 5, 6, 60, 61, 900, 901; 5.7 steps from the first is 900.7.
    assert figures(answer["all"]) == (10, 7, [(5, 2, 0.2), (60, 4, 0.4), (900, 6, 0.6)], 60_000, 900_700)
    assert [one["platform"] for one in answer["platforms"]] == ["depop", "shopify"], "eBay sold them itself"
    assert answer["all"]["waited_for_you"] == 0


async def test_shares_are_of_sales_made_in_the_time_asked(stack: Stack, shop: Shop) -> None:
    shops = many(shop, 3)

    def sold(one: Shop, days: int) -> ListingSold:
        return one.sold().model_copy(update={"sold_at": SOLD_AT + days * DAY})

    await stack.stock(*(sold(one, n) for n, one in enumerate(shops)))
    for days, count in ((1, 2), (2, 4), (3, 6)):
        assert (await shares(stack, shop, SOLD_AT, SOLD_AT + days * DAY))["all"]["listings"] == count
    assert (await shares(stack, shop, SOLD_AT + DAY, SOLD_AT + 2 * DAY))["all"]["listings"] == 2
    stack.clock.forward(hours=26)
    today = await get(stack, shop, "/v1/delists/shares")
    assert today["all"]["listings"] == 2, "the last day, unless said"


async def test_only_what_had_to_come_down_counts(stack: Stack, shop: Shop) -> None:
    history, partly, relisted, raised_late = many(shop, 4)
    cancelled, late = relisted.sold(), raised_late.sold()
    await stack.stock(history.sold(outcome=Outcome.HISTORY), partly.sold(quantity=1), cancelled, late)
    await stack.outcomes(raised_late.delisted(SHOPIFY), raised_late.delisted(DEPOP))
    for one, sold in ((relisted, cancelled), (raised_late, late)):
        back = tuple(one.target(p, 2, 1, may_raise=True) for p in one.listings)
        await stack.stock(one.changed(back, sale=sold.sale_id))
    answer = await shares(stack, shop)
    assert (answer["all"]["listings"], answer["all"]["down"]) == (2, 2), (
        "the one that was put back afterwards"
    )


async def test_a_listing_counts_once_for_a_sale_by_when_it_was_first_down(stack: Stack, shop: Shop) -> None:
    """The sale was told again, so that its target became a newer version; and a last one was left for sale by hand."""
    sold = shop.sold()
    await stack.stock(sold)
    await stack.outcomes(shop.delisted(SHOPIFY, after=4))
    again = tuple(shop.target(p, 2, 0, sold_here=p is EBAY) for p in shop.listings)
    await stack.stock(sold.model_copy(update={"targets": again, "revision": 2}))
    await stack.outcomes(
        shop.delisted(SHOPIFY, version=2, after=70), shop.delisted(DEPOP, version=2, after=70)
    )
    answer = await shares(stack, shop)
    assert figures(answer["all"])[:3] == (2, 2, [(5, 1, 0.5), (60, 1, 0.5), (900, 2, 1.0)])
    assert of(answer, SHOPIFY)["median_ms"] == 4_000


async def test_what_a_newer_skip_left_for_sale_counts_against(stack: Stack, shop: Shop) -> None:
    await stack.stock(shop.sold(), shop.sold(version=2))
    await post(stack, shop, "/v1/delists/skip", {"filter": {"platform": "shopify"}})
    answer = await shares(stack, shop)
    assert figures(of(answer, SHOPIFY))[:2] == (2, 0)


async def test_who_waited_for_the_seller_is_said(stack: Stack, shop: Shop) -> None:
    asked, paused, plain = many(shop, 3)
    async with client(stack, shop) as http:
        await http.put("/v1/policies/shopify", json={"mode": "ask"})
    await stack.stock(asked.sold())
    async with client(stack, shop) as http:
        await http.put("/v1/policies/shopify", json={"mode": "at_once"})
    pause = await post(
        stack, shop, "/v1/pauses", {"scope": "platform", "platform": "depop", "reason": "Tea."}
    )
    await stack.stock(paused.sold())
    await post(stack, shop, f"/v1/pauses/{pause['id']}/resume", {})
    await stack.sweep()
    await stack.stock(plain.sold())
    await post(stack, shop, "/v1/delists/approve", {"filter": {"state": "waiting_for_approval"}})
    await stack.outcomes(
        *(one.delisted(p, after=30) for one in (asked, paused, plain) for p in (SHOPIFY, DEPOP))
    )
    answer = await shares(stack, shop)
    assert answer["all"]["waited_for_you"] == 2
    assert (of(answer, SHOPIFY)["waited_for_you"], of(answer, DEPOP)["waited_for_you"]) == (1, 1)
    assert figures(answer["all"])[2] == [(5, 0, 0.0), (60, 6, 1.0), (900, 6, 1.0)], "it counts as what it is"


async def test_no_sales_no_shares_and_no_long_question(stack: Stack, shop: Shop) -> None:
    await stack.stock(Shop().sold())
    answer = await shares(stack, shop)
    assert figures(answer["all"]) == (0, 0, [(5, 0, None), (60, 0, None), (900, 0, None)], None, None)
    assert answer["platforms"] == []
    for since, until in ((SOLD_AT, SOLD_AT + 32 * DAY), (SOLD_AT, SOLD_AT), (SOLD_AT + DAY, SOLD_AT)):
        params = {"since": since.isoformat(), "until": until.isoformat()}
        assert await refused(stack, shop, "GET", "/v1/delists/shares", params=params) == (422, "bad_span")
