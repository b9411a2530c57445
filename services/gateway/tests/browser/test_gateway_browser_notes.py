"""Short notes that offer something: long enough to be taken, by keys too, and never lost while somebody is at it."""

from __future__ import annotations

import pytest
from gateway_fixtures import chromium
from gateway_fixtures.server import Running
from gateway_fixtures.shop import Json
from playwright.sync_api import Locator, Page, expect

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium.path() is None, reason="Chromium is not installed: apt-get install chromium"),
]
A_WHILE = 60_000
"""Milliseconds longer than any note stays by itself."""


@pytest.fixture
def waiting(gateway: Running) -> list[Json]:
    """Two sales that wait for their fees."""
    sales = gateway.owners.shop.sales[:2]
    for sale in sales:
        sale |= {"waits_for_fees": True, "share_unknown": "The marketplace has not said its fees yet."}
    return sales


@pytest.fixture
def note(page: Page, gateway: Running, waiting: list[Json]) -> Locator:
    """What is said once both are said to have no fees, by keys; the page's time is ours."""
    page.clock.install()
    page.goto(f"{gateway.url}/automations/sync?fees=waiting")
    for sale in waiting:
        page.get_by_label(f"Choose {sale['title']}").press("Space")
    page.get_by_role("button", name="No fees for these").press("Enter")
    said = page.locator(".toast", has_text="2 sales have no fees.")
    expect(said).to_be_visible()
    return said


def test_it_is_taken_back_by_keys_alone(
    page: Page, gateway: Running, note: Locator, waiting: list[Json]
) -> None:
    gateway.hint("sale")
    expect(page.get_by_text("No sale matches")).to_be_visible()
    undo = note.get_by_role("button", name="Undo")
    for _ in range(3):
        page.keyboard.press("Tab")
        if undo.evaluate("button => button === document.activeElement"):
            break
    expect(undo).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_have_text(["Taken back. 2 sales wait for their fees again."])
    expect(page.locator("#main")).to_be_focused()
    assert [sale["waits_for_fees"] for sale in waiting] == [True, True]
    gateway.hint("sale")
    expect(page.locator("#panel-sales tbody tr")).to_have_count(2)


def test_it_is_offered_for_ten_seconds(page: Page, note: Locator) -> None:
    page.clock.fast_forward(8_000)
    expect(note).to_be_visible()
    page.clock.fast_forward(2_000)
    expect(note).to_have_count(0)


def test_it_stays_while_it_is_pointed_at_or_has_the_focus(page: Page, note: Locator) -> None:
    undo = note.get_by_role("button", name="Undo")
    note.hover()
    page.clock.fast_forward(A_WHILE)
    undo.focus()
    page.mouse.move(0, 0)
    page.clock.fast_forward(A_WHILE)
    expect(undo).to_be_focused()
    undo.blur()
    page.clock.fast_forward(8_000)
    expect(note).to_be_visible()
    page.clock.fast_forward(2_000)
    expect(note).to_have_count(0)


def test_what_could_not_be_sent_can_be_sent_again(
    page: Page, gateway: Running, note: Locator, waiting: list[Json]
) -> None:
    undo = note.get_by_role("button", name="Undo")
    page.route("**/sales/fees/undo", lambda route: route.abort())
    undo.press("Enter")
    expect(page.locator(".toast-red")).to_contain_text("Check your connection, then repeat.")
    page.unroute("**/sales/fees/undo")
    gateway.owners.away.add("sales-ledger")
    undo.press("Enter")
    expect(page.locator(".toast-red")).to_have_count(2)
    gateway.owners.away.clear()
    assert [sale["waits_for_fees"] for sale in waiting] == [False, False]
    undo.press("Enter")
    expect(page.get_by_text("Taken back. 2 sales wait for their fees again.")).to_be_visible()
    expect(note).to_have_count(0)
    assert [sale["waits_for_fees"] for sale in waiting] == [True, True]


def test_what_is_refused_for_good_is_not_offered_again(
    page: Page, note: Locator, waiting: list[Json]
) -> None:
    for sale in waiting:
        sale |= {"fee_lines": [], "waits_for_fees": False, "fees": {"amount": "1.00", "currency": "GBP"}}
    note.get_by_role("button", name="Undo").click()
    expect(page.locator(".toast")).to_have_text(
        ["Its marketplace has said the fees: 1.00 GBP. Those count. (2 sales)"]
    )


@pytest.mark.parametrize(("width", "height"), [(1440, 400), (390, 844)])
def test_it_is_not_over_what_more_is_chosen(page: Page, note: Locator, width: int, height: int) -> None:
    """The foot of what is chosen stays at the foot of the window, where notes are."""
    page.set_viewport_size({"width": width, "height": height})
    foot = page.locator("[data-selected]").bounding_box()
    above = note.bounding_box()
    assert foot
    assert above
    assert above["y"] + above["height"] <= foot["y"]


def test_a_download_that_is_refused_says_why(page: Page, gateway: Running) -> None:
    gateway.owners.shop.ask_for_data("shopify")
    page.goto(f"{gateway.url}/settings/accounts")
    gateway.owners.shop.asked.clear()
    page.get_by_role("link", name="Download").click()
    expect(page.get_by_role("heading", name="Not found")).to_be_visible()
