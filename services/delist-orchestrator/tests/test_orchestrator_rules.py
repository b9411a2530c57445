"""Policies, pauses, the brake and people's commands through HTTP, on real PostgreSQL."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from kit.paging import encode_cursor
from orchestrator_http import client, post
from orchestrator_shop import SOLD_AT, Shop, Stack
from soldwire_contracts.delist import DelistProgress
from soldwire_contracts.listings import ListingTarget
from soldwire_contracts.stock import Drop, StockChanged
from soldwire_contracts.values import Outcome, Platform, StepState, StockCause
from sqlalchemy import text

pytestmark = pytest.mark.bus


async def sent_to(stack: Stack) -> list[tuple[Platform, int]]:
    targets = [event.data for event in await stack.targets()]
    return sorted((t.platform, t.version) for t in targets if isinstance(t, ListingTarget))


async def states(stack: Stack) -> dict[Platform, StepState]:
    """Each listing's newest version's state, by what was said last."""
    said = [e.data for e in await stack.said("delist.progress") if isinstance(e.data, DelistProgress)]
    steps = sorted((step for progress in said for step in progress.steps), key=lambda s: s.version)
    return {step.platform: step.state for step in steps}


async def set_policy(stack: Stack, shop: Shop, mode: str, grace: int = 0) -> None:
    async with client(stack, shop) as http:
        answer = await http.put("/v1/policies/shopify", json={"mode": mode, "grace_seconds": grace})
        assert answer.is_success
        listed = {p["platform"]: p["mode"] for p in (await http.get("/v1/policies")).json()}
    assert listed == {"shopify": mode, "ebay": "at_once", "depop": "at_once"}


async def test_ask_holds_the_target_until_approved(stack: Stack, shop: Shop) -> None:
    await set_policy(stack, shop, "ask")
    sold = shop.sold()
    await stack.stock(sold)
    assert await sent_to(stack) == [(Platform.DEPOP, 1), (Platform.EBAY, 1)]
    answer = await post(stack, shop, "/v1/delists/approve", {"sale_ids": [str(sold.sale_id)]})
    assert [(r["done"], r["state"]) for r in answer["results"]] == [(True, "asked")]
    assert (Platform.SHOPIFY, 1) in await sent_to(stack)


async def test_ask_does_not_hold_the_listing_that_sold(stack: Stack, shop: Shop) -> None:
    await set_policy(stack, shop, "ask")
    await stack.stock(shop.sold(on=Platform.SHOPIFY))
    assert len(await sent_to(stack)) == 3


async def test_grace_goes_by_itself_when_its_time_has_passed(stack: Stack, shop: Shop) -> None:
    await set_policy(stack, shop, "grace", 120)
    await stack.stock(shop.sold())
    stack.clock.forward(seconds=119)
    await stack.sweep()
    assert (Platform.SHOPIFY, 1) not in await sent_to(stack)
    stack.clock.forward(seconds=2)
    await stack.sweep()
    assert (Platform.SHOPIFY, 1) in await sent_to(stack)


async def test_history_is_sent_once_approved_and_skipped_ones_never(stack: Stack, shop: Shop) -> None:
    sold = shop.sold(outcome=Outcome.HISTORY)
    await stack.stock(sold)
    skipped = {"listing_id": str(shop.listings[Platform.DEPOP]), "version": 1}
    await post(stack, shop, "/v1/delists/skip", {"steps": [skipped]})
    await post(stack, shop, "/v1/delists/approve", {"sale_ids": [str(sold.sale_id)]})
    assert await sent_to(stack) == [(Platform.EBAY, 1), (Platform.SHOPIFY, 1)]
    refused = await post(stack, shop, "/v1/delists/approve", {"steps": [skipped]})
    assert [(r["done"], r["message"]) for r in refused["results"]] == [(False, "This listing was skipped.")]


SCOPES: list[dict[str, Any]] = [
    {"scope": "tenant"},
    {"scope": "platform", "platform": "shopify"},
    {"scope": "account"},
]


@pytest.mark.parametrize("scope", SCOPES, ids=lambda s: s["scope"])
async def test_a_resume_sends_what_was_held_the_newest_version_only(
    stack: Stack, shop: Shop, scope: dict[str, Any]
) -> None:
    body = {**scope, "reason": "Stock-taking."}
    if scope["scope"] == "account":
        body["account_id"] = str(shop.accounts[Platform.SHOPIFY])
    pause = await post(stack, shop, "/v1/pauses", body)
    await stack.stock(shop.sold(quantity=1))
    await stack.stock(shop.sold(version=2))
    await stack.sweep()
    assert Platform.SHOPIFY not in {platform for platform, _ in await sent_to(stack)}
    assert (await states(stack))[Platform.SHOPIFY] is StepState.PAUSED
    lifted = await post(stack, shop, f"/v1/pauses/{pause['id']}/resume", {"reason": "Counted."})
    await stack.sweep()
    assert [v for p, v in await sent_to(stack) if p is Platform.SHOPIFY] == [2]
    assert (lifted["reason"], lifted["resume_reason"]) == ("Stock-taking.", "Counted.")
    assert lifted["paused_by"] == pause["paused_by"]


async def test_a_step_under_two_pauses_waits_for_both(stack: Stack, shop: Shop) -> None:
    first = await post(stack, shop, "/v1/pauses", {"scope": "tenant", "reason": "One."})
    second = await post(
        stack, shop, "/v1/pauses", {"scope": "platform", "platform": "shopify", "reason": "Two."}
    )
    await stack.stock(shop.sold())
    await post(stack, shop, f"/v1/pauses/{first['id']}/resume", {})
    await stack.sweep()
    assert Platform.SHOPIFY not in {platform for platform, _ in await sent_to(stack)}
    await post(stack, shop, f"/v1/pauses/{second['id']}/resume", {})
    await stack.sweep()
    assert len(await sent_to(stack)) == 3


async def test_operations_pause_a_platform_for_everyone(stack: Stack, shop: Shop) -> None:
    body = {"scope": "platform", "platform": "ebay", "reason": "eBay refuses every call."}
    async with client(stack, shop) as http:
        assert (await http.post("/v1/operations/pauses", json=body)).status_code == 403
    pause = await post(stack, shop, "/v1/operations/pauses", body, role="operations")
    other = Shop()
    await stack.stock(shop.sold(), other.sold())
    assert {platform for platform, _ in await sent_to(stack)} == {Platform.SHOPIFY, Platform.DEPOP}
    async with client(stack, other) as http:
        assert (await http.get("/v1/pauses")).json()[0]["everywhere"] is True
        assert (await http.post(f"/v1/pauses/{pause['id']}/resume", json={})).status_code == 404
    await post(stack, shop, f"/v1/operations/pauses/{pause['id']}/resume", {}, role="operations")
    await stack.sweep()
    assert len(await sent_to(stack)) == 6


async def test_a_retry_due_under_a_pause_waits(stack: Stack, shop: Shop) -> None:
    await stack.stock(shop.sold())
    await stack.outcomes(shop.failed(Platform.SHOPIFY))
    pause = await post(stack, shop, "/v1/pauses", {"scope": "tenant", "reason": "Wait."})
    stack.clock.forward(seconds=31)
    await stack.sweep()
    assert (await states(stack))[Platform.SHOPIFY] is StepState.PAUSED
    await post(stack, shop, f"/v1/pauses/{pause['id']}/resume", {})
    await stack.sweep()
    assert len(await sent_to(stack)) == 4


async def test_a_person_retries_what_the_connector_gave_up(stack: Stack, shop: Shop) -> None:
    sold = shop.sold()
    await stack.stock(sold)
    await stack.outcomes(shop.failed(Platform.EBAY, can_retry=False))
    async with client(stack, shop) as http:
        groups = (await http.get("/v1/delists/groups")).json()
        failed = (await http.get("/v1/delists", params={"group": "failed"})).json()["items"]
    assert groups == {"failed": 1, "waiting": 0, "running": 0, "done": 0}
    step = next(s for s in failed[0]["steps"] if s["platform"] == "ebay")
    assert step["reason"] == "eBay refused to end the offer."
    await post(stack, shop, "/v1/delists/retry", {"sale_ids": [str(sold.sale_id)]})
    assert (await sent_to(stack)).count((Platform.EBAY, 1)) == 2


async def test_marking_all_done_completes_the_delist(stack: Stack, shop: Shop) -> None:
    sold = shop.sold()
    await stack.stock(sold)
    body = {"sale_ids": [str(sold.sale_id)], "reason": "Ended them all on my phone."}
    await post(stack, shop, "/v1/delists/mark_done", body)
    assert len(await stack.said("delist.completed")) == 1
    async with client(stack, shop) as http:
        done = (await http.get("/v1/delists", params={"group": "done"})).json()["items"]
        one = (await http.get(f"/v1/delists/{sold.sale_id}")).json()
    assert done == [one]
    assert {s["reason"] for s in one["steps"]} == {"Ended them all on my phone."}


async def test_the_median_time_for_sale_counts_what_came_down_elsewhere(stack: Stack, shop: Shop) -> None:
    async def median() -> object:
        async with client(stack, shop) as http:
            return (await http.get("/v1/delists/exposure")).json()

    await stack.stock(shop.sold())
    assert await median() == {"listings": 0, "median_ms": None}
    await stack.outcomes(shop.delisted(Platform.SHOPIFY))
    one = (await stack.said("delist.progress"))[-1].data
    assert isinstance(one, DelistProgress)
    expected = [s.exposure_ms for s in one.steps if s.platform is Platform.SHOPIFY]
    assert await median() == {"listings": 1, "median_ms": expected[0]}
    async with client(stack, Shop()) as http:
        assert (await http.get("/v1/delists/exposure")).json()["listings"] == 0


def dropped(n: int, units: int = 1) -> Drop:
    """The n-th drop that a stock master shows of an article."""
    return Drop(at=SOLD_AT + timedelta(seconds=10 * n), units=units)


def drop(shop: Shop, version: int = 1, quantity: int = 0, units: int = 1) -> StockChanged:
    """A stock master, such as a till's, showed so many units less and no order has been read."""
    target = shop.target(Platform.SHOPIFY, version, quantity)
    return shop.changed((target,), cause=StockCause.ADJUSTED, drop=dropped(version, units))


