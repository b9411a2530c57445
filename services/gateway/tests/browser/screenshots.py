"""Takes the pictures of every page: 1440 and 390 px, light and dark, into docs/pictures (`make screenshots`)."""

from __future__ import annotations

import asyncio
import copy
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, sync_playwright
from testkit.databases import Databases
from testkit.infra import Infrastructure, pick
from testkit.services import settings_for

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from gateway.config import Settings
from gateway_fixtures.chromium import launch
from gateway_fixtures.day import busy_shop, calm_shop, empty_shop
from gateway_fixtures.owners import ADDRESSES
from gateway_fixtures.server import EMAIL, PASSWORD, Running, create_person, served
from gateway_fixtures.shop import Shop

PICTURES = Path(__file__).resolve().parents[4] / "docs" / "pictures"
WIDTHS = {1440: 960, 390: 844}
THEMES = ("light", "dark")


@contextmanager
def gateways(*shops: Shop) -> Iterator[list[Running]]:
    """One served gateway per shop, on one database server."""
    os.environ.update(ADDRESSES)
    servers = Infrastructure(pick()[0])
    databases = Databases(servers.postgres(), servers.secret)
    made = databases.fresh("gateway")
    settings = settings_for(Settings, made, panel_patience_seconds=2.0)
    asyncio.run(create_person(settings))
    try:
        with (
            served(settings, shops[0]) as first,
            served(settings, shops[1]) as second,
            served(settings, shops[2]) as third,
        ):
            yield [first, second, third]
    finally:
        databases.drop(made)
        servers.close()


def sign_in(page: Page, url: str) -> None:
    """As a person does it."""
    page.goto(f"{url}/sign-in")
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{url}/")


def shoot(
    context: BrowserContext, name: str, width: int, theme: str, url: str, path: str, press: str | None = None
) -> None:
    """One picture, once fonts and charts are there, of the whole page where a button was pressed."""
    page = context.new_page()
    page.goto(url + path)
    page.wait_for_load_state("load")
    page.evaluate("document.fonts.ready")
    if press is not None:
        page.get_by_role("button", name=press).click()
        page.get_by_text("Not everything works.").wait_for()
    page.wait_for_timeout(350)
    page.screenshot(path=PICTURES / f"{name}-{width}-{theme}.png", full_page=press is not None)
    page.close()


@contextmanager
def unwell(shop: Shop) -> Iterator[None]:
    """The Shopify account as it is when much is wrong with it."""
    account = shop.account("shopify")
    before = copy.deepcopy(account)
    account["health"] = {
        "state": "unreachable",
        "sentence": "The marketplace can't be reached right now. Soldwire tries again.",
        "action": None,
        "since": shop.at(14),
    }
    account["last_error"] = {
        "code": "access_denied",
        "reason": "The marketplace refuses this with the permissions it was given.",
        "at": shop.at(14),
        "failures": 12,
    }
    account["scopes"]["missing"] = [
        {"scope": "write_inventory", "needed": True, "without": "Stock can't be changed."},
        {"scope": "read_all_orders", "needed": False, "without": "Sales older than 60 days can't be read."},
    ]
    account["scopes"]["granted"].remove("read_all_orders")
    account["webhooks"]["missing"] = ["orders/create", "refunds/create"]
    yield
    account |= before


@contextmanager
def waiting(shop: Shop) -> Iterator[None]:
    """Three sales whose marketplaces tell no fees."""
    chosen = shop.sales[2:5]
    before = copy.deepcopy(chosen)
    for sale in chosen:
        sale |= {"waits_for_fees": True, "fee_lines": []}
    yield
    for sale, was in zip(chosen, before, strict=True):
        sale |= was


def pages_of(busy: Running) -> dict[str, str]:
    """Name and path of each page of a busy day."""
    sale = busy.owners.shop.sales[5]["sale_id"]
    return {
        "dashboard": "/",
        "sync": "/automations/sync",
        "delist": "/automations/delist",
        "sale": f"/sales/{sale}",
        "accounts": "/settings/accounts",
    }


def take(context: BrowserContext, width: int, theme: str, shops: list[Running]) -> None:
    """Every page of a busy day; in light also its other states."""
    busy, calm, first = shops
    shoot(context, "sign-in", width, theme, busy.url, "/sign-in")
    states = {} if theme == "dark" else {"dashboard-calm": calm, "dashboard-first-use": first}
    rounds = [(busy, pages_of(busy)), *((running, {name: "/"}) for name, running in states.items())]
    for running, names in rounds:
        page = context.new_page()
        sign_in(page, running.url)
        page.close()
        for name, path in names.items():
            shoot(context, name, width, theme, running.url, path)
        if running is busy and states:
            busy.owners.away.update({"sales-ledger", "connector-depop-ingest"})
            shoot(context, "dashboard-partial", width, theme, busy.url, "/")
            shoot(context, "accounts-partial", width, theme, busy.url, "/settings/accounts")
            busy.owners.away.clear()
            with unwell(busy.owners.shop):
                shoot(
                    context,
                    "accounts-unwell",
                    width,
                    theme,
                    busy.url,
                    "/settings/accounts",
                    "Test connection",
                )
            with waiting(busy.owners.shop):
                shoot(context, "fees", width, theme, busy.url, "/automations/sync?fees=waiting")


def main() -> None:
    """Take them all."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    with gateways(busy_shop(now), calm_shop(now), empty_shop(now)) as shops, sync_playwright() as playwright:
        browser = launch(playwright)
        for width, height in WIDTHS.items():
            for theme in THEMES:
                context = browser.new_context(
                    viewport={"width": width, "height": height}, color_scheme=theme, locale="en-GB"
                )
                take(context, width, theme, shops)
                context.close()
        browser.close()


if __name__ == "__main__":
    main()
