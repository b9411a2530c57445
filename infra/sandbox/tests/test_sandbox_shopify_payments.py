"""Shopify Payments: charges with their fees, refunds, adjustments, and the payouts that gather them."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
from sandbox.testing import Shop, made, running, sell

MONEY = "{ amount currencyCode }"
READ = f"""query($p: String, $t: String, $hide: Boolean, $first: Int = 20, $after: String, $reverse: Boolean) {{ shopifyPaymentsAccount {{ id activated
  payouts(first: 10, query: $p, reverse: $reverse) {{ nodes {{ id legacyResourceId status issuedAt net {MONEY} transactionType }} }}
  balanceTransactions(first: $first, after: $after, query: $t, hideTransfers: $hide) {{ pageInfo {{ hasNextPage endCursor }} nodes {{ id type test transactionDate
    amount {MONEY} fee {MONEY} net {MONEY} sourceType associatedOrder {{ id name }} associatedPayout {{ id status }} }} }} }} }}"""


async def account(shop: Shop, **variables: object) -> dict[str, Any]:
    answer = await shop.graphql(READ, **variables)
    found: dict[str, Any] = answer["data"]["shopifyPaymentsAccount"]
    return found


def sums(transactions: list[dict[str, Any]]) -> list[tuple[str, str, str, str]]:
    return [(x["type"], x["amount"]["amount"], x["fee"]["amount"], x["net"]["amount"]) for x in transactions]


async def test_what_is_paid_is_charged_and_what_goes_back_refunded(shop: Shop) -> None:
    await made(shop.client, "shopify", shop.name, "A-1", price="25.00", quantity=9)
    paid = await sell(shop.client, "shopify", shop.name, "A-1")
    unpaid = await sell(shop.client, "shopify", shop.name, "A-1", unpaid=True)
    trial = await sell(shop.client, "shopify", shop.name, "A-1", test=True)
    path = "/control/shopify/orders"
    await shop.client.post(f"{path}/{paid['order_id']}/refund", json={"amount": "10.00"})
    found = (await account(shop))["balanceTransactions"]["nodes"]
    assert sums(found) == [
        ("CHARGE", "25.0", "1.03", "23.97"),
        ("CHARGE", "25.0", "1.03", "23.97"),
        ("REFUND", "-10.0", "0.0", "-10.0"),
    ]
    assert [x["test"] for x in found] == [False, True, False]
    assert found[0]["associatedOrder"] == {
        "id": f"gid://shopify/Order/{paid['order_id']}",
        "name": paid["order_name"],
    }
    assert found[1]["associatedOrder"]["name"] == trial["order_name"]
    assert found[0]["associatedPayout"] == {"id": None, "status": "PENDING"}
    await shop.client.post(f"{path}/{unpaid['order_id']}/pay", json={})
    line = {"lines": [{"line_id": unpaid["lines"][0]["line_id"], "quantity": 2}]}
    await shop.client.post(f"{path}/{unpaid['order_id']}/edit", json=line)
    await shop.client.post(f"{path}/{unpaid['order_id']}/pay", json={})
    found = (await account(shop))["balanceTransactions"]["nodes"]
    assert [x["amount"]["amount"] for x in found[3:]] == ["25.0", "25.0"]
    await shop.client.post(f"{path}/{unpaid['order_id']}/cancel", json={})
    found = (await account(shop))["balanceTransactions"]["nodes"]
    assert sums(found)[-1] == ("REFUND", "-50.0", "0.0", "-50.0")


async def test_a_payout_gathers_what_is_pending_then_is_paid(shop: Shop) -> None:
    await made(shop.client, "shopify", shop.name, "A-1", price="100.00", quantity=9)
    path = f"/control/shopify/accounts/{shop.name}"
    assert (await shop.client.post(f"{path}/payout", json={})).status_code == 400
    for _ in range(3):
        await sell(shop.client, "shopify", shop.name, "A-1")
    await sell(shop.client, "shopify", shop.name, "A-1", test=True)
    adjusted = await shop.client.post(f"{path}/adjustment", json={"amount": "-5.00"})
    assert adjusted.status_code == 201
    first = (await shop.client.post(f"{path}/payout", json={"issued_at": "2026-01-02T00:00:00Z"})).json()
    assert (first["status"], len(first["transactions"])) == ("SCHEDULED", 4)
    net = 3 * (Decimal(100) - Decimal("3.20")) - 5
    assert Decimal(first["net"]) == net
    scheduled = await account(shop)
    assert [(x["status"], x["net"]["amount"]) for x in scheduled["payouts"]["nodes"]] == [
        ("SCHEDULED", "285.4")
    ]
    paid = (await shop.client.post(f"{path}/payout", json={})).json()
    assert (paid["seq"], paid["status"]) == (first["seq"], "PAID")
    await sell(shop.client, "shopify", shop.name, "A-1")
    second = (await shop.client.post(f"{path}/payout", json={"status": "PAID"})).json()
    assert second["status"] == "PAID"
    both = await account(shop, p="issued_at:>='2026-01-02T00:00:00Z'")
    ids = [x["legacyResourceId"] for x in both["payouts"]["nodes"]]
    assert ids == [str(first["seq"]), str(second["seq"])]
    newest = await account(shop, reverse=True, p="issued_at:>'2026-01-03T00:00:00Z'")
    assert [x["legacyResourceId"] for x in newest["payouts"]["nodes"]] == [str(second["seq"])]
    inside = await account(shop, t=f"payments_transfer_id:{first['seq']}", hide=True)
    nodes = inside["balanceTransactions"]["nodes"]
    assert [x["type"] for x in nodes] == ["CHARGE"] * 3 + ["ADJUSTMENT"]
    assert sum(Decimal(x["net"]["amount"]) for x in nodes) == net
    assert {x["associatedPayout"]["status"] for x in nodes} == {"PAID"}
    whole = await account(shop, t=f"payments_transfer_id:{first['seq']}")
    assert sum(Decimal(x["net"]["amount"]) for x in whole["balanceTransactions"]["nodes"]) == 0
    truth = (await shop.client.get("/control/truth/payouts", params={"account": shop.name})).json()
    assert [len(x["transactions"]) for x in truth["payouts"]] == [5, 2]
    assert [x["test"] for x in truth["pending"]] == [True]


async def test_transactions_page_by_cursor_and_time(shop: Shop) -> None:
    await made(shop.client, "shopify", shop.name, "A-1", quantity=9)
    for day in range(1, 6):
        await sell(
            shop.client, "shopify", shop.name, "A-1", sold_at=f"2026-10-0{day}T10:00:00Z", affects_stock=False
        )
    times: list[str] = []
    after = None
    while True:
        page = (await account(shop, first=2, after=after))["balanceTransactions"]
        times += [x["transactionDate"] for x in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert times == [f"2026-10-0{day}T10:00:00Z" for day in range(1, 6)]
    late = await account(shop, t="processed_at:>='2026-10-04T00:00:00Z'")
    assert len(late["balanceTransactions"]["nodes"]) == 2
    none = await account(shop, t="payout_date:<'2026-10-04T00:00:00Z'")
    assert none["balanceTransactions"]["nodes"] == []


async def test_a_shop_may_have_no_payments_and_an_app_no_scope(sandbox: httpx.AsyncClient) -> None:
    fields: dict[str, object] = {"account": "cash.myshopify.com", "payments": False}
    shop = Shop(sandbox, (await sandbox.post("/control/shopify/accounts", json=fields)).json())
    await shop.item("A-1")
    await sell(sandbox, "shopify", shop.name, "A-1")
    answer = await shop.graphql(READ)
    assert answer["data"] == {"shopifyPaymentsAccount": None}
    assert "errors" not in answer
    fields = {"account": "narrow.myshopify.com", "scopes": "read_orders"}
    narrow = Shop(sandbox, (await sandbox.post("/control/shopify/accounts", json=fields)).json())
    assert (await narrow.graphql(READ))["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"


async def test_balances_outlive_the_process(tmp_path: Path) -> None:
    async with running(tmp_path) as first:
        opened = await first.post("/control/shopify/accounts", json={"account": "demo.myshopify.com"})
        shop = Shop(first, opened.json())
        await made(first, "shopify", shop.name, "A-1", quantity=3)
        await sell(first, "shopify", shop.name, "A-1")
        await first.post(f"/control/shopify/accounts/{shop.name}/payout", json={"status": "PAID"})
        await sell(first, "shopify", shop.name, "A-1")
        before = await account(shop)
    async with running(tmp_path) as again:
        assert await account(Shop(again, shop.keys)) == before
        assert len(before["balanceTransactions"]["nodes"]) == 3