async def edits(stack: Stack, shops: list[Shop], version: int = 1) -> None:
    await stack.stock(*(drop(shop, version) for shop in shops))


async def pauses_of(stack: Stack, shop: Shop) -> list[dict[str, object]]:
    async with client(stack, shop) as http:
        found: list[dict[str, object]] = (await http.get("/v1/pauses")).json()
    return found


def twins(count: int) -> list[Shop]:
    first = Shop()
    return [first, *twins_of(first, count - 1)]


def twins_of(shop: Shop, count: int) -> list[Shop]:
    """More articles on the same accounts."""
    return [Shop(tenant=shop.tenant, accounts=shop.accounts) for _ in range(count)]


async def test_the_brake_pauses_an_account_for_what_no_order_backs(stack: Stack) -> None:
    shops = twins(6)
    await edits(stack, shops[:3])
    assert len(await sent_to(stack)) == 3, "up to the limit they go"
    await edits(stack, shops[3:])
    assert len(await sent_to(stack)) == 3
    async with client(stack, shops[0]) as http:
        (pause,) = (await http.get("/v1/pauses")).json()
    assert (pause["paused_by"], pause["unbacked_only"]) == ("brake", True)
    backed = shops[0].sold(version=9)
    await stack.stock(backed)
    assert (Platform.SHOPIFY, 9) in await sent_to(stack), "an order stands behind it"
    await post(stack, shops[0], f"/v1/pauses/{pause['id']}/resume", {"reason": "It is right."})
    await stack.sweep()
    assert len(await sent_to(stack)) == 3 + 3 + 3


