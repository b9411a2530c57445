"""Depop's pages as the extension reads them, taking down by hand, and the CSV."""

import csv
import io
import re
from typing import Any

import httpx
import pytest
from bs4 import BeautifulSoup
from sandbox.testing import made, sell


@pytest.fixture
async def depop(sandbox: httpx.AsyncClient) -> dict[str, Any]:
    keys: dict[str, Any] = (await sandbox.post("/control/depop/accounts", json={"account": "shop"})).json()
    sandbox.headers["cookie"] = f"access_token={keys['access_token']}"
    return keys


async def page(client: httpx.AsyncClient, path: str) -> BeautifulSoup:
    return BeautifulSoup((await client.get(path)).text, "html.parser")


async def test_the_sold_list_scrolls_newest_first(sandbox: httpx.AsyncClient, depop: dict[str, Any]) -> None:
    for number in range(26):
        await made(sandbox, "depop", "shop", f"A-{number}")
        await sell(sandbox, "depop", "shop", f"A-{number}")
    first = await page(sandbox, "/depop/sellinghub/sold-items/")
    links = [str(a["href"]) for a in first.select('main ul a[aria-label^="View receipt"]')]
    assert len(links) == 24
    assert all(re.fullmatch(r"/depop/sellinghub/sold-items/\d{1,24}/", link) for link in links)
    cursor = first.select_one("main ul")
    assert cursor is not None
    rest = await page(sandbox, f"/depop/sellinghub/sold-items/?cursor={cursor['data-next']}")
    assert len(rest.select('a[aria-label^="View receipt"]')) == 2


async def test_a_receipt_says_what_was_sold_and_what_became_of_it(
    sandbox: httpx.AsyncClient, depop: dict[str, Any]
) -> None:
    slugs = {
        (await made(sandbox, "depop", "shop", sku, title=f"Coat {sku}"))["listing"] for sku in ("A-1", "A-2")
    }
    sale = await sell(sandbox, "depop", "shop", "A-1", "A-2")
    path = f"/depop/sellinghub/sold-items/{sale['order_id']}/"
    dialog = (await page(sandbox, path)).select_one('[role=dialog][name="View Receipt modal"]')
    assert dialog is not None
    assert [h.text for h in dialog.find_all("h2")] == ["2 items sold"]
    links = {str(a["href"]).split("/")[-2] for a in dialog.select('a[href*="/products/"]')}
    assert links == slugs
    assert "SKU: A-1" in dialog.select('p[data-testid="receipt-product-description"]')[0].text
    assert dialog.find("strong", string="Payment received")
    assert dialog.find("td", string="Items Price")
    await sandbox.post(f"/control/depop/orders/{sale['order_id']}/refund", json={})
    assert (await page(sandbox, path)).find("strong", string="Refunded")


async def test_without_the_cookie_there_is_a_sign_in_page(
    sandbox: httpx.AsyncClient, depop: dict[str, Any]
) -> None:
    del sandbox.headers["cookie"]
    assert "Log in" in (await page(sandbox, "/depop/sellinghub/sold-items/")).text


async def test_a_challenge_comes_on_order(sandbox: httpx.AsyncClient, depop: dict[str, Any]) -> None:
    await sandbox.post("/control/faults", json={"platform": "depop", "mode": "challenge", "count": 1})
    assert (await page(sandbox, "/depop/sellinghub/sold-items/")).title.text == "Just a moment..."  # type: ignore[union-attr]
    assert (await page(sandbox, "/depop/sellinghub/sold-items/")).h1.text == "Sold items"  # type: ignore[union-attr]


@pytest.mark.parametrize(("button", "left"), [("Confirm", 404), ("Mark as sold", 200)])
async def test_a_listing_is_taken_down_by_hand_and_nobody_can_buy_it(
    sandbox: httpx.AsyncClient, depop: dict[str, Any], button: str, left: int
) -> None:
    listing = await made(sandbox, "depop", "shop", "A-1")
    found = await page(sandbox, "/depop/sellinghub/active-items/?q=A-1")
    manage = found.select_one('a[aria-label="Manage listing"]')
    assert manage is not None
    dialog = await page(sandbox, str(manage["href"]))
    form = next(f for f in dialog.find_all("form") if f.find("button", string=button))
    answer = await sandbox.post(str(form["action"]), data={"confirm": "yes"})
    assert answer.status_code == 303
    assert not (await page(sandbox, answer.headers["location"])).select('a[aria-label="Manage listing"]')
    assert (await sandbox.get(f"/depop/products/{listing['listing']}/")).status_code == left
    late = await sandbox.post(
        "/control/depop/sales", json={"account": "shop", "lines": [{"listing": listing["listing"]}]}
    )
    assert late.status_code == 409


async def test_the_csv_has_its_31_columns_and_bundle_rows(
    sandbox: httpx.AsyncClient, depop: dict[str, Any]
) -> None:
    for sku in ("A-1", "A-2"):
        await made(sandbox, "depop", "shop", sku)
    await sell(sandbox, "depop", "shop", "A-1", "A-2", sold_at="2026-11-03T09:05:00Z", shipping="3.50")
    answer = await sandbox.get("/depop/sellinghub/sold-items/export/?from=2026-11-01&to=2026-11-30")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [len(row) for row in rows] == [31, 31]
    assert (rows[0]["Date of sale"], rows[0]["Time of sale"], rows[0]["Bundle"]) == (
        "11/03/2026",
        "9:05 AM",
        "Yes",
    )
    assert rows[1]["Date of sale"] == '="-"'
    assert "\n" in rows[0]["Description"]
