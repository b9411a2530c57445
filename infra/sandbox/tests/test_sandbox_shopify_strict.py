"""What real shops do that is easily left out: prices that include tax, parcels called back, payouts the bank gives back."""

import json
from decimal import Decimal
from typing import Any

from sandbox.testing import Receiver, Shop, made, sell

BAG = "{ shopMoney { amount } }"
ORDER = f"""query($id: ID!) {{ shop {{ taxesIncluded }} order(id: $id) {{
  taxesIncluded totalPriceSet {BAG} totalTaxSet {BAG} subtotalPriceSet {BAG} displayFulfillmentStatus
  taxLines {{ rate priceSet {BAG} }} shippingLines(first: 1) {{ nodes {{ taxLines {{ priceSet {BAG} }} }} }}
  lineItems(first: 5) {{ nodes {{ unfulfilledQuantity taxLines {{ rate priceSet {BAG} }} }} }}
  fulfillments {{ status displayStatus trackingInfo {{ number }} }} }} }}"""
BALANCE = """{ shopifyPaymentsAccount {
  payouts(first: 10) { nodes { legacyResourceId status net { amount } } }
  balanceTransactions(first: 20) { nodes { type sourceType net { amount } associatedPayout { id status } } } } }"""


async def order_of(shop: Shop, order: str) -> dict[str, Any]:
    answer = await shop.graphql(ORDER, id=f"gid://shopify/Order/{order}")
    found: dict[str, Any] = answer["data"]
    return found


def amount(bag: dict[str, Any]) -> Decimal:
    return Decimal(bag["shopMoney"]["amount"])


async def test_prices_include_tax_where_the_shop_says_so(shop: Shop, receiver: Receiver) -> None:
    client = shop.client
    path = f"/control/shopify/accounts/{shop.name}"
    await client.patch(path, json={"taxes_included": True})
    hook = {"account": shop.name, "uri": receiver.uri, "topics": ["orders/create", "refunds/create"]}
    await client.post("/control/shopify/subscriptions", json=hook)
    await made(client, "shopify", shop.name, "A-1", price="12.00", quantity=9)
    lines = [{"sku": "A-1", "quantity": 2, "tax": "2.00"}]
    body = {"account": shop.name, "lines": lines, "shipping": "3.60", "shipping_tax": "0.60"}
    sold = (await client.post("/control/shopify/sales", json=body)).json()
    assert Decimal(sold["total"]) == Decimal("27.60")
    found = await order_of(shop, sold["order_id"])
    order = found["order"]
    assert (found["shop"]["taxesIncluded"], order["taxesIncluded"]) == (True, True)
    assert amount(order["totalPriceSet"]) == Decimal("27.60")
    assert amount(order["totalTaxSet"]) == Decimal("4.60")
    assert amount(order["subtotalPriceSet"]) == Decimal("24.00")
    assert [x["rate"] for x in order["taxLines"]] == [0.2]
    assert [x["rate"] for x in order["lineItems"]["nodes"][0]["taxLines"]] == [0.2]
    [shipping] = order["shippingLines"]["nodes"]
    assert [amount(x["priceSet"]) for x in shipping["taxLines"]] == [Decimal("0.60")]
    told = json.loads((await receiver.wait(1))[0].body)
    assert (told["taxes_included"], told["total_price"], told["total_tax"]) == (True, "27.60", "4.60")
    assert (told["subtotal_price"], told["line_items"][0]["tax_lines"][0]["price"]) == ("24.00", "4.00")
    part = {"lines": [{"line_id": sold["lines"][0]["line_id"], "quantity": 1}]}
    back = (await client.post(f"/control/shopify/orders/{sold['order_id']}/refund", json=part)).json()
    assert Decimal(back["refunded"]) == Decimal("12.00"), "the tax is in it"
    await client.patch(path, json={"taxes_included": None})
    later = await sell(client, "shopify", shop.name, "A-1")
    assert (await order_of(shop, later["order_id"]))["order"]["taxesIncluded"] is False


