"""The installed Chromium, as containers allow it."""

from __future__ import annotations

import shutil

from playwright.sync_api import Browser, Page, Playwright

from gateway_fixtures.server import Running


def path() -> str | None:
    """Where it is, None when it is not installed (`apt-get install chromium`)."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def launch(playwright: Playwright) -> Browser:
    """Start it. Raises FileNotFoundError with what to do."""
    found = path()
    if found is None:
        raise FileNotFoundError("Chromium is not installed: apt-get install chromium")
    return playwright.chromium.launch(
        executable_path=found, args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    )


def listening(page: Page, gateway: Running) -> None:
    """Wait until the page's stream is open."""
    for _ in range(100):
        if gateway.hub.count():
            return
        page.wait_for_timeout(50)
    raise AssertionError("the page opened no stream")
