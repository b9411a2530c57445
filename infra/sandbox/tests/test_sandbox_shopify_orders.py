"""Shopify's orders: the buyer's currency in both dialects, channels, edits, money promised and taken, limits of inputs."""

import json
from typing import Any

from sandbox.testing import Receiver, Shop, made, sell

BOTH = "{ shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }"
ORDER = f"""query($id: ID!) {{ order(id: $id) {{ sourceName presentmentCurrencyCode displayFinancialStatus customer {{ id }}
  totalPriceSet {BOTH} currentTotalPriceSet {BOTH} totalOutstandingSet {BOTH} totalReceivedSet {BOTH} totalRefundedSet {BOTH} totalTaxSet {BOTH}
  transactions {{ id kind amountSet {BOTH} }}
  lineItems(first: 10) {{ nodes {{ id sku quantity currentQuantity originalUnitPriceSet {BOTH} taxLines {{ priceSet {BOTH} }}
    discountAllocations {{ allocatedAmountSet {BOTH} }} }} }} }} }}"""


async def order_of(shop: Shop, sale: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (await shop.graphql(ORDER, id=f"gid://shopify/Order/{sale['order_id']}"))["data"]
    return found["order"]  # type: ignore[no-any-return]


async def hooked(shop: Shop, receiver: Receiver, *topics: str) -> None:
    hook = {"account": shop.name, "uri": receiver.uri, "topics": list(topics)}
    await shop.client.post("/control/shopify/subscriptions", json=hook)


def amounts(found: dict[str, Any]) -> tuple[str, str]:
    shown, other = found["shopMoney"], found["presentmentMoney"]
    assert (shown["currencyCode"], other["currencyCode"]) == ("GBP", "EUR")
    return shown["amount"], other["amount"]


async def test_the_buyer_s_money_stands_beside_the_shop_s(shop: Shop, receiver: Receiver) -> None:
    await made(shop.client, "shopify", shop.name, "A-1", price="9.99", quantity=5)
    await hooked(shop, receiver, "orders/create", "refunds/create")
    line = {"sku": "A-1", "quantity": 3, "discount": "1.00", "tax": "0.33"}
    body = {
        "account": shop.name,
        "lines": [line],
        "shipping": "3.50",
        "channel": "pos",
        "presentment_currency": "EUR",
        "presentment_rate": "1.1487",
        "customer": {"id": 7},
    }
    sale = (await shop.client.post("/control/shopify/sales", json=body)).json()
    order = await order_of(shop, sale)
    assert (order["sourceName"], order["presentmentCurrencyCode"]) == ("pos", "EUR")
    assert order["customer"]["id"] == "gid://shopify/Customer/7"
    node = order["lineItems"]["nodes"][0]
    assert amounts(node["originalUnitPriceSet"]) == ("9.99", "11.48")
    assert amounts(node["taxLines"][0]["priceSet"]) == ("0.99", "1.14")
    assert amounts(node["discountAllocations"][0]["allocatedAmountSet"]) == ("3.0", "3.45")
    # 3 × (11.48 − 1.15 + 0.38) + 4.02: every price is rounded as the buyer saw it, and the sums are of these.
    assert amounts(order["totalPriceSet"]) == ("31.46", "36.15")
    told = json.loads((await receiver.wait(1))[0].body)
    assert (told["source_name"], told["currency"], told["presentment_currency"]) == ("pos", "GBP", "EUR")
    assert told["total_price_set"] == {
        "shop_money": {"amount": "31.46", "currency_code": "GBP"},
        "presentment_money": {"amount": "36.15", "currency_code": "EUR"},
    }
    assert told["line_items"][0]["price_set"]["presentment_money"]["amount"] == "11.48"
    await shop.client.post(f"/control/shopify/orders/{sale['order_id']}/refund", json={})
    refund = json.loads((await receiver.wait(2))[1].body)
    given = refund["transactions"][0]
    assert (given["amount"], given["currency"]) == ("36.15", "EUR")  # a transaction is what the buyer got
    order = await order_of(shop, sale)
    assert amounts(order["totalRefundedSet"]) == ("31.46", "36.15")
    assert order["displayFinancialStatus"] == "REFUNDED"


async def test_an_edit_shows_in_both_dialects_and_moves_stock(shop: Shop, receiver: Receiver) -> None:
    await made(shop.client, "shopify", shop.name, "A-1", price="10.00", quantity=3)
    await made(shop.client, "shopify", shop.name, "B-1", price="5.00", quantity=1)
    sale = await sell(shop.client, "shopify", shop.name, "A-1")
    await hooked(shop, receiver, "orders/edited", "orders/updated")
    path, line = f"/control/shopify/orders/{sale['order_id']}/edit", sale["lines"][0]["line_id"]

    async def stock() -> dict[str, int]:
        rows = (await shop.client.get("/control/truth/listings")).json()["listings"]
        return {x["sku"]: x["quantity"] for x in rows}

    more = {"lines": [{"line_id": line, "quantity": 3}], "add": [{"sku": "B-1"}]}
    edited = (await shop.client.post(path, json=more)).json()
    assert await stock() == {"A-1": 0, "B-1": 0}
    order = await order_of(shop, sale)
    assert [(x["sku"], x["quantity"]) for x in order["lineItems"]["nodes"]] == [("A-1", 3), ("B-1", 1)]
    assert order["displayFinancialStatus"] == "PARTIALLY_PAID"
    assert order["totalOutstandingSet"]["shopMoney"]["amount"] == "25.0"
    bodies = {got.headers["x-shopify-topic"]: json.loads(got.body) for got in await receiver.wait(2)}
    added = edited["lines"][1]["line_id"]
    changed = bodies["orders/edited"]["order_edit"]["line_items"]
    assert changed == {
        "additions": [{"id": int(line), "delta": 2}, {"id": int(added), "delta": 1}],
        "removals": [],
    }
    assert bodies["orders/updated"]["financial_status"] == "partially_paid"
    assert len(bodies["orders/updated"]["line_items"]) == 2
    too_many = {"lines": [{"line_id": line, "quantity": 4}]}
    assert (await shop.client.post(path, json=too_many)).status_code == 409
    await shop.client.post(f"/control/shopify/orders/{sale['order_id']}/pay", json={})
    assert (await order_of(shop, sale))["displayFinancialStatus"] == "PAID"
    gone = {"lines": [{"line_id": added, "quantity": 0}, {"line_id": line, "quantity": 2}]}
    await shop.client.post(path, json=gone)
    assert await stock() == {"A-1": 1, "B-1": 1}
    order = await order_of(shop, sale)
    nodes = order["lineItems"]["nodes"]
    assert [(x["quantity"], x["currentQuantity"]) for x in nodes] == [(3, 2), (1, 0)]
    assert order["totalPriceSet"]["shopMoney"]["amount"] == "35.0"
    assert order["currentTotalPriceSet"]["shopMoney"]["amount"] == "20.0"
    assert order["totalOutstandingSet"]["shopMoney"]["amount"] == "-15.0"
    await shop.client.post(f"/control/shopify/orders/{sale['order_id']}/refund", json={"amount": "15.00"})
    order = await order_of(shop, sale)
    assert order["currentTotalPriceSet"]["shopMoney"]["amount"] == "20.0"
    assert order["totalOutstandingSet"]["shopMoney"]["amount"] == "0.0"
    assert order["displayFinancialStatus"] == "PARTIALLY_REFUNDED"


async def test_money_is_promised_then_taken(shop: Shop, receiver: Receiver) -> None:
    await made(shop.client, "shopify", shop.name, "A-1", quantity=2)
    await hooked(shop, receiver, "orders/create", "orders/paid")
    sale = await sell(shop.client, "shopify", shop.name, "A-1", authorized=True)
    assert json.loads((await receiver.wait(1))[0].body)["financial_status"] == "authorized"
    order = await order_of(shop, sale)
    assert order["displayFinancialStatus"] == "AUTHORIZED"
    assert [x["kind"] for x in order["transactions"]] == ["AUTHORIZATION"]
    path = f"/control/shopify/orders/{sale['order_id']}"
    assert (await shop.client.post(f"{path}/capture", json={})).json()["payment"] == "paid"
    assert (await shop.client.post(f"{path}/capture", json={})).status_code == 400
    assert (await receiver.wait(2))[1].headers["x-shopify-topic"] == "orders/paid"
    order = await order_of(shop, sale)
    assert [x["kind"] for x in order["transactions"]] == ["AUTHORIZATION", "CAPTURE"]
    assert order["displayFinancialStatus"] == "PAID"
    voided = await sell(shop.client, "shopify", shop.name, "A-1", authorized=True)
    await shop.client.post(f"/control/shopify/orders/{voided['order_id']}/cancel", json={})
    assert (await order_of(shop, voided))["displayFinancialStatus"] == "VOIDED"


async def test_an_input_of_more_than_250_elements_is_refused(shop: Shop) -> None:
    listing = await shop.item("A-1")
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    ids = [listing["ids"]["variant"]] * 251
    for answer in (
        await shop.graphql(query, ids=ids),
        await shop.graphql(f"{{ nodes(ids: {json.dumps(ids)}) {{ id }} }}"),
    ):
        assert answer["errors"][0]["extensions"]["code"] == "MAX_INPUT_SIZE_EXCEEDED"
    assert len((await shop.graphql(query, ids=ids[:250]))["data"]["nodes"]) == 250
