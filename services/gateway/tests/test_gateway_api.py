"""The public API: sales for programs, by key."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI
from gateway.domain.pace import Pace
from gateway_fixtures import answers
from gateway_fixtures.owners import Owners


async def test_sales_by_key_page_by_page(browser: httpx.AsyncClient, key: str, owners: Owners) -> None:
    headers = {"authorization": f"Bearer {key}"}
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = await browser.get("/api/v1/sales", params={"limit": 5, "cursor": cursor}, headers=headers)
        assert answer.status_code == 200, answer.text
        found += [sale["sale_id"] for sale in answer.json()["items"]]
        cursor = answer.json()["next_cursor"]
    assert found == [sale["sale_id"] for sale in owners.shop.sales]


async def test_a_program_is_told_what_the_ledger_says_and_nothing_made_up(
    browser: httpx.AsyncClient, key: str, owners: Owners
) -> None:
    sold = owners.shop.sales[1]
    headers = {"authorization": f"Bearer {key}"}
    told = (await browser.get(f"/api/v1/sales/{sold['sale_id']}", headers=headers)).json()
    said = answers.sale(owners.shop, sold)
    assert set(told) <= set(said)
    assert {chip["listing_id"]: chip for chip in told["chips"]} == {
        chip["listing_id"]: chip for chip in said["chips"]
    }


@pytest.mark.parametrize("authorization", ["", "Bearer sw_made-up", "Bearer", "Basic abc"])
async def test_without_a_key_there_is_nothing(browser: httpx.AsyncClient, authorization: str) -> None:
    answer = await browser.get("/api/v1/sales", headers={"authorization": authorization})
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_api_key")


async def test_a_session_is_no_key(signed_in: httpx.AsyncClient) -> None:
    assert (await signed_in.get("/api/v1/sales")).status_code == 401


async def test_a_silent_ledger_is_503_as_a_problem(
    browser: httpx.AsyncClient, key: str, owners: Owners
) -> None:
    owners.away.add("sales-ledger")
    answer = await browser.get("/api/v1/sales", headers={"authorization": f"Bearer {key}"})
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


async def test_a_sale_that_is_not_there_is_404(browser: httpx.AsyncClient, key: str) -> None:
    path = "/api/v1/sales/00000000-0000-0000-0000-000000000000"
    answer = await browser.get(path, headers={"authorization": f"Bearer {key}"})
    assert (answer.status_code, answer.json()["message"]) == (404, "There is no such sale.")


@pytest.mark.parametrize("query", ["limit=0", "since=yesterday", "since=2026-11-20T10:00:00"])
async def test_a_question_that_is_none_is_a_problem_with_its_place(
    browser: httpx.AsyncClient, key: str, query: str
) -> None:
    answer = await browser.get(f"/api/v1/sales?{query}", headers={"authorization": f"Bearer {key}"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert answer.json()["details"]["wrong"][0]["where"] == ["query", query.partition("=")[0]]


@pytest.mark.parametrize("what", ["token", "tenant", "address"])
async def test_who_asks_too_fast_is_told_when_to_come_back(
    browser: httpx.AsyncClient, key: str, app: FastAPI, what: str
) -> None:
    app.state.context.meters[what].pace = Pace(0.1, 3)
    headers = {"authorization": f"Bearer {key}"}
    codes = [(await browser.get("/api/v1/sales", headers=headers)).status_code for _ in range(3)]
    refused = await browser.get("/api/v1/sales", headers=headers)
    assert (codes, refused.status_code, refused.json()["code"]) == ([200] * 3, 429, "too_fast")
    assert 1 <= int(refused.headers["retry-after"]) <= 10


async def test_guessing_keys_is_slowed_down_by_address(browser: httpx.AsyncClient, app: FastAPI) -> None:
    app.state.context.meters["address"].pace = Pace(0.1, 2)
    codes = [
        (await browser.get("/api/v1/sales", headers={"authorization": f"Bearer sw_{n}"})).status_code
        for n in range(4)
    ]
    assert codes == [401, 401, 429, 429]
