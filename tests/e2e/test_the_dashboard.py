"""A signed-in seller's dashboard over the real owners: a sale comes to an open page, and its own page tells its way."""

from __future__ import annotations

from uuid import uuid4

import pytest
from bs4 import Tag
from soldwire_local.stage import create_seller

from tests.e2e.conftest import Stack
from tests.e2e.dashboard import Dashboard, one, signed_in, words

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]

PAGES = ("/", "/automations/sync", "/automations/delist")


def row_of(panel: Tag, sku: str) -> Tag | None:
    """The table's row of an article."""
    return next((row for row in panel.select("tr[data-row]") if sku in words(row)), None)


def listings_of(panel: Tag) -> dict[str, str]:
    """Of a sale's page: what is said of each platform's listing."""
    rows = [words(row) for row in panel.select("li.listing")]
    return {row.partition(" ")[2].partition(" ")[0]: row for row in rows}


def way_of(panel: Tag) -> list[str]:
    """Of a sale's page: what happened, in order."""
    return [words(moment) for moment in panel.select("ol.timeline li")]


async def test_a_sale_comes_to_the_open_page_and_its_own_page_tells_its_way(
    stack: Stack, seller: Dashboard
) -> None:
    sku = await stack.article()
    page = await seller.page("/automations/sync")
    assert row_of(await page.panel("sales"), sku) is None
    async with seller.listening(page) as hints:
        sold = await stack.sell("ebay", sku)

        async def named() -> Tag | None:
            row = row_of(await page.panel("sales"), sku)
            return row if row and str(row["id"]).removeprefix("sale-") in hints.told["sale"] else None

        row = await hints.until(named, "the sale's row")
        [sale] = await stack.shop.sales(str(sold["order_id"]), 1)
        assert row["id"] == f"sale-{sale['sale_id']}"
        assert all(said in words(row) for said in ("Coat", "eBay", "£25.00", "Complete"))

        async def shopify_is_down() -> Tag | None:
            row = row_of(await page.panel("sales"), sku)
            return row if row and "Shopify: Done" in words(row) else None

        row = await hints.until(shopify_is_down, "Shopify's take-down")
        assert "Depop: Waiting for your browser" in words(row)
    await _its_page(stack, seller, sku, sale["sale_id"])


async def _its_page(stack: Stack, seller: Dashboard, sku: str, sale_id: str) -> None:
    """First with Depop's listing waiting, then live to the end."""
    page = await seller.page(f"/sales/{sale_id}")
    panel = await page.panel("sale")
    assert sku in words(one(panel, ".sale-head"))
    _waits_for_the_browser(panel)
    async with seller.listening(page) as hints:
        await stack.browser.work()

        async def all_down() -> Tag | None:
            panel = await page.panel("sale")
            return panel if "Off sale everywhere" in words(panel) else None

        panel = await hints.until(all_down, "the end of the sale's way")
        assert set[str]().union(*hints.told.values()) == {sale_id}
    assert all("Done" in said for said in listings_of(panel).values())
    assert any(moment.startswith("Depop: verified off sale") for moment in way_of(panel))
    assert await stack.shown(sku) == {"shopify": 0, "ebay": 0, "depop": 0}


def _waits_for_the_browser(panel: Tag) -> None:
    way = way_of(panel)
    happened = {moment.partition(" +")[0].rpartition(" ")[0] for moment in way}
    assert happened >= {
        "Detected by Soldwire",
        "Stock held",
        "Recorded",
        *(f"{name}: asked to come off" for name in ("Shopify", "Depop")),
        *(f"Shopify: {step}" for step in ("taken down", "verified off sale")),
    }
    assert way[0].startswith("Sold on eBay")
    assert all(" ms" in moment for moment in way[1:])
    assert not any(moment.startswith(("Depop: taken", "Off sale")) for moment in way)
    listings = listings_of(panel)
    assert "Done" in listings["Shopify"]
    assert "sold here" in listings["eBay"]
    assert "Waiting for your browser" in listings["Depop"]


async def test_every_panel_is_filled_by_its_owner(stack: Stack, seller: Dashboard) -> None:
    sku = await stack.article(on=("shopify", "ebay"))
    sold = await stack.sell("shopify", sku)
    [sale] = await stack.shop.sales(str(sold["order_id"]), 1)
    await stack.shop.settled(sale["sale_id"])
    shown: set[str] = set()
    for path in (*PAGES, f"/sales/{sale['sale_id']}"):
        page = await seller.page(path)
        names = [str(found["id"]).removeprefix("panel-") for found in page.html.select("[data-panel]")]
        assert names
        for name in names:
            panel = await page.panel(name)
            assert not panel.select("[data-failed], [data-partial]"), (path, name, words(panel))
            shown.update(str(found["id"]) for found in panel.select("[id]"))
    assert shown >= {f"latest-{sale['sale_id']}", f"sale-{sale['sale_id']}", f"delist-{sale['sale_id']}"}
    assert shown >= {f"account-{account.id}" for account in stack.shop.accounts.values()}


async def test_what_a_person_asks_reaches_the_owner(stack: Stack, seller: Dashboard) -> None:
    before = {run["run_id"] for run in await _runs_asked_for(stack)}
    answer = await seller.send("/refresh", scope="sales")
    assert answer.status_code == 303, answer.text
    begun = [run for run in await _runs_asked_for(stack) if run["run_id"] not in before]
    assert {(run["platform"], run["scope"]) for run in begun} == {
        (platform, "sales") for platform in stack.shop.accounts
    }


async def _runs_asked_for(stack: Stack) -> list[dict[str, str]]:
    page = await stack.shop.services.get("scheduler", "/v1/runs", visible=True, limit=200)
    found: list[dict[str, str]] = page["items"]
    return found


async def test_another_seller_sees_none_of_it(stack: Stack, seller: Dashboard) -> None:
    sku = await stack.article(on=("ebay",))
    sold = await stack.sell("ebay", sku)
    [sale] = await stack.shop.sales(str(sold["order_id"]), 1)
    own = await (await seller.page("/automations/sync")).panel("sales")
    assert row_of(own, sku) is not None
    email, password = f"{uuid4().hex}@e2e.example", "a password of somebody else"
    await create_seller(stack.runtime.environment(), email=email, password=password, shop="Other")
    async with signed_in(stack.runtime.url("gateway"), email, password) as other:
        page = await other.page("/automations/sync")
        assert "No sales yet" in words(await page.panel("sales"))
        assert (await other.http.get(f"/sales/{sale['sale_id']}")).status_code == 404
