"""Every page in every state, over owners that speak the real HTTP: what a seller reads, without a browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import httpx
import pytest
from gateway_fixtures import answers
from gateway_fixtures.day import busy_shop, calm_shop, empty_shop
from gateway_fixtures.owners import Owners
from gateway_fixtures.reading import panel, soup, words
from gateway_fixtures.shop import Shop

SHOPS = {"busy": busy_shop, "calm": calm_shop, "empty": empty_shop}


@pytest.fixture
def shop(request: pytest.FixtureRequest) -> Shop:
    """The shop a test names, else the busy one."""
    return SHOPS[getattr(request, "param", "busy")](datetime.now(UTC))


async def test_the_dashboard_of_a_busy_day(signed_in: httpx.AsyncClient, owners: Owners) -> None:
    page = soup(await signed_in.get("/"))
    assert words(panel(page, "truth")).startswith("4 sold articles are still live on")
    today = answers.totals(owners.shop)[0]
    assert f"Sales today {today['count']} " in words(panel(page, "stats"))
    assert f"Net today £{Decimal(today['net']):,.2f} " in words(panel(page, "stats"))
    rows = panel(page, "latest").select("tbody tr")
    assert len(rows) == len(owners.shop.sales)
    assert "Levi’s 501" in words(rows[0])
    assert "Depop: Waiting for your browser" in words(rows[0])
    needs = words(panel(page, "needs"))
    assert "asks you to sign in again" in needs
    assert "Could not be taken off eBay." in needs


@pytest.mark.parametrize("shop", ["calm"], indirect=True)
async def test_the_dashboard_when_all_is_well(signed_in: httpx.AsyncClient) -> None:
    page = soup(await signed_in.get("/"))
    assert words(panel(page, "truth")) == "All sold articles are off sale everywhere."
    assert words(panel(page, "needs")) == "Needs you Nothing. We say so here when something does."


async def test_sync_filters_by_the_address(signed_in: httpx.AsyncClient) -> None:
    page = soup(await signed_in.get("/automations/sync?status=not_paid&platform=ebay"))
    rows = panel(page, "sales").select("tbody tr")
    assert rows
    assert all("Not Paid" in words(row) and "eBay" in words(row) for row in rows)
    chosen = {
        str(option.parent["name"]): option["value"]
        for option in page.select("option[selected]")
        if option.parent
    }
    assert chosen == {"status": "not_paid", "platform": "ebay"}


async def test_still_for_sale_elsewhere_is_a_view(signed_in: httpx.AsyncClient, owners: Owners) -> None:
    page = soup(await signed_in.get("/automations/sync?delist=open"))
    shown = {str(row["id"]).removeprefix("sale-") for row in panel(page, "sales").select("tbody tr")}
    assert shown == {s["sale_id"] for s in owners.shop.sales if owners.shop.group(s) != "done"}
    current = page.select_one(".tabs [aria-current]")
    assert current is not None
    assert words(current) == "Still for sale elsewhere"


async def test_nothing_found_offers_to_clear(signed_in: httpx.AsyncClient) -> None:
    found = panel(soup(await signed_in.get("/automations/sync?q=nothing-like-this")), "sales")
    assert "No sale matches" in words(found)
    assert found.select_one("a[href='/automations/sync']") is not None


async def test_a_long_list_is_paged_and_keeps_its_filters(
    signed_in: httpx.AsyncClient, owners: Owners
) -> None:
    for number in range(60):
        owners.shop.sell(500 + number, f"Plain tee {number}", f"PT-{number}", "ebay", "9.00")
    page = soup(await signed_in.get("/automations/sync?platform=ebay"))
    older = panel(page, "sales").select_one(".pager a")
    assert older is not None
    assert older["href"] == "/automations/sync?platform=ebay&cursor=50"
    again = soup(await signed_in.get(str(older["href"])))
    assert "Newest" in words(panel(again, "sales"))


async def test_a_date_that_is_none_is_said(signed_in: httpx.AsyncClient) -> None:
    answer = await signed_in.get("/automations/sync?since=yesterday")
    assert answer.status_code == 422
    assert "Choose a day from the calendar" in answer.text


async def test_delist_groups_what_is_needed(signed_in: httpx.AsyncClient) -> None:
    page = soup(await signed_in.get("/automations/delist"))
    heads = [words(head) for head in page.select("#panel-delists .card-head")]
    assert heads == ["Waiting for you 3", "Failed 1", "Done today 7"]
    assert "eBay refused the change" in words(panel(page, "delists"))


async def test_a_pause_is_said_and_can_be_resumed(
    signed_in: httpx.AsyncClient, owners: Owners, proof: Callable[[str], str]
) -> None:
    pause = owners.shop.pause("ebay", "Stock check.")
    answer = await signed_in.get("/automations/delist")
    assert "Delisting is paused on eBay" in words(soup(answer))
    await signed_in.post(f"/pauses/{pause['id']}/resume", data={"csrf": proof(answer.text)})
    assert "Delisting is paused" not in words(soup(await signed_in.get("/automations/delist")))


async def test_a_sale_tells_its_way_and_adds_up(signed_in: httpx.AsyncClient, owners: Owners) -> None:
    sale = next(s for s in owners.shop.sales if "Mulberry" in s["title"])
    page = soup(await signed_in.get(f"/sales/{sale['sale_id']}"))
    hops = [words(item) for item in page.select(".timeline li")]
    assert hops[0].startswith("Sold on eBay")
    assert any(hop.startswith("Shopify: taken down") and hop.endswith("+388 ms") for hop in hops)
    assert hops[-1].startswith("Off sale everywhere")
    lines = [words(row) for row in page.select(".sum tr")]
    assert lines == [
        "Price £310.00",
        "Shipping, paid by the buyer £3.95",
        "Final value fee −£39.68",
        "Fixed fee −£0.30",
        "Net £273.97",
    ]


async def test_a_sale_says_what_was_taken_off_what_its_buyer_saw_and_where_it_sold(
    signed_in: httpx.AsyncClient, owners: Owners
) -> None:
    sale = next(s for s in owners.shop.sales if "Barbour" in s["title"])
    sale["refunds"] = [
        {
            "refund_id": "1",
            "amount": {"amount": "0.00", "currency": "GBP"},
            "quantity": 1,
            "at": sale["sold_at"],
            "presentment": None,
        }
    ]
    page = soup(await signed_in.get(f"/sales/{sale['sale_id']}"))
    said = [words(line) for line in page.select(".tax")]
    assert said == [
        "A discount of £5.00 is off the price already.",
        "The buyer saw €169.65, €5.26 for shipping.",
    ]
    assert "Shopify, draft order" in words(panel(page, "sale"))
    assert not any("Refunded" in words(row) for row in page.select(".sum tr")), (
        "units came back, no money went"
    )
    assert "test order" not in words(page)


async def test_a_test_order_is_told_apart(signed_in: httpx.AsyncClient, owners: Owners) -> None:
    sale = next(s for s in owners.shop.sales if "Barbour" in s["title"])
    sale["test"] = True
    page = soup(await signed_in.get(f"/sales/{sale['sale_id']}"))
    assert "A test order: recorded so that you see it arrive." in words(page)


async def test_what_the_seller_left_for_sale_is_not_off_sale(
    signed_in: httpx.AsyncClient, owners: Owners
) -> None:
    sale = next(s for s in owners.shop.sales if "Mulberry" in s["title"])
    owners.shop.ways[sale["sale_id"]] = answers.timeline(owners.shop, sale["sale_id"])["hops"]
    sale["steps"][0]["state"] = "skipped"
    page = soup(await signed_in.get(f"/sales/{sale['sale_id']}"))
    last = words(page.select(".timeline li")[-1])
    assert last.startswith("Done, but for what you left for sale")
    assert "Off sale everywhere" not in words(page)


async def test_a_sale_found_late_says_from_when_it_counts(
    signed_in: httpx.AsyncClient, owners: Owners
) -> None:
    sale = owners.shop.sales[-1]
    hops = answers.timeline(owners.shop, sale["sale_id"])["hops"]
    late = [{**hop, "since_sold_ms": hop["since_sold_ms"] + 7_200_000} for hop in hops[1:]]
    owners.shop.ways[sale["sale_id"]] = [hops[0], *late]
    page = panel(soup(await signed_in.get(f"/sales/{sale['sale_id']}")), "sale")
    assert "what follows its detection counts from there" in words(page)
    found = [words(item) for item in page.select(".timeline li")]
    assert found[1].startswith("Detected by Soldwire")
    assert found[1].endswith("+2 h")
    assert found[-1].endswith("ms")


async def test_fees_not_known_yet_are_not_taken_for_none(
    signed_in: httpx.AsyncClient, owners: Owners
) -> None:
    sale = owners.shop.sales[0]
    sale |= {"fees": None, "fee_lines": [], "net": None}
    page = soup(await signed_in.get(f"/sales/{sale['sale_id']}"))
    assert "Net Fees not known yet" in words(page)


async def test_a_contended_sale_says_why(signed_in: httpx.AsyncClient, owners: Owners) -> None:
    sale = owners.shop.sales[0]
    sale["contention"] = "Another sale took the last unit. Cancel this order."
    assert "Another sale took the last unit." in words(soup(await signed_in.get(f"/sales/{sale['sale_id']}")))


async def test_a_sale_that_is_not_there(signed_in: httpx.AsyncClient) -> None:
    answer = await signed_in.get("/sales/00000000-0000-0000-0000-000000000000")
    assert answer.status_code == 404
    assert "There is no such sale." in answer.text


async def test_titles_of_others_are_text_never_markup(signed_in: httpx.AsyncClient, owners: Owners) -> None:
    owners.shop.sell(0.1, "<script>alert(1)</script>", "X", "ebay", "1.00", elsewhere="shopify:failed")
    for path in ("/", "/automations/sync", "/automations/delist"):
        text = (await signed_in.get(path)).text
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text


async def test_an_address_that_is_no_web_address_is_no_link(
    signed_in: httpx.AsyncClient, owners: Owners
) -> None:
    sale = owners.shop.sales[0]
    sale |= {"order_url": "javascript:alert(1)", "thumbnail_url": "javascript:alert(1)"}
    sale["shipments"] = [{"courier": "DPD", "tracking_url": "javascript:alert(1)"}]
    for path in ("/", "/automations/sync", f"/sales/{sale['sale_id']}"):
        assert "javascript:" not in (await signed_in.get(path)).text


async def test_approving_reaches_the_orchestrator(
    signed_in: httpx.AsyncClient, owners: Owners, proof: Callable[[str], str]
) -> None:
    page = await signed_in.get("/automations/delist")
    form = soup(page).select_one("form[action^='/delists/approve/']")
    assert form is not None
    answer = await signed_in.post(
        str(form["action"]), headers={"x-csrf-token": proof(page.text), "hx-request": "true"}
    )
    assert answer.status_code == 204
    assert "being taken down" in answer.headers["hx-trigger"]
    path, body = owners.commands[0]
    assert path == "/v1/delists/approve"
    assert str(form["action"]).split("/")[3] == body["steps"][0]["listing_id"]


async def test_what_has_moved_on_is_said_in_the_owners_words(
    signed_in: httpx.AsyncClient, owners: Owners, proof: Callable[[str], str]
) -> None:
    right = proof((await signed_in.get("/")).text)
    done = owners.shop.sales[3]["steps"][0]
    answer = await signed_in.post(
        f"/delists/retry/{done['listing_id']}/{done['version']}",
        headers={"x-csrf-token": right, "hx-request": "true"},
    )
    assert answer.status_code == 409
    assert "moved on already" in answer.headers["hx-trigger"]


async def test_chosen_articles_are_delisted_together(
    signed_in: httpx.AsyncClient, owners: Owners, proof: Callable[[str], str]
) -> None:
    page = await signed_in.get("/automations/delist")
    sale = str(soup(page).select("input.check")[0]["value"])
    await signed_in.post("/delists/approve", data={"csrf": proof(page.text), "sale": [sale]})
    assert owners.commands == [("/v1/delists/approve", {"sale_ids": [sale]})]


async def test_refresh_starts_runs_and_shows_them(
    signed_in: httpx.AsyncClient, owners: Owners, proof: Callable[[str], str]
) -> None:
    right = proof((await signed_in.get("/")).text)
    answer = await signed_in.post("/refresh", data={"csrf": right, "scope": "sales"})
    assert answer.status_code == 303
    assert owners.commands == [("/v1/refresh", {"scope": "sales"})]
    assert len(panel(soup(await signed_in.get("/")), "runs").select("progress")) == 3


async def test_a_refresh_of_an_unknown_scope_is_refused(
    signed_in: httpx.AsyncClient, owners: Owners, proof: Callable[[str], str]
) -> None:
    right = proof((await signed_in.get("/")).text)
    assert (await signed_in.post("/refresh", data={"csrf": right, "scope": "all"})).status_code == 422
    assert owners.commands == []


async def test_the_theme_is_rendered_by_the_server_and_only_known_ones(signed_in: httpx.AsyncClient) -> None:
    signed_in.cookies.set("theme", "dark")
    assert 'data-theme="dark"' in (await signed_in.get("/")).text
    signed_in.cookies.set("theme", "x onload")
    assert 'data-theme="system"' in (await signed_in.get("/")).text


async def test_every_control_has_a_name_and_every_page_one_heading(
    signed_in: httpx.AsyncClient, owners: Owners
) -> None:
    for path in (
        "/",
        "/automations/sync",
        "/automations/delist",
        f"/sales/{owners.shop.sales[0]['sale_id']}",
        "/you",
        "/settings/accounts",
        f"/settings/accounts/shopify/{owners.shop.account('shopify')['account_id']}/disconnect",
        "/connect/shopify?shop=northlane-vintage",
    ):
        page = soup(await signed_in.get(path))
        assert len(page.select("h1")) == 1, path
        for control in page.select("button, summary, a, select, input:not([type=hidden])"):
            named = words(control) or control.get("aria-label") or control.get("placeholder")
            assert named or page.select_one(f"label[for='{control.get('id')}']"), (path, str(control))
        ids = [tag["id"] for tag in page.select("[id]")]
        assert len(ids) == len(set(ids)), path