async def test_the_brake_counts_within_its_window_only_and_never_sales(stack: Stack) -> None:
    shops = twins(12)
    await edits(stack, shops[:3])
    stack.clock.forward(minutes=12)
    await edits(stack, shops[3:6])
    await stack.stock(*(shop.sold() for shop in shops[6:]))
    assert len(await sent_to(stack)) == 6 + 6 * 3
    async with client(stack, shops[0]) as http:
        assert (await http.get("/v1/pauses")).json() == []


FLASH = 400


async def test_the_brake_lets_a_flash_sale_through_whose_effects_are_told_before_its_orders(
    stack: Stack,
) -> None:
    """A stock master tells that its last units went, then of the orders that took them: hundreds within a minute."""
    shops = twins(FLASH)
    together = 2
    for n in range(0, FLASH, together):
        await edits(stack, shops[n : n + together])
        await stack.stock(*(shop.sold(version=2, explains=(dropped(1),)) for shop in shops[n : n + together]))
        stack.clock.forward(seconds=0.3)
    async with client(stack, shops[0]) as http:
        assert (await http.get("/v1/pauses")).json() == []
    sent = await sent_to(stack)
    assert sent.count((Platform.SHOPIFY, 1)) == sent.count((Platform.SHOPIFY, 2)) == FLASH
    assert len(sent) == FLASH * 4
    more = twins_of(shops[0], 4)
    await edits(stack, more)
    async with client(stack, shops[0]) as http:
        (pause,) = (await http.get("/v1/pauses")).json()
    assert pause["paused_by"] == "brake", "four without an order are too many here, whatever was sold before"


