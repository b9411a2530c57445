"""eBay's APIs: orders by window, offers, bulk changes, withdrawal, limits, OAuth."""

import asyncio
from decimal import Decimal
from typing import Any

import httpx
import pytest
from sandbox.testing import Receiver, made, sell

INVENTORY = "/ebay/sell/inventory/v1"
ORDER = "/ebay/sell/fulfillment/v1/order"


@pytest.fixture
async def seller(sandbox: httpx.AsyncClient) -> dict[str, Any]:
    answer = await sandbox.post("/control/ebay/accounts", json={"account": "seller"})
    keys: dict[str, Any] = answer.json()
    sandbox.headers["authorization"] = f"Bearer {keys['access_token']}"
    return keys


def bulk(sku: str, *offers: tuple[str, int]) -> dict[str, object]:
    rows = [{"offerId": offer, "availableQuantity": quantity} for offer, quantity in offers]
    return {"requests": [{"sku": sku, "offers": rows}]}


async def test_an_offer_is_withdrawn_once(sandbox: httpx.AsyncClient, seller: dict[str, Any]) -> None:
    listing = await made(sandbox, "ebay", "seller", "A-1")
    path = f"{INVENTORY}/offer/{listing['listing']}"
    assert (await sandbox.post(f"{path}/withdraw")).json() == {"listingId": listing["ids"]["listing"]}
    again = await sandbox.post(f"{path}/withdraw")
    assert (again.status_code, again.json()["errors"][0]["errorId"]) == (400, 25713)
    offer = (await sandbox.get(path)).json()
    assert (offer["status"], "listing" in offer) == ("UNPUBLISHED", False)
    calls = (await sandbox.get("/control/truth/calls", params={"operation": "withdrawOffer"})).json()["calls"]
    assert [(c["took_effect"], c["before"], c["after"]) for c in calls] == [(True, 1, 0), (False, 0, 0)]
    relisted = (await sandbox.post(f"{path}/publish")).json()["listingId"]
    assert relisted != listing["ids"]["listing"]


async def test_a_bulk_change_answers_for_each_offer(
    sandbox: httpx.AsyncClient, seller: dict[str, Any]
) -> None:
    listing = await made(sandbox, "ebay", "seller", "A-1", quantity=3)
    good = await sandbox.post(
        f"{INVENTORY}/bulk_update_price_quantity", json=bulk("A-1", (listing["listing"], 2))
    )
    assert (good.status_code, good.json()["responses"][0]["statusCode"]) == (200, 200)
    mixed = await sandbox.post(
        f"{INVENTORY}/bulk_update_price_quantity", json=bulk("A-1", (listing["listing"], 1), ("nope", 1))
    )
    assert mixed.status_code == 207
    assert [row["statusCode"] for row in mixed.json()["responses"]] == [200, 404]
    offers = (await sandbox.get(f"{INVENTORY}/offer", params={"sku": "A-1"})).json()["offers"]
    assert [x["availableQuantity"] for x in offers] == [1]


