"""What shops do that is easily overlooked, on its way through the connector: prices with tax in them, parcels called back,
payouts the bank gives back. Each door tells the same, once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal

import pytest
from soldwire_contracts.ledger import PayoutSettled
from soldwire_contracts.sales import SaleState
from soldwire_contracts.values import Money
from testkit.connector import Bench

pytestmark = pytest.mark.bus

EURO = {"presentment_currency": "EUR", "presentment_rate": "1.17"}


async def _open(bench: Bench, **settings: object) -> None:
    await bench.sandbox.control.patch(f"/control/shopify/accounts/{bench.seller}", json=settings)
    await bench.connect()
    await bench.subscribe(bench.url + bench.webhook_path)
    for sku in ("ST-1", "ST-2"):
        await bench.sandbox.listing("shopify", bench.seller, sku, quantity=9)


async def _heard(bench: Bench, topic: str) -> None:
    """Wait until the topic has come in, then map what is stored; what has to be read is read in the next turn."""
    async with asyncio.timeout(10):
        while not await bench.count(f"raw_webhooks where topic = '{topic}'"):
            await asyncio.sleep(0.02)
    await bench.turn("webhooks")
    await bench.turn("webhooks")


async def _polled(bench: Bench) -> None:
    await bench.execute("update due_polls set due_at = now()")
    await bench.turn("polls")
    assert await bench.count("dead_letters where subscriber = 'orders'") == 0


async def _newest(bench: Bench) -> list[SaleState]:
    return list({sale.line_id: sale for sale in await bench.sales()}.values())


def _sum(amounts: Sequence[Money | None]) -> Decimal:
    return sum((amount.amount for amount in amounts if amount is not None), Decimal(0))


@pytest.mark.parametrize("buyer", [{}, EURO], ids=["home", "abroad"])
@pytest.mark.parametrize("included", [False, True], ids=["added", "included"])
async def test_tax_in_prices_is_told_once_and_lines_add_up_to_the_order(
    bench: Bench, included: bool, buyer: dict[str, str]
) -> None:
    await _open(bench, taxes_included=included)
    lines = [
        {"sku": "ST-1", "quantity": 3, "price": "12.00", "discount": "1.00", "tax": "1.83"},
        {"sku": "ST-2", "quantity": 1, "price": "7.01", "tax": "0"},
    ]
    body = {"account": bench.seller, "lines": lines, "shipping": "3.60", "shipping_tax": "0.60", **buyer}
    made = await bench.sandbox.post("shopify/sales", body)
    await _heard(bench, "orders/create")
    sales = await _newest(bench)
    assert [sale.found_by for sale in sales] == ["webhook", "webhook"]
    net = Decimal("33.00") + Decimal("7.01") - (Decimal("5.49") if included else 0)
    assert _sum([sale.price for sale in sales]) == net
    assert _sum([sale.tax for sale in sales]) == Decimal("6.09")
    assert _sum([sale.shipping_price for sale in sales]) == Decimal("3.60") - (
        Decimal("0.60") if included else 0
    )
    told = [amount for sale in sales for amount in (sale.price, sale.tax, sale.shipping_price)]
    assert _sum(told) == Decimal(made["total"])
    if buyer:
        seen = [sale.presentment for sale in sales]
        paid = [amount for one in seen if one for amount in (one.price, one.tax, one.shipping_price)]
        assert _sum(paid) == Decimal(made["presentment_total"])
    await _polled(bench)
    assert len(await bench.sales()) == 2, "asked for, it is the same"
    await bench.sandbox.post(f"shopify/orders/{made['order_id']}/refund", {})
    await _heard(bench, "refunds/create")
    refunds = [refund for sale in await _newest(bench) for refund in sale.refunds]
    assert _sum([refund.amount for refund in refunds]) == Decimal(made["total"])
    before = await bench.sales()
    await _polled(bench)
    assert await bench.sales() == before


async def test_a_parcel_that_is_called_back_is_no_parcel(bench: Bench) -> None:
    await _open(bench)
    made = await bench.sandbox.sell("shopify", bench.seller, "ST-1", "ST-2")
    order, first = made["order_id"], made["lines"][0]["line_id"]
    part = {"lines": [{"line_id": first, "quantity": 1}], "tracking": "AB123456785GB"}
    await bench.sandbox.post(f"shopify/orders/{order}/ship", part)
    await _heard(bench, "fulfillments/create")
    assert [len(sale.shipments) for sale in await _newest(bench)] == [1, 0]
    await bench.sandbox.post(f"shopify/orders/{order}/call-back")
    await _heard(bench, "fulfillments/update")
    sales = await _newest(bench)
    assert [(len(sale.shipments), sale.cancelled_quantity) for sale in sales] == [(0, 0), (0, 0)]
    before = await bench.sales()
    await _polled(bench)
    assert await bench.sales() == before
    await bench.sandbox.post(f"shopify/orders/{order}/ship", {"tracking": "JD0002"})
    await _heard(bench, "orders/fulfilled")
    shipments = [[parcel.tracking_number for parcel in sale.shipments] for sale in await _newest(bench)]
    assert shipments == [["JD0002"], ["JD0002"]]
    await bench.sandbox.post(f"shopify/orders/{order}/call-back", {"deliver_webhook": False})
    await _polled(bench)
    assert [sale.shipments for sale in await _newest(bench)] == [(), ()], "the poll alone finds it too"


@pytest.mark.parametrize("given_back", ["FAILED", "CANCELED"])
async def test_a_payout_that_comes_back_is_paid_with_a_later_one_and_nothing_is_counted_twice(
    bench: Bench, given_back: str
) -> None:
    await _open(bench)
    path = f"shopify/accounts/{bench.seller}/payout"

    async def settled(**asked: str) -> list[PayoutSettled]:
        await bench.sandbox.post(path, asked)
        await bench.execute("update due_chores set due_at = now() where kind = 'payouts'")
        await bench.turn("payouts")
        return [e.data for e in await bench.said("payout.settled") if isinstance(e.data, PayoutSettled)]

    await bench.sandbox.sell("shopify", bench.seller, "ST-1")
    await _heard(bench, "orders/create")
    await _polled(bench)
    said = await settled(status="PAID" if given_back == "FAILED" else "SCHEDULED")
    paid = [str(one.amount.amount) for one in said]
    assert paid == (["23.97"] if given_back == "FAILED" else [])
    back = (await settled(status=given_back))[-1]
    assert (str(back.amount.amount), _sum([line.amount for line in back.lines])) == ("0", Decimal(0))
    assert back.lines[-1].kind == f"payout_{given_back.lower()}"
    await bench.sandbox.sell("shopify", bench.seller, "ST-2")
    await _polled(bench)
    later = (await settled(status="PAID"))[-1]
    assert later.payout_id != back.payout_id
    returned = "transfer_failure" if given_back == "FAILED" else "transfer_cancel"
    assert [(line.kind, str(line.amount.amount)) for line in later.lines] == [
        (returned, "23.97"),
        ("charge", "25.0"),
        ("charge_fee", "-1.03"),
    ]
    assert later.amount.amount == _sum([line.amount for line in later.lines]) == Decimal("47.94")
    fees = [[str(fee.amount.amount) for fee in sale.fees or ()] for sale in await _newest(bench)]
    assert fees == [["1.03"], ["1.03"]]
    assert await bench.count("account_health where payouts_error is not null") == 0