async def test_an_order_takes_back_only_what_it_explains(stack: Stack) -> None:
    """One that lowers a listing further is a sale of its own, and one already overtaken by its order never counted."""
    shops = twins(8)
    for shop in shops[:3]:
        await stack.stock(drop(shop, quantity=5), shop.sold(version=2, quantity=4))
    for shop in shops[3:7]:
        await stack.stock(shop.sold(version=2, explains=(dropped(1),)))
    await edits(stack, shops[3:7])
    async with client(stack, shops[0]) as http:
        assert (await http.get("/v1/pauses")).json() == []
    await edits(stack, shops[7:])
    async with client(stack, shops[0]) as http:
        assert len((await http.get("/v1/pauses")).json()) == 1


async def test_orders_that_come_after_a_resume_hide_no_later_lowering(stack: Stack) -> None:
    """What they explain was forgotten with the resume."""
    shops = twins(12)
    await edits(stack, shops[:4])
    async with client(stack, shops[0]) as http:
        (pause,) = (await http.get("/v1/pauses")).json()
    await post(stack, shops[0], f"/v1/pauses/{pause['id']}/resume", {})
    await stack.stock(*(shop.sold(version=2, explains=(dropped(1),)) for shop in shops[:4]))
    await edits(stack, shops[4:8])
    async with client(stack, shops[0]) as http:
        standing = [one["resumed_at"] is None for one in (await http.get("/v1/pauses")).json()]
    assert standing == [True, False], "paused again, and the first pause on record"


async def test_each_of_several_drops_is_taken_back_by_its_own_order(stack: Stack, shop: Shop) -> None:
    """An article of ten: two are gone before either order is read, then the next two."""
    version = 0
    for left in (8, 6, 4, 2, 0):
        await stack.stock(drop(shop, version + 1, left + 1), drop(shop, version + 2, left))
        orders = [
            shop.sold(version=version + n + 2, quantity=left, explains=(dropped(version + n),))
            for n in (1, 2)
        ]
        await stack.stock(*orders)
        version += 4
    await edits(stack, twins_of(shop, 3))
    assert await pauses_of(stack, shop) == [], "nothing but these three is without an order"
    await edits(stack, twins_of(shop, 1))
    assert len(await pauses_of(stack, shop)) == 1


async def test_a_drop_of_three_waits_for_three_orders(stack: Stack, shop: Shop) -> None:
    await edits(stack, twins_of(shop, 2))
    orders = [shop.sold(version=n, quantity=7, explains=(dropped(1),)) for n in (2, 3, 4)]
    await stack.stock(drop(shop, 1, quantity=7, units=3), orders[0])
    await stack.stock(orders[1])
    assert await pauses_of(stack, shop) == []
    await stack.stock(orders[2])
    await edits(stack, twins_of(shop, 1))
    assert await pauses_of(stack, shop) == [], "the third order was the last that it waited for"
    await edits(stack, twins_of(shop, 1))
    assert len(await pauses_of(stack, shop)) == 1


async def test_an_order_explains_no_other_drop_than_its_own(stack: Stack, shop: Shop) -> None:
    """Neither an earlier one of the article, nor one that came too late to count."""
    await stack.stock(drop(shop, 1, 8))
    await stack.stock(shop.sold(version=3, quantity=7, explains=(dropped(2),)))
    await stack.stock(drop(shop, 2, 7))
    await edits(stack, twins_of(shop, 2))
    assert await pauses_of(stack, shop) == []
    await edits(stack, twins_of(shop, 1))
    assert len(await pauses_of(stack, shop)) == 1, "the first drop still counts"


async def test_a_drop_takes_back_each_listing_it_lowered(stack: Stack, shop: Shop) -> None:
    """Also when its order has nothing more to say of them, because it was cancelled before it was read."""
    both = tuple(shop.target(platform, 1) for platform in (Platform.SHOPIFY, Platform.EBAY))
    changed = shop.changed(both, cause=StockCause.ADJUSTED, drop=dropped(1))
    await stack.stock(changed)
    order = shop.sold(explains=(dropped(1),)).model_copy(update={"targets": ()})
    await stack.stock(order)
    assert await waiting_drops(stack, shop) == 0
    await edits(stack, twins_of(shop, 3))
    assert await pauses_of(stack, shop) == []


