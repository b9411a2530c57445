"""What no marketplace would take is refused in its own words, spoils nothing, and a restart still reads the journal."""

import asyncio
import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest
from sandbox.testing import made, running, sell
from sandbox.truth import World

INVENTORY = "/ebay/sell/inventory/v1"
ORDER = "/ebay/sell/fulfillment/v1/order"
BULK: list[Any] = [
    {"sku": "A-1", "offers": 5},
    {"sku": "A-1", "offers": [5]},
    {"sku": "A-1", "offers": [{"offerId": 5, "availableQuantity": 1}]},
    {"sku": "A-1", "offers": [{"offerId": {}, "availableQuantity": 1}]},
    {"sku": "A-1", "offers": [{"offerId": "OFFER", "availableQuantity": True}]},
    {"sku": "A-1", "offers": [{"offerId": "OFFER", "availableQuantity": "1"}]},
    {"sku": "A-1", "offers": [{"offerId": "OFFER", "price": {"value": "NaN"}}]},
    {"sku": "A-1", "offers": [{"offerId": "OFFER", "price": {"value": "sNaN"}}]},
    {"sku": "A-1", "offers": [{"offerId": "OFFER", "price": {"value": "-1"}}]},
    {"sku": "A-1", "offers": [{"offerId": "OFFER", "price": {"value": "1e40"}}]},
    {"sku": "A-1", "shipToLocationAvailability": 5},
    {"sku": "A-1", "shipToLocationAvailability": {"quantity": -5}},
]
SHIPPED: list[Any] = [[5], [{"lineItemId": "1", "quantity": "x"}], [{"lineItemId": "1", "quantity": -1}]]


async def opened(client: httpx.AsyncClient) -> dict[str, Any]:
    keys: dict[str, Any] = (await client.post("/control/ebay/accounts", json={"account": "seller"})).json()
    client.headers["authorization"] = f"Bearer {keys['access_token']}"
    return keys


@pytest.mark.parametrize("row", BULK, ids=str)
async def test_an_odd_bulk_change_is_refused_and_a_restart_reads_on(tmp_path: Path, row: Any) -> None:
    async with running(tmp_path) as client:
        await opened(client)
        offer = (await made(client, "ebay", "seller", "A-1"))["listing"]
        before = (await client.get(f"{INVENTORY}/offer/{offer}")).json()
        offers = row.get("offers")
        rows = [
            {**x, "offerId": offer} if isinstance(x, dict) and x.get("offerId") == "OFFER" else x
            for x in (offers if isinstance(offers, list) else [])
        ]
        body = {"requests": [{**row, "offers": rows} if rows else row]}
        answer = await client.post(f"{INVENTORY}/bulk_update_price_quantity", json=body)
        assert answer.status_code in (207, 400), answer.text
        assert (await client.get(f"{INVENTORY}/offer/{offer}")).json() == before
    async with running(tmp_path) as client:
        assert (await client.get("/control/truth/summary")).json()["listings"] == 1


@pytest.mark.parametrize("lines", SHIPPED, ids=str)
async def test_an_odd_fulfilment_is_refused(sandbox: httpx.AsyncClient, lines: Any) -> None:
    await opened(sandbox)
    await made(sandbox, "ebay", "seller", "A-1")
    sale = await sell(sandbox, "ebay", "seller", "A-1")
    path = f"{ORDER}/{sale['order_id']}/shipping_fulfillment"
    assert (await sandbox.post(path, json={"lineItems": lines})).status_code == 400


@pytest.mark.parametrize("query", ["limit=²", "offset=²", "limit=-1"])
async def test_a_page_that_is_no_number_is_refused(sandbox: httpx.AsyncClient, query: str) -> None:
    await opened(sandbox)
    for path in (ORDER, f"{INVENTORY}/inventory_item"):
        assert (await sandbox.get(f"{path}?{query}")).status_code == 400


async def test_client_keys_that_are_no_base64_are_refused(sandbox: httpx.AsyncClient) -> None:
    headers = {"authorization": "Basic \xe9".encode("latin-1")}
    assert (await sandbox.post("/ebay/identity/v1/oauth2/token", headers=headers)).status_code == 401


async def test_a_crash_while_an_answer_is_held_back_keeps_the_call_with_its_effect(tmp_path: Path) -> None:
    async with running(tmp_path / "live") as client:
        await opened(client)
        offer = (await made(client, "ebay", "seller", "A-1"))["listing"]
        rule = {
            "platform": "ebay",
            "operation": "withdrawOffer",
            "mode": "timeout_after_effect",
            "seconds": 1,
        }
        await client.post("/control/faults", json=rule)
        with pytest.raises(httpx.ReadTimeout):
            await client.post(f"{INVENTORY}/offer/{offer}/withdraw", timeout=0.2)
        shutil.copytree(tmp_path / "live", tmp_path / "killed")
        await asyncio.sleep(0.9)
    found = World(tmp_path / "killed")
    assert [call.took_effect for call in found.calls.values() if call.operation == "withdrawOffer"] == [True]


async def test_a_call_that_breaks_the_stand_in_is_on_record(
    sandbox: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await opened(sandbox)
    await made(sandbox, "ebay", "seller", "A-1")
    monkeypatch.setattr(World, "by_sku", lambda *_: 1 / 0)
    assert (await sandbox.get(f"{INVENTORY}/offer", params={"sku": "A-1"})).status_code == 500
    calls = (await sandbox.get("/control/truth/calls", params={"operation": "getOffers"})).json()["calls"]
    assert [call["status"] for call in calls] == [500]


@pytest.mark.parametrize("body", [{"price": "1e40"}, {"price": "-1"}, {"quantity": -1}], ids=str)
async def test_an_article_nobody_could_show_is_not_put_up(
    sandbox: httpx.AsyncClient, body: dict[str, Any]
) -> None:
    await opened(sandbox)
    asked = {"account": "seller", "sku": "A-1", **body}
    assert (await sandbox.post("/control/ebay/listings", json=asked)).status_code == 422


@pytest.mark.parametrize("verb", ["pay", "ship", "refund"])
async def test_nothing_more_becomes_of_a_cancelled_order(sandbox: httpx.AsyncClient, verb: str) -> None:
    await opened(sandbox)
    await made(sandbox, "ebay", "seller", "A-1")
    sale = await sell(sandbox, "ebay", "seller", "A-1")
    path = f"/control/ebay/orders/{sale['order_id']}"
    assert (await sandbox.post(f"{path}/cancel", json={})).status_code == 200
    assert (await sandbox.post(f"{path}/{verb}", json={})).status_code == 400


async def test_an_unpaid_order_has_nothing_to_give_back(sandbox: httpx.AsyncClient) -> None:
    await opened(sandbox)
    await made(sandbox, "ebay", "seller", "A-1")
    sale = await sell(sandbox, "ebay", "seller", "A-1", unpaid=True)
    path = f"/control/ebay/orders/{sale['order_id']}"
    assert (await sandbox.post(f"{path}/refund", json={})).status_code == 400


async def test_a_bulk_of_accounts_that_is_no_number_is_refused(sandbox: httpx.AsyncClient) -> None:
    assert (await sandbox.post("/control/ebay/accounts/bulk", json={"count": "x"})).status_code == 422
    assert (await sandbox.post("/control/ebay/accounts/bulk", json={"count": -1})).status_code == 422
