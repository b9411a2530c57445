"""What was taken off, what the buyer saw and where it sold: kept and shown, beside books in the shop's own currency."""

from __future__ import annotations

import csv
from decimal import Decimal
from typing import Any

import pytest
from ledger_shop import Shop, Stack, gbp
from soldwire_contracts.sales import Presentment, Refund, SaleRefunded, SaleUpdated
from soldwire_contracts.values import Money, OwnerKind
from sqlalchemy import text
from testkit.bus import record_of, run_batch

pytestmark = pytest.mark.bus


def eur(amount: str) -> Money:
    return Money.model_validate({"amount": amount, "currency": "EUR"})


SEEN: dict[str, Any] = {
    "discount": gbp("5.00"),
    "tax": gbp("4.17"),
    "channel": "draft_order",
    "presentment": Presentment(
        price=eur("29.25"), shipping_price=eur("4.10"), tax=eur("4.88"), discount=eur("5.85")
    ),
}
SHOWN = {
    "discount": {"amount": "5.00", "currency": "GBP"},
    "channel": "draft_order",
    "presentment": {
        "price": {"amount": "29.25", "currency": "EUR"},
        "shipping_price": {"amount": "4.10", "currency": "EUR"},
        "tax": {"amount": "4.88", "currency": "EUR"},
        "discount": {"amount": "5.85", "currency": "EUR"},
    },
}


async def shown(stack: Stack, shop: Shop) -> dict[str, Any]:
    sale: dict[str, Any] = await stack.call(shop.tenant, "GET", f"/v1/sales/{shop.sale}")
    return sale


async def test_it_is_shown_and_the_books_stay_in_the_shops_currency(stack: Stack, shop: Shop) -> None:
    back = Refund(refund_id="R", amount=gbp("2.00"), quantity=0, at=shop.refund(1, "2.00").at)
    back = back.model_copy(update={"presentment": eur("2.34")})
    await stack.hear(shop.line(**SEEN), shop.sold(), shop.line(SaleRefunded, 2, refunds=(back,), **SEEN))
    sale = await shown(stack, shop)
    assert {name: sale[name] for name in SHOWN} == SHOWN
    assert sale["refunds"][0]["presentment"] == {"amount": "2.34", "currency": "EUR"}
    assert sale["net"] == {"amount": "23.29", "currency": "GBP"}  # 25.00 + 3.50 − 3.21 − 2.00
    async with stack.database.bus((shop.tenant,)) as uow:
        posted = await uow.conn.execute(text("select distinct currency from entries"))
        assert [row.currency for row in posted] == ["GBP"]


async def test_the_export_has_it_in_columns_at_the_end(stack: Stack, shop: Shop) -> None:
    plain = shop.another()
    await stack.hear(shop.line(**{**SEEN, "channel": "=cmd()"}), plain.line())
    async with stack.client(shop.tenant) as client:
        export = (await client.get("/v1/sales/export.csv")).text.splitlines()
    assert export[0].endswith(
        ",paid_amount,discount,channel,buyer_currency,buyer_price,buyer_shipping_price,buyer_tax,buyer_discount"
    )
    rows = {row["sale_id"]: list(row.values())[-7:] for row in csv.DictReader(export)}
    assert rows[str(shop.sale)] == ["5.00", "'=cmd()", "EUR", "29.25", "4.10", "4.88", "5.85"]
    assert rows[str(plain.sale)] == [""] * 7


OLD_FORM = """
update sales set line = jsonb_set(line, '{refunds}',
  coalesce((select jsonb_agg(r - 'presentment') from jsonb_array_elements(line -> 'refunds') r), '[]'))
  - 'discount' - 'presentment' - 'channel'
"""


async def told_at_last(stack: Stack, shop: Shop, refund: Refund) -> tuple[dict[str, Any], dict[str, Any]]:
    """The sale of before as it is shown, and after it was told again with all there is to tell."""
    async with stack.database.bus((shop.tenant,)) as uow:
        await uow.conn.execute(text(OLD_FORM))
    before, books = await shown(stack, shop), await stack.balances(shop.tenant)
    assert (before["discount"], before["presentment"], before["channel"]) == (None, None, None)
    assert before["refunds"][0]["presentment"] is None
    told = refund.model_copy(update={"presentment": eur("2.34")})
    richer = shop.line(SaleUpdated, 2, refunds=(told,), **{**SEEN, "tax": None})
    said = len(await stack.said("sale.recorded"))
    await stack.hear(richer, richer)
    assert len(await stack.said("sale.recorded")) == said + 1
    assert await stack.balances(shop.tenant) == books
    return before, await shown(stack, shop)