async def waiting_drops(stack: Stack, shop: Shop) -> int:
    async with stack.database.bus([shop.tenant]) as uow:
        return len((await uow.conn.execute(text("select 1 from unexplained_drops"))).all())


async def test_orders_that_come_after_the_brakes_pause_lift_it(stack: Stack) -> None:
    """What the marketplace told first were sales; what is still without an order stays counted."""
    shops = twins(7)
    await edits(stack, shops[:6])
    (pause,) = await pauses_of(stack, shops[0])
    sent = len(await sent_to(stack))
    stack.clock.forward(minutes=12)
    await stack.stock(*(shop.sold(version=2, explains=(dropped(1),)) for shop in shops[:2]))
    await stack.sweep()
    (stands,) = await pauses_of(stack, shops[0])
    assert stands["resumed_at"] is None, "four are without an order, however long ago they were lowered"
    assert len(await sent_to(stack)) == sent + 2 * 3
    await stack.stock(shops[2].sold(version=2, explains=(dropped(1),)))
    await stack.sweep()
    (lifted,) = await pauses_of(stack, shops[0])
    assert (lifted["id"], lifted["resumed_by"]) == (pause["id"], "brake")
    assert "orders" in str(lifted["resume_reason"])
    assert len(await sent_to(stack)) == sent + 3 * 3 + 3, "the three it held that no order has taken down"
    assert await watched(stack) == []
    await stack.sweep()
    assert len(await sent_to(stack)) == sent + 3 * 3 + 3


async def test_an_account_is_paused_once_when_two_batches_are_over_the_limit_at_once(stack: Stack) -> None:
    shops = twins(8)
    for _ in range(3):
        await asyncio.gather(edits(stack, shops[:4]), edits(stack, shops[4:]))
        (pause,) = [one for one in await pauses_of(stack, shops[0]) if one["resumed_at"] is None]
        await post(stack, shops[0], f"/v1/pauses/{pause['id']}/resume", {})
        shops = twins_of(shops[0], 8)


async def watched(stack: Stack) -> list[object]:
    async with stack.database.bus() as uow:
        return list((await uow.conn.execute(text("select account_id from braked_accounts"))).scalars())


async def test_a_pause_that_a_person_lifted_is_watched_no_more(stack: Stack) -> None:
    shops = twins(9)
    await edits(stack, shops[:4])
    (pause,) = await pauses_of(stack, shops[0])
    await post(stack, shops[0], f"/v1/pauses/{pause['id']}/resume", {})
    assert len(await watched(stack)) == 1
    await stack.sweep()
    assert await watched(stack) == []
    await edits(stack, shops[4:8])
    await stack.sweep()
    standing = [one["resumed_at"] is None for one in await pauses_of(stack, shops[0])]
    assert standing == [True, False]
    assert [one["resumed_by"] for one in await pauses_of(stack, shops[0])][1] != "brake"


async def test_delists_page_by_keyset(stack: Stack, shop: Shop) -> None:
    many = [Shop(tenant=shop.tenant) for _ in range(5)]
    await stack.stock(*(one.sold() for one in many))
    seen: list[str] = []
    cursor: str | None = None
    async with client(stack, shop) as http:
        while True:
            query: dict[str, str | int] = {"limit": 2, **({"cursor": cursor} if cursor else {})}
            page = (await http.get("/v1/delists", params=query)).json()
            seen += [item["sale_id"] for item in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        forged = await http.get("/v1/delists", params={"cursor": encode_cursor("nonsense", "7")})
    assert len(seen) == len(set(seen)) == 5
    assert (forged.status_code, forged.json()["code"]) == (422, "bad_cursor")


async def test_a_viewer_decides_nothing_and_another_tenant_reaches_nothing(stack: Stack, shop: Shop) -> None:
    sold = shop.sold(outcome=Outcome.HISTORY)
    await stack.stock(sold)
    async with client(stack, shop, "viewer") as http:
        refused = await http.post("/v1/delists/approve", json={"sale_ids": [str(sold.sale_id)]})
    assert refused.status_code == 403
    answer = await post(
        stack,
        Shop(),
        "/v1/delists/approve",
        {"steps": [{"listing_id": str(shop.listings[Platform.EBAY]), "version": 1}]},
    )
    assert answer["results"][0]["done"] is False
    assert await sent_to(stack) == []


async def test_a_pause_names_what_it_is_about(stack: Stack, shop: Shop) -> None:
    async with client(stack, shop) as http:
        answer = await http.post("/v1/pauses", json={"scope": "account", "reason": "?"})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_scope")
