"""What a seller decides about stock, through the whole product: linking, merging, disconnecting, refunds, the shop's till."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from soldwire_local.stage.shop import until

from tests.e2e.conftest import Stack

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]

Json = dict[str, Any]
INVENTORY, LEDGER, ORCHESTRATOR = "inventory", "sales-ledger", "delist-orchestrator"
SETTINGS = {"create_articles": True, "default_owner": "own", "create_from": "sku_only"}


def shows(stack: Stack, wanted: dict[str, int], *skus: str) -> Callable[[], Awaitable[bool]]:
    """Whether these listings together show a buyer that."""

    async def condition() -> bool:
        found: dict[str, int] = {}
        for sku in skus:
            found |= await stack.shown(sku)
        return found == wanted

    return condition


async def stocked(stack: Stack, platform: str, title: str) -> str:
    """One article on one marketplace under a SKU of its own there, read; its SKU."""
    prefix = f"R-{uuid4().hex[:8]}-"
    await stack.shop.stock((platform,), count=1, sku_prefix=prefix, title=title, price="30.00", quantity=1)
    await stack.shop.refresh("articles")
    return f"{prefix}1"


async def article_of(stack: Stack, sku: str) -> Json:
    return await stack.shop.linked(sku, 1)


async def settings(stack: Stack, **changed: object) -> None:
    await stack.shop.services.call("PUT", INVENTORY, "/v1/settings", {**SETTINGS, **changed})


async def listing_of(stack: Stack, sku: str) -> Json:
    """Inventory's view of a listing by its SKU, once it was read."""
    found: list[Json] = []

    async def there() -> bool:
        nonlocal found
        page = await stack.shop.services.get(INVENTORY, "/v1/listings", search=sku)
        found = [one for one in page["items"] if one["sku"] == sku]
        return bool(found)

    await until(there, 30, f"listing {sku} to be read")
    return found[0]


async def unmatched(stack: Stack, sale_id: str) -> None:
    """Wait for inventory to say that it found no article for the sale."""

    async def waits() -> bool:
        page = await stack.shop.services.get(INVENTORY, "/v1/unmatched")
        return sale_id in {one["sale_id"] for one in page["items"]}

    await until(waits, 30, "the sale to wait for an article")


async def outcome_of(stack: Stack, sale_id: str, wanted: str) -> None:
    async def said() -> bool:
        return bool((await stack.shop.sale(sale_id))["outcome"] == wanted)

    await until(said, 30, f"the sale to be {wanted}")


async def test_a_sale_of_an_unmatched_listing_delists_once_its_suggestion_is_accepted(stack: Stack) -> None:
    title = f"Kimono {uuid4().hex[:6]} silk"
    shopify = await stocked(stack, "shopify", title)
    await article_of(stack, shopify)
    await settings(stack, create_articles=False)
    try:
        ebay = await stocked(stack, "ebay", title)
        alone = await listing_of(stack, ebay)
        assert alone["article_id"] is None
        sold = await stack.sell("ebay", ebay)
        [sale] = await stack.shop.sales(str(sold["order_id"]), 1)
        assert (sale["status"], sale["outcome"]) == ("owner_unknown", None)
        await unmatched(stack, sale["sale_id"])
        assert await stack.shown(shopify) == {"shopify": 1}

        services = stack.shop.services
        batch = await services.post(INVENTORY, "/v1/suggestions/preview", {"min_score": 90})
        assert alone["id"] in {pair["listing_id"] for pair in batch["pairs"]}
        await services.post(INVENTORY, f"/v1/suggestions/batches/{batch['id']}/accept")
        await outcome_of(stack, sale["sale_id"], "held")
        await until(shows(stack, {"shopify": 0}, shopify), 30, "the kimono to be off sale at Shopify")
        assert (await stack.shop.sale(sale["sale_id"]))["status"] == "complete"
    finally:
        await settings(stack)