@pytest.mark.parametrize("paid", [False, True])
async def test_a_sale_of_before_learns_it_once_and_stays_what_people_made_of_it(
    stack: Stack, shop: Shop, paid: bool
) -> None:
    """What is told at last is no restatement, and moves no money."""
    refund = shop.refund(1, "2.00")
    shop.consignor = await stack.consignor(shop.tenant, "C-1")
    await stack.agree(shop.tenant)
    await stack.hear(shop.line(refunds=(refund,)), shop.sold(OwnerKind.CONSIGNED))
    assert await stack.confirm(shop.tenant, shop.sale) == [None]
    if paid:
        stack.clock.forward(days=15)
        run = await stack.call(shop.tenant, "POST", "/v1/payout-runs", {"currency": "GBP"}, expect=201)
        for what, body in (("approve", {}), ("pay", {"method": "bank transfer", "reference": "BACS 4711"})):
            await stack.call(shop.tenant, "POST", f"/v1/payout-runs/{run['run_id']}/{what}", body)
    before, after = await told_at_last(stack, shop, refund)
    assert {name: after[name] for name in SHOWN} == SHOWN
    assert after["status"] == ("paid" if paid else "not_paid")
    kept = ("confirmed_at", "paid_at", "paid_amount", "consignor_share", "due")
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert after["restated"] is False


async def test_a_test_order_is_shown_and_is_in_no_books_and_no_total(stack: Stack, shop: Shop) -> None:
    real = shop.another()
    await stack.hear(real.line(), real.sold())
    books = await stack.balances(shop.tenant)
    tried = [
        record_of(shop.line(), test=True),
        record_of(shop.line(SaleUpdated, 2, price=gbp("99.00")), test=True),
    ]
    await run_batch(stack.service.routers[0], "sales", tried, stack.database)
    assert ((await shown(stack, shop))["test"], (await shown(stack, real))["test"]) == (True, False)
    assert await stack.balances(shop.tenant) == books
    (total,) = await stack.call(shop.tenant, "GET", "/v1/sales/totals")
    assert (Decimal(total["price"]), total["count"], total["fees_unknown"]) == (Decimal(25), 2, 0)


async def test_nobody_is_asked_about_a_test_order_or_paid_for_it(stack: Stack, shop: Shop) -> None:
    """Inventory, which says whose an article is, says nothing of it."""
    shop.consignor = await stack.consignor(shop.tenant, "C-1")
    await stack.agree(shop.tenant)
    await run_batch(
        stack.service.routers[0], "sales", [record_of(shop.line(fees=()), test=True)], stack.database
    )
    assert (await shown(stack, shop))["status"] == "complete"
    owner = {"sale_ids": [str(shop.sale)], "owner": "consigned", "consignor_id": str(shop.consignor)}
    (answer,) = await stack.call(shop.tenant, "POST", "/v1/sales/owner", owner)
    assert answer["refusal"] == "This is a test order: nobody is paid for it."
    assert await stack.confirm(shop.tenant, shop.sale) == [None]
    stack.clock.forward(days=15)
    await stack.call(shop.tenant, "POST", "/v1/payout-runs", {"currency": "GBP"}, expect=409)
    period = {"since": "2026-01-01T00:00:00Z", "until": "2026-12-31T00:00:00Z"}
    account = str(shop.line().account_id)
    compared = await stack.call(shop.tenant, "GET", "/v1/payouts/comparison", account_id=account, **period)
    assert compared["totals"] == []


async def test_a_payout_of_test_orders_is_in_no_books(stack: Stack, shop: Shop) -> None:
    tried = record_of(shop.payout(1, "20.00"), test=True)
    await run_batch(stack.service.routers[0], "payouts", [tried], stack.database)
    assert await stack.balances(shop.tenant) == {}
    assert (await stack.call(shop.tenant, "GET", "/v1/payouts"))["items"] == []
