"""A sale on one marketplace takes the article off the others, once, whatever door it came in by."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from soldwire_local.stage.browser import receipt_json
from soldwire_local.stage.shop import until

from tests.e2e.conftest import Stack

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]


async def test_a_two_line_ebay_order_takes_shopify_down_and_leaves_a_depop_step(stack: Stack) -> None:
    coat, bag = await stack.article(), await stack.article()
    sold = await stack.sell("ebay", coat, bag)
    for sale in await stack.shop.sales(str(sold["order_id"]), 2):
        settled = await stack.shop.settled(sale["sale_id"], waiting=("waiting_for_browser",))
        states = {chip["platform"]: chip["state"] for chip in settled["chips"]}
        assert states == {"ebay": "done", "shopify": "done", "depop": "waiting_for_browser"}
        assert settled["status"] == "complete"
        assert await stack.shown(settled["sku"]) == {"ebay": 0, "shopify": 0, "depop": 1}
    assert await stack.browser.work() >= 2
    for sale in await stack.shop.sales(str(sold["order_id"]), 2):
        settled = await stack.shop.settled(sale["sale_id"])
        assert {chip["state"] for chip in settled["chips"]} == {"done"}
        assert await stack.shown(settled["sku"]) == {"ebay": 0, "shopify": 0, "depop": 0}


async def test_a_shopify_sale_withdraws_the_ebay_offer(stack: Stack) -> None:
    boots = await stack.article(on=("shopify", "ebay"))
    sold = await stack.sell("shopify", boots)
    [sale] = await stack.shop.sales(str(sold["order_id"]), 1)
    await stack.shop.settled(sale["sale_id"])
    assert await stack.shown(boots) == {"shopify": 0, "ebay": 0}
    [listing] = await stack.control.truth("listings", platform="ebay", sku=boots)
    calls = await stack.control.truth("calls", platform="ebay", listing=listing["listing"], changed="true")
    assert [call["operation"] for call in calls] == ["withdrawOffer"]


async def test_selling_one_of_three_sets_the_others_to_two_and_delists_nothing(stack: Stack) -> None:
    mug = await stack.article(quantity=3, on=("shopify", "ebay"))
    sold = await stack.sell("shopify", mug)
    [sale] = await stack.shop.sales(str(sold["order_id"]), 1)
    settled = await stack.shop.settled(sale["sale_id"])
    assert {chip["target_quantity"] for chip in settled["chips"]} == {2}
    assert await stack.shown(mug) == {"shopify": 2, "ebay": 2}


async def test_a_depop_sale_read_by_the_browser_takes_the_others_down(stack: Stack) -> None:
    dress = await stack.article()
    sold = await stack.sell("depop", dress)
    receipts = [one for one in await stack.browser.read_sold() if one.receipt_id == str(sold["order_id"])]
    await stack.browser.post_receipts([receipt_json(one) for one in receipts])
    await stack.browser.post_receipts([receipt_json(one) for one in receipts])
    [sale] = await stack.shop.sales(str(sold["order_id"]), 1)
    await stack.shop.settled(sale["sale_id"], waiting=("waiting_for_browser",))
    await stack.browser.work()
    await stack.shop.settled(sale["sale_id"])
    assert await stack.shown(dress) == {"shopify": 0, "ebay": 0, "depop": 0}


@pytest.mark.parametrize("platform", ["shopify", "ebay"])
async def test_the_same_webhook_ten_times_and_every_door_is_one_sale(stack: Stack, platform: str) -> None:
    sku = await stack.article(on=("shopify", "ebay"))
    sold = await stack.sell(platform, sku, duplicates=10)
    order = str(sold["order_id"])
    [sale] = await stack.shop.sales(order, 1)
    await stack.control.order(platform, order, "notify", duplicates=10)
    await stack.shop.refresh("sales")
    await asyncio.sleep(5)  # two polls of every account
    [again] = await stack.shop.sales(order, 1)
    assert again["sale_id"] == sale["sale_id"]
    assert (await stack.shop.settled(sale["sale_id"]))["quantity"] == 1
    held = await stack.databases.count(
        "inventory", f"select coalesce(sum(held), 0) from holds where sale_id = '{sale['sale_id']}'"
    )
    assert held == 1
    [line] = sold["lines"]
    [owed] = await stack.databases.rows(
        "sales-ledger",
        "select sum(amount) as amount from entries "
        f"where subject_id = '{sale['sale_id']}' and kind = 'price' and account like 'marketplace:%'",
    )
    assert owed["amount"] == Decimal(line["price"])


@pytest.mark.parametrize("platform", ["shopify", "ebay"])
async def test_a_sale_whose_webhook_was_lost_is_found_by_reading(stack: Stack, platform: str) -> None:
    sku = await stack.article(on=("shopify", "ebay"))
    sold = await stack.sell(platform, sku, deliver_webhook=False)
    [sale] = await stack.shop.sales(str(sold["order_id"]), 1)
    await stack.shop.settled(sale["sale_id"])
    assert await stack.shown(sku) == {"shopify": 0, "ebay": 0}


async def test_a_sale_from_before_the_account_is_history_and_only_proposed(stack: Stack) -> None:
    sku = await stack.article(on=("ebay",))
    shopify = stack.shop.accounts["shopify"].name
    await stack.control.listing("shopify", account=shopify, sku=sku, title="Coat", price="25.00", quantity=1)
    await stack.shop.refresh("articles")
    await stack.shop.linked(sku, 2)
    long_ago = (datetime.now(UTC) - timedelta(hours=30)).isoformat()
    sold = await stack.sell("shopify", sku, sold_at=long_ago, affects_stock=False, deliver_webhook=False)
    await stack.control.order("shopify", str(sold["order_id"]), "notify")
    [sale] = await stack.shop.sales(str(sold["order_id"]), 1)

    async def judged() -> bool:
        return (await stack.shop.sale(sale["sale_id"]))["outcome"] is not None

    await until(judged, 20, "inventory's word on the old sale")
    settled = await stack.shop.settled(sale["sale_id"], waiting=("waiting_for_approval",))
    assert settled["outcome"] == "history"
    assert {(chip["platform"], chip["state"]) for chip in settled["chips"]} == {
        ("ebay", "waiting_for_approval")
    }
    assert await stack.shown(sku) == {"shopify": 1, "ebay": 1}, "nothing is taken down without a yes"


@pytest.mark.parametrize("signature", ["wrong", "missing"])
@pytest.mark.parametrize(
    ("platform", "topic", "expected"),
    [("shopify", "orders/create", 401), ("ebay", "ORDER_CONFIRMATION", 412)],
)
async def test_a_forged_signature_is_refused_and_leaves_nothing(
    stack: Stack, platform: str, topic: str, expected: int, signature: str
) -> None:
    service = f"connector-{platform}"
    count = "select count(*) from raw_webhooks"
    before = await stack.databases.count(service, count)
    answer = await stack.control.post(
        "/webhooks/forge",
        platform=platform,
        account=stack.shop.accounts[platform].name,
        uri=f"{stack.runtime.url(service)}/hooks/{platform}",
        topic=topic,
        body={"id": 1, "line_items": []},
        signature=signature,
    )
    assert answer["status"] == expected
    assert await stack.databases.count(service, count) == before


async def test_a_body_that_is_not_what_it_says_is_set_aside_and_its_neighbours_pass(stack: Stack) -> None:
    sku = await stack.article(on=("shopify", "ebay"))
    forge = {
        "platform": "shopify",
        "account": stack.shop.accounts["shopify"].name,
        "uri": f"{stack.runtime.url('connector-shopify')}/hooks/shopify",
        "topic": "orders/create",
        "signature": "valid",
    }
    dead = "select count(*) from dead_letters where state = 'open'"
    before = await stack.databases.count("connector-shopify", dead)
    answer = await stack.control.post("/webhooks/forge", **forge, body={"id": "x", "line_items": "none"})
    assert answer["status"] == 200, "it is stored before it is understood"
    sold = await stack.sell("shopify", sku)
    [sale] = await stack.shop.sales(str(sold["order_id"]), 1)
    await stack.shop.settled(sale["sale_id"])

    async def set_aside() -> bool:
        return await stack.databases.count("connector-shopify", dead) == before + 1

    await until(set_aside, 20, "the dead letter")
    [letter] = await stack.databases.rows(
        "connector-shopify", "select id, reason, error from dead_letters where state = 'open'"
    )
    assert letter["reason"]
    assert letter["error"]
    path = f"/admin/dead-letters/{letter['id']}/discard"
    await stack.shop.services.call("POST", "connector-shopify", path, {}, role="operations")


async def test_one_trace_leads_from_the_webhook_to_the_marketplace_call(stack: Stack) -> None:
    sku = await stack.article(on=("shopify", "ebay"))
    sold = await stack.sell("shopify", sku)
    [sale] = await stack.shop.sales(str(sold["order_id"]), 1)
    await stack.shop.settled(sale["sale_id"])
    [listing] = await stack.control.truth("listings", platform="ebay", sku=sku)
    [call] = await stack.control.truth(
        "calls", platform="ebay", listing=listing["listing"], operation="withdrawOffer"
    )
    trace = call["traceparent"].split("-")[1]
    deadline = time.monotonic() + 10
    services: set[str] = set()
    while time.monotonic() < deadline and len(services) < 4:
        await asyncio.sleep(0.5)
        services = {span["service"] for span in stack.spans() if span["trace_id"] == trace}
    assert services >= {"connector-shopify", "inventory", "delist-orchestrator", "connector-ebay"}


async def test_a_cancelled_sale_puts_the_article_back(stack: Stack) -> None:
    sku = await stack.article(on=("shopify", "ebay"))
    sold = await stack.sell("shopify", sku)
    order = str(sold["order_id"])
    [sale] = await stack.shop.sales(order, 1)
    await stack.shop.settled(sale["sale_id"])
    await stack.control.order("shopify", order, "cancel", reason="CUSTOMER", restock=True)

    async def back() -> bool:
        return await stack.shown(sku) == {"shopify": 1, "ebay": 1}

    await until(back, 40, "both listings to be for sale again")
    assert (await stack.shop.sale(sale["sale_id"]))["status"] == "cancelled"
