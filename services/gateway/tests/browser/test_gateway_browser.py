"""What only a browser can show: live updates in place, keys, thumbs, contrast of what is drawn.

Each has an HTML-level counterpart in `test_gateway_pages.py` that runs everywhere.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from gateway.config import Settings
from gateway_fixtures import chromium
from gateway_fixtures.chromium import listening
from gateway_fixtures.day import calm_shop
from gateway_fixtures.server import EMAIL, PASSWORD, Running, served
from playwright.sync_api import Browser, Page, expect

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium.path() is None, reason="Chromium is not installed: apt-get install chromium"),
]
LEVIS = "Levi’s 501 jeans, W31 L32, stonewash"


def test_opening_a_sale_by_keys_alone(page: Page) -> None:
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    page.locator("#panel-latest .row-link").first.focus()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.locator("#panel-latest .row-link").nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What happened")).to_be_visible()
    expect(page.locator(".timeline li").first).to_contain_text("Sold on Shopify")


def test_search_is_a_key_away(page: Page) -> None:
    page.keyboard.press("Control+k")
    expect(page.get_by_label("Search sales")).to_be_focused()
    page.keyboard.type("mulberry")
    page.keyboard.press("Enter")
    page.wait_for_url("**/automations/sync?q=mulberry")
    expect(page.locator("#panel-sales tbody tr")).to_have_count(1)


def test_escape_closes_a_menu_and_gives_the_focus_back(page: Page) -> None:
    opener = page.get_by_label("Choose what to refresh")
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Sales only")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Sales only")).to_be_hidden()
    expect(opener).to_be_focused()


def test_refresh_says_so_and_shows_its_progress(page: Page, gateway: Running) -> None:
    listening(page, gateway)
    page.get_by_role("button", name="Refresh data").click()
    expect(page.locator(".toast")).to_contain_text("Refreshing: everything.")
    gateway.hint("sync")
    expect(page.locator("#panel-runs progress")).to_have_count(3)


def test_approving_takes_the_need_away(page: Page, gateway: Running) -> None:
    listening(page, gateway)
    page.get_by_role("button", name="Approve taking Ralph Lauren").click()
    expect(page.locator(".toast")).to_contain_text("Approved.")
    gateway.hint("delist")
    expect(page.locator("#panel-needs", has_text="Ralph Lauren")).to_have_count(0)


def test_the_chart_is_drawn_and_its_table_says_the_same(page: Page) -> None:
    expect(page.locator("#days-chart canvas")).to_be_visible()
    page.get_by_role("button", name="Table").click()
    expect(page.locator("#days-table tbody tr")).to_have_count(30)
    expect(page.locator("#days-chart")).to_be_hidden()


def test_testing_a_connection_and_changing_it_by_keys_alone(page: Page, gateway: Running) -> None:
    page.goto(f"{gateway.url}/settings/accounts")
    page.get_by_role("button", name="Test connection").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".tested")).to_contain_text("Not everything works.")
    page.get_by_label("When a product is sold out").select_option("draft")
    expect(page.locator(".toast")).to_contain_text("Saved.")
    assert gateway.owners.shop.account("shopify")["sold_out"] == "draft"
    page.get_by_label("Stock is counted here").press("Space")
    expect(page.locator(".toast")).to_have_count(2)
    assert gateway.owners.shop.account("shopify")["stock_master"] is False
    gateway.hint("account")
    expect(page.get_by_label("When a product is sold out")).to_have_value("draft")
    expect(page.locator(".tested")).to_be_visible()


def test_the_way_to_shopify_is_open_though_forms_lead_only_to_us(page: Page, gateway: Running) -> None:
    """The content policy's form-action holds redirects of a form too; the page between is left by itself."""
    shopify = "https://another-shop.myshopify.com/admin/oauth/authorize*"
    page.route(shopify, lambda route: route.fulfill(body="Shopify asks", content_type="text/html"))
    page.goto(f"{gateway.url}/settings/accounts")
    page.locator("#shop").fill("another-shop")
    page.keyboard.press("Enter")
    page.wait_for_url(shopify)
    expect(page.locator("body")).to_have_text("Shopify asks")


