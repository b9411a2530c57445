"""Sales whose fees no marketplace will tell: found, given, said to have none, and taken back, on a page."""

from __future__ import annotations

import json
from collections.abc import Callable
from uuid import uuid4

import httpx
import pytest
from gateway.config import Settings
from gateway_fixtures.owners import Owners
from gateway_fixtures.reading import panel, soup, words
from gateway_fixtures.shop import Json
from kit.database import Database

WHY = "The marketplace has not said its fees yet, and the commission is taken after them."


@pytest.fixture
def waiting(owners: Owners) -> Json:
    """A consigned sale whose share waits for its fees."""
    sale = next(s for s in owners.shop.sales if s["owner"] == "consigned")
    return _waits(sale)


def _waits(sale: Json) -> Json:
    sale |= {"waits_for_fees": True, "share_unknown": WHY, "fees": None, "fee_lines": [], "net": None}
    return sale


@pytest.fixture
async def right(signed_in: httpx.AsyncClient, proof: Callable[[str], str]) -> dict[str, str]:
    """What a page sends with each form."""
    page = await signed_in.get("/automations/sync")
    return {"x-csrf-token": proof(page.text), "hx-request": "true"}


async def test_they_are_a_view_of_the_sales(
    signed_in: httpx.AsyncClient, waiting: Json, owners: Owners
) -> None:
    page = soup(await signed_in.get("/automations/sync?fees=waiting"))
    current = page.select_one(".tabs [aria-current]")
    assert current is not None
    assert words(current) == "Waiting for fees"
    (row,) = panel(page, "sales").select("tbody tr")
    assert row["id"] == f"sale-{waiting['sale_id']}"
    assert "Waiting" in words(row)
    assert page.select_one("form.filters input[name=fees][value=waiting]"), "other filters keep the view"
    everything = panel(soup(await signed_in.get("/automations/sync")), "sales")
    assert len(everything.select("tbody tr")) == len(owners.shop.sales)
    assert len(everything.select("input.check")) == 1


async def test_the_view_says_why_they_wait(signed_in: httpx.AsyncClient, waiting: Json) -> None:
    here = words(panel(soup(await signed_in.get("/automations/sync?fees=waiting")), "sales"))
    assert "Their marketplace has said no fees" in here
    everywhere = words(panel(soup(await signed_in.get("/automations/sync")), "sales"))
    assert "Their marketplace has said no fees" not in everywhere


async def test_a_viewer_sees_what_waits_and_is_offered_nothing(
    signed_in: httpx.AsyncClient, settings: Settings, owners: Owners, waiting: Json
) -> None:
    database = Database(settings, source="/gateway")
    async with database.bus([owners.shop.tenant_id]) as uow:
        await uow.conn.execute_sql("update users set role = 'viewer'")
    await database.dispose()
    listed = panel(soup(await signed_in.get("/automations/sync?fees=waiting")), "sales")
    assert "Waiting" in words(listed)
    assert listed.select("input.check, form, [data-selected]") == []
    money = soup(await signed_in.get(f"/sales/{waiting['sale_id']}")).select_one("section[aria-label=Money]")
    assert money is not None
    assert WHY in words(money)
    assert money.select("form") == []


def told(*sales: Json, fees: str = "1.00") -> list[str]:
    """Sales whose marketplace has said their fees."""
    for sale in sales:
        sale["fees"] = {"amount": fees, "currency": "GBP"}
    return [sale["sale_id"] for sale in sales]


def note_of(answer: httpx.Response) -> Json:
    """The short note an answer makes a page show."""
    assert answer.status_code == 204, answer.text
    found: Json = json.loads(answer.headers["hx-trigger"])["toast"]
    return found


@pytest.mark.parametrize(
    ("count", "said", "undone"),
    [
        (
            1,
            "1 sale has no fees. Its share is known now.",
            "Taken back. 1 sale waits for its fees again.",
        ),
        (
            3,
            "3 sales have no fees. Their shares are known now.",
            "Taken back. 3 sales wait for their fees again.",
        ),
    ],
)
async def test_chosen_ones_have_none_and_that_is_taken_back_at_once(
    signed_in: httpx.AsyncClient, owners: Owners, right: dict[str, str], count: int, said: str, undone: str
) -> None:
    ids = [_waits(sale)["sale_id"] for sale in owners.shop.sales[:count]]
    note = note_of(await signed_in.post("/sales/fees", data={"sale": ids}, headers=right))
    assert note["text"] == said
    offer = note["offer"]
    assert offer["text"] == "Undo"
    again = note_of(await signed_in.post(offer["url"], data=offer["fields"], headers=right))
    assert (again["text"], "offer" in again) == (undone, False)
    assert owners.commands == [
        ("/v1/sales/fees", {"sale_ids": ids, "fees": "0"}),
        ("/v1/sales/fees", {"sale_ids": ids, "undo": True}),
    ]


async def test_of_mixed_ones_it_is_said_why_some_stayed_and_only_the_others_are_undone(
    signed_in: httpx.AsyncClient, waiting: Json, owners: Owners, right: dict[str, str]
) -> None:
    """What somebody else gave of a sale is not taken back with it."""
    known = next(s for s in owners.shop.sales if s is not waiting)
    ids = [waiting["sale_id"], *told(known)]
    note = note_of(await signed_in.post("/sales/fees", data={"sale": ids}, headers=right))
    why = "Its marketplace has said the fees: 1.00 GBP. Those count."
    assert note["text"] == f"1 sale has no fees. 1 stayed as it was. {why}"
    assert note["offer"]["fields"] == {"sale": [waiting["sale_id"]]}
    undone = note_of(await signed_in.post("/sales/fees/undo", data={"sale": ids}, headers=right))
    assert undone["text"] == f"Taken back. 1 sale waits for its fees again. 1 stayed as it was. {why}"


