"""Live updates in a real browser: in place, honest about what was missed, quiet when nothing is wrong."""

from __future__ import annotations

import pytest
from gateway.routes import stream
from gateway_fixtures import chromium
from gateway_fixtures.chromium import listening
from gateway_fixtures.server import Running
from playwright.sync_api import Page, expect

pytestmark = [
    pytest.mark.long,
    pytest.mark.browser,
    pytest.mark.skipif(chromium.path() is None, reason="Chromium is not installed: apt-get install chromium"),
]
LEVIS = "Levi’s 501 jeans, W31 L32, stonewash"


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


def test_an_amount_that_is_being_typed_outlives_a_live_update(page: Page, gateway: Running) -> None:
    sale = next(s for s in gateway.owners.shop.sales if s["owner"] == "consigned")
    sale |= {"waits_for_fees": True, "share_unknown": "The marketplace has not said its fees yet."}
    page.goto(f"{gateway.url}/sales/{sale['sale_id']}")
    listening(page, gateway)
    amount = page.get_by_label("Fees in GBP")
    for typed in ("1.2", "1.25"):
        amount.fill(typed)
        page.get_by_role("button", name="Give fees").focus()
        sale["title"] = f"Changed at {typed}"
        gateway.hint("sale", sale["sale_id"])
        expect(page.get_by_role("heading", name=f"Changed at {typed}")).to_be_visible()
        expect(amount).to_have_value(typed)


def test_what_is_chosen_is_acted_on_with_a_thumb(page: Page, gateway: Running) -> None:
    """The foot is not under the bar, and the view that is open is among what the tabs show."""
    for sale in gateway.owners.shop.sales:
        sale |= {"waits_for_fees": True, "share_unknown": "The marketplace has not said its fees yet."}
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{gateway.url}/automations/sync?fees=waiting")
    expect(page.get_by_role("link", name="Waiting for fees")).to_be_in_viewport()
    title = gateway.owners.shop.sales[0]["title"]
    page.get_by_label(f"Choose {title}").check()
    page.get_by_role("button", name="No fees for these").click(timeout=3000)
    expect(page.locator(".toast")).to_contain_text("1 sale has no fees.")
    page.get_by_role("button", name="Undo").click(timeout=3000)
    expect(page.get_by_text("1 sale waits for its fees again.")).to_be_visible()


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