async def test_a_seller_s_calls_are_limited_by_the_second(
    sandbox: httpx.AsyncClient, seller: dict[str, Any]
) -> None:
    settings = {"calls_per_second": 1, "calls_at_once": 2}
    await sandbox.patch(f"/control/ebay/accounts/{seller['account']}", json=settings)
    listing = await made(sandbox, "ebay", "seller", "A-1")
    path = f"{INVENTORY}/offer/{listing['listing']}"
    answers = [await sandbox.get(path) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json()["errors"][0]["errorId"] == 2001
    await asyncio.sleep(1.1)
    assert (await sandbox.get(path)).status_code == 200
    calls = (await sandbox.get("/control/truth/calls")).json()["calls"]
    assert [(c["cost"], c["throttled"]) for c in calls] == [(1, False), (1, False), (0, True), (1, False)]


async def test_a_listing_is_revised_250_times_a_day(
    sandbox: httpx.AsyncClient, seller: dict[str, Any]
) -> None:
    listing = await made(sandbox, "ebay", "seller", "A-1", quantity=3)
    path, body = f"{INVENTORY}/bulk_update_price_quantity", bulk("A-1", (listing["listing"], 2))
    statuses = [(await sandbox.post(path, json=body)).status_code for _ in range(251)]
    assert statuses == [200] * 250 + [207]


@pytest.mark.parametrize(
    ("control", "status", "listing_status"),
    [(True, "PUBLISHED", "OUT_OF_STOCK"), (False, "UNPUBLISHED", None)],
)
async def test_the_last_unit_sold(
    sandbox: httpx.AsyncClient, seller: dict[str, Any], control: bool, status: str, listing_status: str | None
) -> None:
    await sandbox.patch("/control/ebay/accounts/seller", json={"out_of_stock_control": control})
    listing = await made(sandbox, "ebay", "seller", "A-1")
    await sell(sandbox, "ebay", "seller", "A-1")
    offer = (await sandbox.get(f"{INVENTORY}/offer/{listing['listing']}")).json()
    assert (offer["status"], offer["availableQuantity"], offer.get("listing", {}).get("listingStatus")) == (
        status,
        0,
        listing_status,
    )
    second = await sandbox.post("/control/ebay/sales", json={"account": "seller", "lines": [{"sku": "A-1"}]})
    assert (second.status_code, second.json()["error"]) == (409, "sold_out")
    refusals = (await sandbox.get("/control/truth/refusals")).json()["refusals"]
    assert [x["sku"] for x in refusals] == ["A-1"]


async def test_orders_come_by_window_and_page(sandbox: httpx.AsyncClient, seller: dict[str, Any]) -> None:
    for number in range(3):
        await made(sandbox, "ebay", "seller", f"A-{number}")
        await sell(sandbox, "ebay", "seller", f"A-{number}", sold_at=f"2026-11-0{number + 1}T10:00:00Z")
    window = {"filter": "lastmodifieddate:[2026-11-02T00:00:00.000Z..]", "limit": "1"}
    page = (await sandbox.get(ORDER, params=window)).json()
    assert (page["total"], len(page["orders"]), "next" in page) == (2, 1, True)
    last = (await sandbox.get(ORDER, params={**window, "offset": "1"})).json()
    assert "next" not in last
    for query, number in [
        ({"limit": "201"}, 31100),
        ({"filter": "color:red"}, 30700),
        ({"orderIds": ",".join("x" * 51)}, 30900),
    ]:
        refused = await sandbox.get(ORDER, params=query)
        assert (refused.status_code, refused.json()["errors"][0]["errorId"]) == (400, number)


async def test_an_unpaid_purchase_is_not_returned(sandbox: httpx.AsyncClient, seller: dict[str, Any]) -> None:
    await made(sandbox, "ebay", "seller", "A-1")
    sale = await sell(sandbox, "ebay", "seller", "A-1", unpaid=True)
    assert (await sandbox.get(f"{ORDER}/{sale['order_id']}")).status_code == 404
    await sandbox.post(f"/control/ebay/orders/{sale['order_id']}/pay", json={})
    assert (await sandbox.get(f"{ORDER}/{sale['order_id']}")).json()["orderPaymentStatus"] == "PAID"


async def test_inventory_items_page_by_page_number(
    sandbox: httpx.AsyncClient, seller: dict[str, Any]
) -> None:
    on = [{"platform": "ebay", "account": "seller"}]
    await sandbox.post("/control/articles", json={"count": 5, "sku_prefix": "A-", "on": on})
    page = (await sandbox.get(f"{INVENTORY}/inventory_item", params={"limit": 2, "offset": 2})).json()
    assert ([x["sku"] for x in page["inventoryItems"]], page["total"], "next" in page) == (["A-5"], 5, False)


async def test_tokens_are_refreshed_and_expire(sandbox: httpx.AsyncClient, seller: dict[str, Any]) -> None:
    path, auth = "/ebay/identity/v1/oauth2/token", (seller["client_id"], seller["client_secret"])
    form = {"grant_type": "refresh_token", "refresh_token": seller["refresh_token"]}
    await sandbox.patch("/control/ebay/accounts/seller", json={"token_ttl": 0})
    del sandbox.headers["authorization"]
    fresh = (await sandbox.post(path, data=form, auth=auth)).json()
    assert set(fresh) == {"access_token", "expires_in", "token_type"}
    headers = {"Authorization": f"Bearer {fresh['access_token']}"}
    assert (await sandbox.get(ORDER, headers=headers)).json()["errors"][0]["errorId"] == 1001
    assert (await sandbox.post(path, data=form, auth=("x", "y"))).status_code == 401


async def test_shipping_over_the_lines_adds_up_to_the_order(
    sandbox: httpx.AsyncClient, seller: dict[str, Any]
) -> None:
    for sku in ("A-1", "A-2", "A-3"):
        await made(sandbox, "ebay", "seller", sku)
    sale = await sell(sandbox, "ebay", "seller", "A-1", "A-2", "A-3", shipping="5.00")
    order = (await sandbox.get(f"{ORDER}/{sale['order_id']}")).json()
    costs = [Decimal(line["deliveryCost"]["shippingCost"]["value"]) for line in order["lineItems"]]
    assert sum(costs) == Decimal(order["pricingSummary"]["deliveryCost"]["value"]) == 5


async def test_saying_where_pushes_go_again_makes_no_second_destination(
    sandbox: httpx.AsyncClient, seller: dict[str, Any], receiver: Receiver
) -> None:
    told = {
        "client_id": seller["client_id"],
        "endpoint": receiver.uri,
        "verification_token": receiver.token,
    }
    ids = {
        (await sandbox.post("/control/ebay/destination", json=told)).json()["destination_id"]
        for _ in range(3)
    }
    found = (await sandbox.get("/ebay/commerce/notification/v1/destination")).json()
    assert {row["destinationId"] for row in found["destinations"]} == ids
    assert len(ids) == 1
    await made(sandbox, "ebay", "seller", "A-1")
    await sell(sandbox, "ebay", "seller", "A-1")
    await receiver.wait(1)
    attempts = (await sandbox.get("/control/truth/webhooks")).json()["webhooks"]
    assert len({attempt["delivery"] for attempt in attempts}) == 1
    elsewhere = {**told, "endpoint": receiver.uri.replace("127.0.0.1", "localhost")}
    receiver.uri = elsewhere["endpoint"]
    moved = (await sandbox.post("/control/ebay/destination", json=elsewhere)).json()
    found = (await sandbox.get("/ebay/commerce/notification/v1/destination")).json()
    assert [row["destinationId"] for row in found["destinations"]] == [moved["destination_id"]]