async def test_a_shipment_is_called_back(shop: Shop, receiver: Receiver) -> None:
    client = shop.client
    await made(client, "shopify", shop.name, "A-1", quantity=9)
    sold = await sell(client, "shopify", shop.name, "A-1")
    path = f"/control/shopify/orders/{sold['order_id']}"
    assert (await client.post(f"{path}/call-back", json={})).status_code == 400
    await client.post(f"{path}/ship", json={"tracking": "AB123456785GB"})
    topics = ["fulfillments/update", "orders/updated"]
    hook = {"account": shop.name, "uri": receiver.uri, "topics": topics}
    await client.post("/control/shopify/subscriptions", json=hook)
    answer = (await client.post(f"{path}/call-back", json={})).json()
    assert (answer["shipped"], answer["shipments"]) == ("none", [])
    bodies = {got.headers["x-shopify-topic"]: json.loads(got.body) for got in await receiver.wait(2)}
    assert bodies["fulfillments/update"]["status"] == "cancelled"
    assert bodies["fulfillments/update"]["order_id"] == int(sold["order_id"])
    [parcel] = bodies["orders/updated"]["fulfillments"]
    assert (parcel["status"], bodies["orders/updated"]["fulfillment_status"]) == ("cancelled", None)
    order = (await order_of(shop, sold["order_id"]))["order"]
    assert [(x["status"], x["displayStatus"]) for x in order["fulfillments"]] == [("CANCELLED", "CANCELED")]
    assert order["displayFulfillmentStatus"] == "UNFULFILLED"
    assert order["lineItems"]["nodes"][0]["unfulfilledQuantity"] == 1
    assert (await client.post(f"{path}/call-back", json={})).status_code == 400
    assert (await client.post(f"{path}/ship", json={"tracking": "2"})).json()["shipped"] == "all"


async def test_the_bank_gives_a_payout_back_and_a_later_one_pays_it(shop: Shop) -> None:
    client, path = shop.client, f"/control/shopify/accounts/{shop.name}/payout"
    await made(client, "shopify", shop.name, "A-1", price="100.00", quantity=9)
    assert (await client.post(path, json={"status": "FAILED"})).status_code == 400
    await sell(client, "shopify", shop.name, "A-1")
    first = (await client.post(path, json={"status": "PAID"})).json()
    assert (await client.post(path, json={"status": "CANCELED"})).status_code == 400, (
        "what is paid is not cancelled"
    )
    failed = (await client.post(path, json={"status": "FAILED"})).json()
    assert (failed["seq"], failed["status"]) == (first["seq"], "FAILED")
    await client.post(path, json={"status": "SCHEDULED"})
    cancelled = (await client.post(path, json={"status": "CANCELED"})).json()
    last = (await client.post(path, json={"status": "PAID"})).json()
    found = (await shop.graphql(BALANCE))["data"]["shopifyPaymentsAccount"]
    assert [(x["legacyResourceId"], x["status"]) for x in found["payouts"]["nodes"]] == [
        (str(first["seq"]), "FAILED"),
        (str(cancelled["seq"]), "CANCELED"),
        (str(last["seq"]), "PAID"),
    ]
    nodes = found["balanceTransactions"]["nodes"]
    assert [(x["type"], x["sourceType"], x["net"]["amount"]) for x in nodes] == [
        ("CHARGE", "CHARGE", "96.8"),
        ("TRANSFER", "TRANSFER", "-96.8"),
        ("TRANSFER_FAILURE", "TRANSFER", "96.8"),
        ("TRANSFER", "TRANSFER", "-96.8"),
        ("TRANSFER_CANCEL", "TRANSFER", "96.8"),
        ("TRANSFER", "TRANSFER", "-96.8"),
    ]
    assert [x["associatedPayout"]["status"] for x in nodes] == ["FAILED"] * 2 + ["CANCELED"] * 2 + [
        "PAID"
    ] * 2


async def test_an_app_uninstalls_itself(shop: Shop, receiver: Receiver) -> None:
    hook = {"account": shop.name, "uri": receiver.uri, "topics": ["app/uninstalled", "orders/create"]}
    await shop.client.post("/control/shopify/subscriptions", json=hook)
    answer = await shop.graphql("mutation { appUninstall { app { id } userErrors { code message } } }")
    assert answer["data"]["appUninstall"]["userErrors"] == []
    [told] = await receiver.wait(1)
    assert told.headers["x-shopify-topic"] == "app/uninstalled"
    account = (await shop.client.get(f"/control/shopify/accounts/{shop.name}")).json()
    assert account["installed"] is False
    held = (await shop.client.get("/control/shopify/subscriptions")).json()["subscriptions"]
    assert all(one["removed"] for one in held)
    again = await shop.client.post(
        f"/shopify/{shop.name}/admin/api/2026-10/graphql.json",
        json={"query": "{ shop { id } }"},
        headers={"X-Shopify-Access-Token": shop.keys["access_token"]},
    )
    assert again.status_code == 401