def test_the_own_app_s_form_opens_by_keys(page: Page, gateway: Running) -> None:
    page.goto(f"{gateway.url}/settings/accounts")
    page.get_by_text("Use an app of your shop’s own instead").press("Enter")
    expect(page.get_by_label("Admin API access token")).to_be_visible()


def test_colours_are_kept_over_pages(page: Page, gateway: Running) -> None:
    page.get_by_label("Your menu").click()
    page.get_by_role("button", name="Dark").click()
    page.goto(f"{gateway.url}/automations/delist")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


PATHS = ("/", "/automations/sync", "/automations/delist", "/settings/accounts", "/you")


@pytest.mark.parametrize("width", [390, 768, 1024, 1200, 1440])
def test_no_page_scrolls_sideways(page: Page, gateway: Running, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    for path in (*PATHS, f"/sales/{gateway.owners.shop.sales[0]['sale_id']}"):
        page.goto(gateway.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


CRAMPED = """() => [...document.querySelectorAll("main p, main dd")]
  .filter((e) => e.textContent.trim().length > 20 && e.checkVisibility() && !e.closest(".clip"))
  .filter((e) => e.clientWidth < 140 || e.scrollWidth > e.clientWidth).map((e) => e.textContent.trim().slice(0, 40))"""


def test_sentences_have_room_on_a_phone(page: Page, gateway: Running) -> None:
    gateway.owners.shop.sell(
        0, "Rare coat", "RC-1", "ebay", "9999999.99", elsewhere="depop:waiting_for_browser"
    )
    page.set_viewport_size({"width": 390, "height": 844})
    for path in (*PATHS, f"/sales/{gateway.owners.shop.sales[0]['sale_id']}"):
        page.goto(gateway.url + path)
        assert page.evaluate(CRAMPED) == [], path
        assert page.evaluate(
            "[...document.querySelectorAll('.stat')].every((e) => e.scrollWidth <= e.clientWidth)"
        )


def test_thumbs_reach_every_page_at_390(page: Page, gateway: Running) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    for name in ("Sync", "Delist", "You", "Dashboard"):
        link = page.locator(".bar").get_by_role("link", name=name)
        box = link.bounding_box()
        assert box
        assert box["height"] >= 44
        link.click()
        expect(page.locator("h1")).to_have_text(name)


CONTRAST = """() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map((c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = rgba(getComputedStyle(e).backgroundColor);
      if (colour[3] > 200) return colour;
    }
    return rgba(getComputedStyle(document.documentElement).colorScheme === "dark" ? "#000" : "#fff");
  };
  const poor = [];
  for (const element of document.querySelectorAll("body *")) {
    const text = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!text || !element.checkVisibility() || element.closest(".visually-hidden, .skip")) continue;
    const [a, b] = [light(rgba(getComputedStyle(element).color)), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push(`${element.className || element.tagName} ${element.textContent.trim().slice(0, 30)} ${ratio.toFixed(2)}`);
  }
  return [...new Set(poor)];
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_all_text_has_contrast_of_aa(page: Page, gateway: Running, theme: str) -> None:
    page.context.add_cookies([{"name": "theme", "value": theme, "url": gateway.url}])
    for path in (*PATHS, f"/sales/{gateway.owners.shop.sales[0]['sale_id']}"):
        page.goto(gateway.url + path)
        assert page.evaluate(CONTRAST) == [], path


def test_without_scripts_pages_and_forms_still_work(chrome: Browser, module_settings: Settings) -> None:
    with served(module_settings, calm_shop(datetime.now(UTC))) as gateway:
        context = chrome.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(gateway.url)
        page.get_by_label("E-mail address").fill(EMAIL)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator("#panel-truth")).to_contain_text("off sale everywhere")
        page.get_by_role("button", name="Refresh data").click()
        expect(page.locator("#panel-runs progress")).to_have_count(3)
        context.close()