async def test_several_reasons_are_said_with_how_many_each_is_of(
    signed_in: httpx.AsyncClient, waiting: Json, owners: Owners, right: dict[str, str]
) -> None:
    known = [sale for sale in owners.shop.sales if sale is not waiting]
    ids = [str(uuid4()), *told(*known[:2]), waiting["sale_id"]]
    note = note_of(await signed_in.post("/sales/fees", data={"sale": ids}, headers=right))
    reasons = (
        "Its marketplace has said the fees: 1.00 GBP. Those count. (2 sales)\nThere is no such sale. (1 sale)"
    )
    assert note["text"] == f"1 sale has no fees. 3 stayed as they were.\n{reasons}"
    nothing = await signed_in.post("/sales/fees", data={"sale": ids[:3]}, headers=right)
    assert nothing.status_code == 409
    assert json.loads(nothing.headers["hx-trigger"])["toast"] == {"text": reasons, "tone": "red"}


async def test_of_many_reasons_the_most_frequent_are_said(
    signed_in: httpx.AsyncClient, waiting: Json, owners: Owners, right: dict[str, str]
) -> None:
    known = [sale for sale in owners.shop.sales if sale is not waiting][:6]
    often = told(*known[:2], fees="9.00")
    rare = [told(sale, fees=f"{n}.00")[0] for n, sale in enumerate(known[2:])]
    note = note_of(
        await signed_in.post("/sales/fees", data={"sale": [*rare, *often, waiting["sale_id"]]}, headers=right)
    )
    first, most, *others, last = note["text"].split("\n")
    assert first == "1 sale has no fees. 6 stayed as they were."
    assert most == "Its marketplace has said the fees: 9.00 GBP. Those count. (2 sales)"
    assert (len(others), last) == (2, "Other reasons. (2 sales)")


@pytest.mark.parametrize("address", ["/sales/fees", "/sales/fees/undo"])
async def test_none_and_more_than_a_page_lists_are_refused(
    signed_in: httpx.AsyncClient, owners: Owners, right: dict[str, str], address: str
) -> None:
    nothing = await signed_in.post(address, headers=right)
    assert nothing.status_code == 422
    assert "Choose at least one sale first." in nothing.headers["hx-trigger"]
    many = {"sale": [str(uuid4()) for _ in range(51)]}
    assert (await signed_in.post(address, data=many, headers=right)).status_code == 422
    assert owners.commands == []


@pytest.mark.parametrize(("typed", "fees"), [("1.25", "1.25"), (" 1,25 ", "1.25"), ("3", "3")])
async def test_an_amount_is_given_on_the_sales_own_page(
    signed_in: httpx.AsyncClient,
    waiting: Json,
    owners: Owners,
    proof: Callable[[str], str],
    typed: str,
    fees: str,
) -> None:
    page = await signed_in.get(f"/sales/{waiting['sale_id']}")
    money = soup(page).select_one("section[aria-label=Money]")
    assert money is not None
    assert WHY in words(money)
    form = money.select_one(".fees form:has([name=amount])")
    assert form is not None
    label = form.select_one("label[for=fees-amount]")
    assert label is not None
    assert words(label) == "Fees in GBP"
    answer = await signed_in.post(str(form["action"]), data={"csrf": proof(page.text), "amount": typed})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sales/{waiting['sale_id']}")
    assert owners.commands == [("/v1/sales/fees", {"sale_ids": [waiting["sale_id"]], "fees": fees})]


async def test_one_has_none_and_that_is_taken_back(
    signed_in: httpx.AsyncClient, waiting: Json, owners: Owners, proof: Callable[[str], str]
) -> None:
    here = f"/sales/{waiting['sale_id']}"
    right = {"csrf": proof((await signed_in.get(here)).text)}
    await signed_in.post(f"{here}/no-fees", data=right)
    given = soup(await signed_in.get(here))
    assert "You gave these fees" in words(given)
    assert "Fees, as you gave them" in words(given)
    assert given.select_one(f"form[action='{here}/fees/undo']")
    await signed_in.post(f"{here}/fees/undo", data=right)
    assert [body for _, body in owners.commands] == [
        {"sale_ids": [waiting["sale_id"]], "fees": "0"},
        {"sale_ids": [waiting["sale_id"]], "undo": True},
    ]
    assert soup(await signed_in.get(here)).select_one(".fees [name=amount]")


@pytest.mark.parametrize("typed", ["", "some", "-1", "NaN", "1e999999", "1.2.3"])
async def test_what_is_no_amount_is_said(
    signed_in: httpx.AsyncClient, waiting: Json, owners: Owners, proof: Callable[[str], str], typed: str
) -> None:
    right = proof((await signed_in.get("/automations/sync")).text)
    answer = await signed_in.post(
        f"/sales/{waiting['sale_id']}/fees",
        data={"amount": typed},
        headers={"x-csrf-token": right, "hx-request": "true"},
    )
    assert answer.status_code == 422
    assert "Give an amount such as 1.25" in answer.headers["hx-trigger"]
    assert owners.commands == []


async def test_known_fees_are_refused_in_the_ledgers_words(
    signed_in: httpx.AsyncClient, owners: Owners, proof: Callable[[str], str]
) -> None:
    right = proof((await signed_in.get("/")).text)
    (sale,) = told(owners.shop.sales[0])
    answer = await signed_in.post(
        f"/sales/{sale}/no-fees", headers={"x-csrf-token": right, "hx-request": "true"}
    )
    assert answer.status_code == 409
    assert "has said the fees: 1.00 GBP" in answer.headers["hx-trigger"]
