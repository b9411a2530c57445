"""Odd input and the edges of periods, currencies and terms, over HTTP."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from ledger_shop import SOLD_AT, Shop, Stack
from soldwire_contracts.sales import Fee
from soldwire_contracts.values import Money, OwnerKind
from test_ledger_payouts import covers, differing, order, reading, settled

pytestmark = pytest.mark.bus

ODD = ("a zero \u0000 byte", "half a pair \ud800")


@pytest.mark.parametrize("words", ODD)
async def test_text_that_cant_be_kept_is_refused_in_words(stack: Stack, shop: Shop, words: str) -> None:
    await stack.hear(shop.line(), shop.sold())
    sales = {"sale_ids": [str(shop.sale)]}
    rate = {"rate": {"kind": "fixed", "percent": "40"}}
    escaped = words.encode("unicode_escape").decode().replace("\\x", "\\u00")
    async with stack.client(shop.tenant) as client:
        for path, body in (
            ("/v1/sales/confirm", {**sales, "reason": "WORDS"}),
            ("/v1/sales/remove", {**sales, "reason": "WORDS"}),
            ("/v1/sales/owner", {**sales, "owner": "own", "reason": "WORDS"}),
            ("/v1/sales/confirm-all", {"filter": {"search": "WORDS"}}),
            ("/v1/sales/confirm-all", {"filter": {"platform": ["WORDS"]}}),
            ("/v1/consignors", {"code": "C-1", "name": "WORDS"}),
            ("/v1/consignors", {"code": "C-1", "name": "Anna", "note": "WORDS"}),
            ("/v1/terms", {**rate, "reason": "WORDS"}),
        ):
            raw = str(body).replace("'", '"').replace("WORDS", escaped)
            answer = await client.post(path, content=raw, headers={"content-type": "application/json"})
            assert answer.status_code == 422, (path, answer.status_code, answer.text)
    sale = await stack.call(shop.tenant, "GET", f"/v1/sales/{shop.sale}")
    assert (sale["confirmed_at"], sale["removed_at"], sale["owner_corrected"]) == (None, None, False)
    assert (await stack.call(shop.tenant, "GET", "/v1/consignors"))["items"] == []


async def test_a_search_for_what_nothing_holds_is_refused_or_finds_nothing(stack: Stack, shop: Shop) -> None:
    await stack.hear(shop.line())
    await stack.call(shop.tenant, "GET", "/v1/sales", expect=422, search="a\u0000b")
    await stack.call(shop.tenant, "GET", "/v1/sales", expect=422, platform="x" * 51)
    await stack.call(shop.tenant, "GET", "/v1/sales", expect=422, cursor="x" * 1001)
    for odd in ("%", "_", "\\", "'; drop table sales; --", "\U0010ffff", "ﬁ", "İ"):
        assert (await stack.call(shop.tenant, "GET", "/v1/sales", search=odd))["items"] == []


async def test_a_compared_period_begins_with_its_first_moment_and_ends_before_its_last(
    stack: Stack, shop: Shop
) -> None:
    until = SOLD_AT + timedelta(days=1)
    moment = timedelta.resolution
    sold = [
        order(shop, name, "20.00", sold_at=at)[1]
        for name, at in (
            ("BEFORE", SOLD_AT - moment),
            ("FIRST", SOLD_AT),
            ("LAST", until - moment),
            ("AFTER", until),
        )
    ]
    paid = (
        settled(shop, covers(1, "STRANGE-FIRST", "1.00"), payout_id="P-1", days=0),
        settled(shop, covers(2, "STRANGE-AFTER", "1.00"), payout_id="P-2", days=1),
    )
    await stack.hear(*sold, *paid)
    async with reading(stack, shop) as reader:
        found = await reader.compare(SOLD_AT, until)
        in_berlin = await reader.get(
            "/comparison",
            account_id=reader.account,
            since="2026-03-01T13:00:00+01:00",
            until=until.isoformat(),
        )
    assert {name for name, _ in differing(found)} == {"FIRST", "LAST", "STRANGE-FIRST"}
    assert differing(in_berlin) == differing(found)


@pytest.mark.parametrize(
    ("currency", "price", "minimum", "commission", "share"),
    [
        ("JPY", "1001", "100", "333", "668"),
        ("JPY", "150", "100", "100", "50"),
        ("JPY", "90", "100", "90", "0"),
        ("KWD", "10.005", "0.250", "3.332", "6.673"),
        ("GBP", "99999999999.99", "1.00", "33300000000.00", "66699999999.99"),
    ],
)
async def test_each_currencys_minor_unit_from_sale_to_payout(
    stack: Stack, shop: Shop, currency: str, price: str, minimum: str, commission: str, share: str
) -> None:
    """A third, or the least fee, which takes no more than there is; what is nothing is not paid."""
    shop.consignor = await stack.consignor(shop.tenant, "C-1")
    least = {"amount": minimum, "currency": currency}
    await stack.agree(
        shop.tenant, rate={"kind": "fixed", "percent": "33.3"}, minimum_fee=least, return_days=0
    )
    await stack.hear(
        shop.line(price=Money(amount=Decimal(price), currency=currency), shipping_price=None, fees=()),
        shop.sold(OwnerKind.CONSIGNED),
    )
    await stack.confirm(shop.tenant, shop.sale)
    stack.clock.forward(days=1)
    sale = await stack.call(shop.tenant, "GET", f"/v1/sales/{shop.sale}")
    parts = Decimal(sale["commission"]["amount"]), Decimal(sale["consignor_share"]["amount"])
    assert parts == (Decimal(commission), Decimal(share))
    expect = 409 if share == "0" else 201
    run = await stack.call(shop.tenant, "POST", "/v1/payout-runs", {"currency": currency}, expect=expect)
    assert run.get("total", "0") == share


async def test_fees_in_another_currency_leave_net_and_share_after_fees_unknown(
    stack: Stack, shop: Shop
) -> None:
    shop.consignor = await stack.consignor(shop.tenant, "C-1")
    await stack.agree(shop.tenant, base="after_fees")
    foreign = Fee(kind="final", amount=Money(amount=Decimal("3.00"), currency="USD"))
    await stack.hear(shop.line(fees=(foreign,)), shop.sold(OwnerKind.CONSIGNED))
    sale = await stack.call(shop.tenant, "GET", f"/v1/sales/{shop.sale}")
    assert (sale["fees"], sale["net"], sale["consignor_share"]) == (None, None, None)
    assert "fees in another currency" in sale["share_unknown"]
    balances = {
        (b["account"].partition(":")[0], b["currency"]): Decimal(b["amount"])
        for b in await stack.call(shop.tenant, "GET", "/v1/books/balances")
    }
    assert balances["fees", "USD"] == 3
    assert balances["marketplace", "USD"] == -3
    assert balances["unassigned", "GBP"] == -25


async def test_terms_of_a_later_time_leave_sales_before_it_to_the_house(stack: Stack, shop: Shop) -> None:
    shop.consignor = await stack.consignor(shop.tenant, "C-1")
    begin = SOLD_AT + timedelta(days=10)
    await stack.agree(shop.tenant)
    later: dict[str, Any] = {"from_the_beginning": False, "effective_from": begin.isoformat()}
    rate = {"kind": "fixed", "percent": "10"}
    await stack.agree(shop.tenant, shop.consignor, rate=rate, **later)
    before, first = shop.another(), shop.another()
    await stack.hear(
        before.line(sold_at=begin - timedelta.resolution), before.sold(OwnerKind.CONSIGNED),
        first.line(sold_at=begin), first.sold(OwnerKind.CONSIGNED),
    )  # fmt: skip
    shares = [
        (await stack.call(shop.tenant, "GET", f"/v1/sales/{one.sale}"))["consignor_share"]["amount"]
        for one in (before, first)
    ]
    assert shares == ["15.00", "22.50"]
