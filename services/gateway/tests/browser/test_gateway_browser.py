"""What only a browser can show: live updates in place, keys, thumbs, contrast of what is drawn.

Each has an HTML-level counterpart in `test_gateway_pages.py` that runs everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from gateway.config import Settings
from gateway.routes import stream
from gateway_fixtures import chromium
from gateway_fixtures.server import EMAIL, PASSWORD, Running, create_person, served
from gateway_fixtures.shop import busy_shop, calm_shop
from playwright.sync_api import Browser, Page, expect, sync_playwright
from testkit.databases import Databases
from testkit.infra import blocking
from testkit.services import settings_for

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium.path() is None, reason="Chromium is not installed: apt-get install chromium"),
]
LEVIS = "Levi’s 501 jeans, W31 L32, stonewash"


@pytest.fixture(scope="module")
def module_settings(databases: Databases) -> Iterator[Settings]:
    """One database for all: these tests change owners, not the gateway's tables."""
    made = databases.fresh("gateway")
    settings = settings_for(Settings, made, panel_patience_seconds=2.0)
    blocking(lambda: create_person(settings))
    yield settings
    databases.drop(made)


@pytest.fixture
def gateway(module_settings: Settings) -> Iterator[Running]:
    """A served gateway over a busy day."""
    with served(module_settings, busy_shop(datetime.now(UTC))) as running:
        yield running


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    """One browser for all."""
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def page(chrome: Browser, gateway: Running) -> Iterator[Page]:
    """A page that is signed in; any script error or refusal by the content policy fails the test."""
    context = chrome.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on(
        "console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None
    )
    opened.goto(gateway.url)
    opened.get_by_label("E-mail address").fill(EMAIL)
    opened.get_by_label("Password").fill(PASSWORD)
    opened.keyboard.press("Enter")
    opened.wait_for_url(f"{gateway.url}/")
    yield opened
    context.close()
    assert wrong == []


def listening(page: Page, gateway: Running) -> None:
    """Wait until the page's stream is open."""
    for _ in range(100):
        if gateway.hub.count():
            return
        page.wait_for_timeout(50)
    raise AssertionError("the page opened no stream")


def test_a_sale_appears_without_reload_tinted_and_nothing_jumps(page: Page, gateway: Running) -> None:
    listening(page, gateway)
    page.evaluate(
        "window.unloaded = false; addEventListener('beforeunload', () => { window.unloaded = true; })"
    )
    row = page.locator("#panel-latest tbody tr", has_text="Nike windbreaker")
    page.set_viewport_size({"width": 1440, "height": 500})
    row.get_by_role("link").focus()
    before = row.bounding_box()
    gateway.owners.shop.sell(
        0, "Vivienne Westwood corset, 1990", "VW-90", "depop", "420.00", elsewhere="ebay:asked"
    )
    gateway.hint("sale")
    fresh = page.locator("#panel-latest tbody tr", has_text="Vivienne Westwood")
    expect(fresh).to_be_visible()
    expect(fresh).to_have_class("arrived")
    expect(row.get_by_role("link")).to_be_focused()
    after = row.bounding_box()
    assert before
    assert after
    assert abs(before["y"] - after["y"]) <= 41, "at most one row's height, and only when scrolled to the top"
    expect(fresh).not_to_have_class("arrived", timeout=5000)
    assert page.evaluate("window.unloaded") is False


def test_a_take_down_shows_where_it_happens(page: Page, gateway: Running) -> None:
    listening(page, gateway)
    sale = gateway.owners.shop.sales[0]
    chips = page.locator(f"#latest-{sale['sale_id']} .chips")
    expect(chips).to_contain_text("Shopify: Running")
    gateway.owners.shop.finish(sale["sale_id"], "shopify")
    gateway.hint("delist", sale["sale_id"])
    expect(chips).to_contain_text("Shopify: Done")


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


def test_selection_outlives_a_live_update(page: Page, gateway: Running) -> None:
    page.goto(f"{gateway.url}/automations/delist")
    listening(page, gateway)
    page.get_by_label("Choose Ralph Lauren").check()
    expect(page.get_by_text("1 selected")).to_be_visible()
    gateway.owners.shop.sell(0, "Wool beret, red", "WB-1", "ebay", "12.00", elsewhere="shopify:failed")
    gateway.hint("delist")
    expect(page.get_by_text("Wool beret, red")).to_be_visible()
    expect(page.get_by_label("Choose Ralph Lauren")).to_be_checked()
    expect(page.get_by_text("1 selected")).to_be_visible()