async def test_two_articles_that_are_one_sell_once_after_they_are_merged(stack: Stack) -> None:
    shopify, ebay = (
        await stocked(stack, "shopify", "Parka, olive"),
        await stocked(stack, "ebay", "Olive parka"),
    )
    kept, merged = await article_of(stack, shopify), await article_of(stack, ebay)
    path = f"/v1/articles/{kept['id']}/merge"
    plan = await stack.shop.services.get(INVENTORY, path, from_id=merged["id"])
    assert (plan["moving_listings"], plan["moving_sales"], plan["doubles"]) == (1, 0, [])
    await stack.shop.services.post(INVENTORY, path, {"from_id": merged["id"], "quantity": 1})

    sold = await stack.sell("ebay", ebay)
    await until(shows(stack, {"shopify": 0, "ebay": 0}, shopify, ebay), 30, "the parka to be off sale")
    [sale] = await stack.shop.sales(str(sold["order_id"]), 1)
    settled = await stack.shop.settled(sale["sale_id"])
    assert (settled["outcome"], settled["article_id"]) == ("held", kept["id"])
    steps = await stack.shop.services.get(
        ORCHESTRATOR, "/v1/steps", article_id=kept["id"], platform="shopify"
    )
    newest = steps["items"][0]
    assert (newest["state"], newest["target_quantity"]) == ("done", 0)


async def test_a_disconnected_listing_comes_down_and_is_no_longer_the_articles(stack: Stack) -> None:
    sku = await stack.article(on=("shopify", "ebay"))
    article = await stack.shop.linked(sku, 2)
    [ebay] = [one for one in article["listings"] if one["platform"] == "ebay"]
    body = {"listing_ids": [ebay["id"]], "reason": "sold in the shop only"}
    await stack.shop.services.post(INVENTORY, "/v1/listings/disconnect", body)
    await until(shows(stack, {"shopify": 1, "ebay": 0}, sku), 30, "the eBay listing to come down")

    async def unlinked() -> bool:
        now = await stack.shop.services.get(INVENTORY, f"/v1/articles/{article['id']}")
        return [one["platform"] for one in now["listings"]] == ["shopify"]

    await until(unlinked, 30, "the eBay listing to be unlinked")


async def test_a_refund_asks_and_restocking_puts_the_article_back_for_sale(stack: Stack) -> None:
    sku = await stack.article(on=("shopify", "ebay"))
    sold = await stack.sell("ebay", sku)
    order = str(sold["order_id"])
    [recorded] = await stack.shop.sales(order, 1)
    sale = await stack.shop.settled(
        recorded["sale_id"]
    )  # the article is inventory's word, which may come later
    await stack.control.order("ebay", order, "refund", amount=sale["price"]["amount"], note="it did not fit")
    asked: list[Json] = []

    async def questioned() -> bool:
        nonlocal asked
        found = await stack.shop.services.get(INVENTORY, "/v1/questions", article_id=sale["article_id"])
        asked = [one for one in found["items"] if one["article_id"] == sale["article_id"]]
        return bool(asked)

    await until(questioned, 30, "inventory to ask what became of the coat")
    assert await stack.shown(sku) == {"shopify": 0, "ebay": 0}
    explained = await stack.shop.services.get(INVENTORY, f"/v1/articles/{sale['article_id']}/timeline")
    assert explained["next_action"]["code"] == "question", explained["next_action"]
    await stack.shop.services.post(INVENTORY, f"/v1/questions/{asked[0]['id']}/answer", {"answer": "restock"})
    await until(shows(stack, {"shopify": 1, "ebay": 1}, sku), 40, "the coat to be for sale again")
    assert (await stack.shop.sale(sale["sale_id"]))["refund_state"] == "wholly"


async def test_what_the_till_sold_comes_off_every_marketplace_and_is_a_sale(stack: Stack) -> None:
    sku = await stack.article(on=("shopify", "ebay"))
    article = await stack.shop.linked(sku, 2)
    till = {"price": {"amount": "22.00", "currency": "GBP"}, "reference": f"till {sku}"}
    path = f"/v1/articles/{article['id']}/sold-elsewhere"
    accepted = await stack.shop.services.post(INVENTORY, path, till)
    await until(shows(stack, {"shopify": 0, "ebay": 0}, sku), 30, "both listings to come down")
    sale = await stack.shop.settled(accepted["sale_id"])
    assert (sale["platform"], sale["price"]["amount"], sale["status"]) == ("elsewhere", "22.00", "complete")
