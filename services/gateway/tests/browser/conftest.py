"""A served gateway and a signed-in page of a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from gateway.config import Settings
from gateway_fixtures import chromium
from gateway_fixtures.day import busy_shop
from gateway_fixtures.server import EMAIL, PASSWORD, Running, create_person, served
from playwright.sync_api import Browser, Page, sync_playwright
from testkit.databases import Databases
from testkit.infra import blocking
from testkit.services import settings_for


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