def test_a_stale_panel_keeps_what_it_shows_and_says_since_when(page: Page, gateway: Running) -> None:
    listening(page, gateway)
    gateway.owners.away.add("sales-ledger")
    gateway.hint("sale")
    latest = page.locator("#panel-latest")
    expect(latest.locator(".stale")).to_contain_text("Not updated since")
    expect(latest).to_contain_text(LEVIS)
    gateway.owners.away.clear()
    gateway.hint("sale")
    expect(latest.locator(".stale")).to_have_count(0)


def test_what_was_not_there_at_first_comes_by_itself(page: Page, gateway: Running) -> None:
    gateway.owners.away.add("sales-ledger")
    page.clock.install()
    page.goto(gateway.url)
    latest, stats = page.locator("#panel-latest"), page.locator("#panel-stats")
    expect(latest).to_contain_text("we try again every ten seconds")
    expect(stats).to_contain_text("The sales ledger does not answer")
    gateway.owners.away.clear()
    page.clock.fast_forward(10_000)
    expect(latest).to_contain_text(LEVIS)
    expect(stats).to_contain_text("After fees")


def test_sentences_that_tell_a_time_stay_true(page: Page, gateway: Running) -> None:
    page.clock.install()
    page.goto(gateway.url)
    expect(page.locator("#panel-truth")).to_contain_text("4 sold articles are still live")
    gateway.owners.shop.sales.clear()
    page.clock.fast_forward(60_000)
    expect(page.locator("#panel-truth")).not_to_contain_text("still live")


def test_a_session_that_ended_leads_to_sign_in_and_back(
    page: Page, gateway: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "LIFE_SECONDS", 0.5)
    page.goto(f"{gateway.url}/automations/sync?status=paid")
    page.context.clear_cookies()
    page.wait_for_url("**/sign-in?next=/automations/sync%3Fstatus%3Dpaid")


def test_a_stream_that_ends_in_its_time_is_no_news(
    page: Page, gateway: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "LIFE_SECONDS", 0.3)
    page.goto(gateway.url)
    page.evaluate(
        "window.shown = 0; new MutationObserver(() => { window.shown += 1; })"
        ".observe(document.getElementById('offline'), { attributes: true })"
    )
    page.wait_for_timeout(2500)
    assert page.evaluate("window.shown") == 0
    gateway.owners.shop.sell(0, "Sold between streams", "SB-1", "ebay", "12.00")
    gateway.hint("sale")
    expect(page.locator("#panel-latest")).to_contain_text("Sold between streams")


def test_a_hidden_tab_lets_go_and_catches_up_when_seen(page: Page, gateway: Running) -> None:
    page.clock.install()
    page.goto(gateway.url)
    listening(page, gateway)
    show = (
        "(hidden) => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
        + (" document.dispatchEvent(new Event('visibilitychange')); }")
    )
    page.evaluate(show, True)
    page.clock.fast_forward(10_000)
    for _ in range(100):
        if not gateway.hub.count():
            break
        gateway.hint("account")
        page.wait_for_timeout(100)
    assert gateway.hub.count() == 0
    gateway.owners.shop.sell(0, "Sold unseen", "SU-1", "ebay", "12.00")
    page.evaluate(show, False)
    expect(page.locator("#panel-latest")).to_contain_text("Sold unseen")
    listening(page, gateway)
    expect(page.locator("#offline")).to_be_hidden()


def test_without_live_updates_a_banner_says_so_until_they_are_back(page: Page, gateway: Running) -> None:
    listening(page, gateway)
    banner = page.locator("#offline")
    gateway.hears(False)
    expect(banner).to_contain_text("Live updates stopped at")
    expect(banner).to_be_visible()
    gateway.owners.shop.sell(0, "Sold meanwhile", "SM-1", "ebay", "12.00")
    gateway.hears(True)
    expect(banner).to_be_hidden()
    expect(page.locator("#panel-latest")).to_contain_text("Sold meanwhile")


def test_the_chart_is_drawn_and_its_table_says_the_same(page: Page) -> None:
    expect(page.locator("#days-chart canvas")).to_be_visible()
    page.get_by_role("button", name="Table").click()
    expect(page.locator("#days-table tbody tr")).to_have_count(30)
    expect(page.locator("#days-chart")).to_be_hidden()


def test_colours_are_kept_over_pages(page: Page, gateway: Running) -> None:
    page.get_by_label("Your menu").click()
    page.get_by_role("button", name="Dark").click()
    page.goto(f"{gateway.url}/automations/delist")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


PATHS = ("/", "/automations/sync", "/automations/delist", "/you")


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
