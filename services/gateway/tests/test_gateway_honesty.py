"""What a seller reads when a part is silent, slow, empty or too long to list: never more than is known."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest
from gateway_fixtures.day import busy_shop, calm_shop, empty_shop
from gateway_fixtures.owners import SERVICES, Owners
from gateway_fixtures.reading import panel, soup, words
from gateway_fixtures.shop import Shop

SHOPS = {"busy": busy_shop, "calm": calm_shop, "empty": empty_shop}


@pytest.fixture
def shop(request: pytest.FixtureRequest) -> Shop:
    """The shop a test names, else the busy one."""
    return SHOPS[getattr(request, "param", "busy")](datetime.now(UTC))


async def test_more_than_one_can_list_are_counted_all_the_same(
    signed_in: httpx.AsyncClient, owners: Owners
) -> None:
    for number in range(120):
        owners.shop.sell(
            600 + number, f"Tee {number}", f"T-{number}", "ebay", "9.00", elsewhere="depop:failed"
        )
    page = soup(await signed_in.get("/"))
    assert words(panel(page, "truth")).startswith("124 sold articles are still live elsewhere.")
    assert "And more than" in words(panel(page, "needs"))


async def test_time_to_delist_counts_every_listing_that_came_down(
    signed_in: httpx.AsyncClient, owners: Owners
) -> None:
    """Also of an article that still waits for a browser elsewhere."""
    owners.shop.sales = [s for s in owners.shop.sales if owners.shop.group(s) == "waiting"]
    stats = words(panel(soup(await signed_in.get("/")), "stats"))
    assert "Median time to delist 598 ms 1 listing taken down today" in stats
    owners.shop.sales.clear()
    stats = words(panel(soup(await signed_in.get("/")), "stats"))
    assert "Median time to delist – No listing taken down yet today" in stats


async def test_a_sale_whose_delisting_does_not_answer_says_so(
    signed_in: httpx.AsyncClient, owners: Owners
) -> None:
    owners.away.add("delist-orchestrator")
    page = soup(await signed_in.get(f"/sales/{owners.shop.sales[0]['sale_id']}"))
    assert "The listings are not available right now" in words(page)
    assert panel(page, "sale").select_one("[data-partial]") is not None


@pytest.mark.parametrize("shop", ["empty"], indirect=True)
async def test_first_use_says_what_to_do_with_one_button(signed_in: httpx.AsyncClient) -> None:
    page = soup(await signed_in.get("/"))
    assert words(panel(page, "truth")).startswith("Nothing sold yet.")
    latest = panel(page, "latest")
    assert "No sales yet" in words(latest)
    assert [words(button) for button in latest.select("button")] == ["Refresh sales"]
    assert "No sales yet" in words(panel(soup(await signed_in.get("/automations/sync")), "sales"))
    assert "Nothing to take down" in words(panel(soup(await signed_in.get("/automations/delist")), "delists"))


async def test_a_silent_ledger_costs_its_own_panels_only(
    signed_in: httpx.AsyncClient, owners: Owners
) -> None:
    owners.away.add("sales-ledger")
    page = soup(await signed_in.get("/"))
    assert "not available right now" in words(panel(page, "latest"))
    stats = words(panel(page, "stats"))
    assert "The sales ledger does not answer" in stats
    assert "388 ms" in stats
    assert len(panel(page, "needs").select("li")) == 5


async def test_a_silent_connector_is_named(signed_in: httpx.AsyncClient, owners: Owners) -> None:
    owners.away.add("connector-depop-ingest")
    accounts = words(panel(soup(await signed_in.get("/")), "accounts"))
    assert "Depop does not answer right now, so its accounts are missing here." in accounts
    assert "northlane_vintage" in accounts


async def test_with_every_owner_away_the_frame_stands(signed_in: httpx.AsyncClient, owners: Owners) -> None:
    owners.away.update(SERVICES)
    page = soup(await signed_in.get("/"))
    failed = page.select("[data-failed]")
    assert len(failed) == 7
    assert all("Try again" in words(one) for one in failed)
    assert page.select_one(".nav a[aria-current=page]") is not None


@pytest.mark.parametrize(
    ("away", "shown", "said"),
    [
        ("sales-ledger", "latest", "Sales and take-downs go on"),
        ("delist-orchestrator", "truth", "take-downs may wait"),
        ("delist-orchestrator", "needs", "take-downs may wait"),
    ],
)
async def test_a_failure_says_what_it_means(
    signed_in: httpx.AsyncClient, owners: Owners, away: str, shown: str, said: str
) -> None:
    owners.away.add(away)
    assert said in words(panel(soup(await signed_in.get("/")), shown))


async def test_a_panel_alone_answers_503_while_its_owner_is_away(
    signed_in: httpx.AsyncClient, owners: Owners
) -> None:
    owners.away.add("sales-ledger")
    answer = await signed_in.get("/panels/latest", headers={"hx-request": "true"})
    assert answer.status_code == 503
    assert "data-failed" in answer.text
    owners.away.clear()
    assert (await signed_in.get("/panels/latest")).status_code == 200


@pytest.mark.parametrize("settings", [0.05], indirect=True)
async def test_a_slow_owner_gets_a_skeleton_that_loads_itself(
    signed_in: httpx.AsyncClient, owners: Owners
) -> None:
    owners.slow["sales-ledger"] = 1.0
    page = soup(await signed_in.get("/automations/sync?status=paid"))
    waiting = panel(page, "sales")
    assert waiting.select_one(".skeleton") is not None
    assert "load" in str(waiting["hx-trigger"]).split(", ")
    assert waiting["hx-get"] == "/panels/sales?status=paid"
