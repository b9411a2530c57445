"""Marketplaces' payouts matched to sales whichever comes first, and a period of theirs beside ours, to the cent."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4, uuid5

import httpx
import pytest
from kit.paging import encode_cursor
from ledger_shop import SOLD_AT, Shop, Stack
from soldwire_contracts import Fact
from soldwire_contracts.ledger import PayoutLine, PayoutSettled
from soldwire_contracts.sales import Fee, Refund, SaleCancelled, SaleRefunded, SaleState, SaleUpdated
from soldwire_contracts.values import Money, Payment, Platform
from sqlalchemy import text

pytestmark = pytest.mark.bus

Json = dict[str, Any]
UNKNOWN: tuple[Fee, ...] = ()


def money(amount: str, currency: str = "GBP") -> Money:
    return Money(amount=Decimal(amount), currency=currency)


def covers(
    number: int, order: str | None, amount: str, kind: str = "SALE", currency: str = "GBP"
) -> PayoutLine:
    return PayoutLine(transaction_id=f"T-{number}", kind=kind, order_id=order, amount=money(amount, currency))


def settled(
    shop: Shop,
    *lines: PayoutLine,
    payout_id: str = "P-1",
    revision: int = 1,
    days: float = 3,
    platform: Platform = Platform.EBAY,
    currency: str = "GBP",
) -> PayoutSettled:
    return PayoutSettled(
        tenant_id=shop.tenant,
        account_id=shop.account,
        platform=platform,
        payout_id=payout_id,
        revision=revision,
        amount=money(str(sum((line.amount.amount for line in lines), Decimal(0))), currency),
        paid_at=SOLD_AT + timedelta(days=days),
        lines=lines,
    )


def order(
    shop: Shop, order_id: str, price: str, fee: str | None = "3.00", **more: object
) -> tuple[Shop, SaleState]:
    """A sale of an order of its own, without shipping unless said."""
    one = shop.another()
    currency = str(more.pop("currency", "GBP"))
    fees = UNKNOWN if fee is None else (Fee(kind="FINAL_VALUE_FEE", amount=money(fee, currency)),)
    values: dict[str, Any] = {"shipping_price": None, "price": money(price, currency), "fees": fees, **more}
    return one, one.line(order_id=order_id, order_number=None, **values)


def key(shop: Shop, payout_id: str = "P-1") -> UUID:
    return uuid5(shop.account, f"payout:{payout_id}")


class Reader:
    """What a person reads of payouts."""

    def __init__(self, client: httpx.AsyncClient, account: UUID) -> None:
        self.client = client
        self.account = str(account)

    async def get(self, path: str, **params: Any) -> Json:
        answer = await self.client.get(f"/v1/payouts{path}", params=params)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    async def compare(
        self, since: datetime = SOLD_AT, until: datetime = SOLD_AT + timedelta(days=30), **params: Any
    ) -> Json:
        period = {"since": since.isoformat(), "until": until.isoformat()}
        return await self.get("/comparison", account_id=self.account, **period, **params)


@asynccontextmanager
async def reading(stack: Stack, shop: Shop) -> AsyncIterator[Reader]:
    async with stack.client(shop.tenant) as client:
        yield Reader(client, shop.account)


def differing(found: Json) -> dict[tuple[str, str], tuple[str, Decimal]]:
    return {
        (item["order_id"], item["currency"]): (item["reason"], Decimal(item["difference"]))
        for item in found["items"]
    }


def total(found: Json, currency: str = "GBP") -> Json:
    (one,) = (one for one in found["totals"] if one["currency"] == currency)
    return dict(one)


def amounts(view: Json, *names: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(view[name]) for name in names)


async def test_a_payout_before_its_sale_and_after_it_ends_in_the_same(stack: Stack) -> None:
    seen = []
    for payout_first in (True, False):
        shop = Shop()
        one, sold = order(shop, "O-1", "20.00")
        facts: list[Fact] = [settled(shop, covers(1, "O-1", "17.00"), covers(2, "O-2", "4.00")), sold]
        await stack.hear(*(facts if payout_first else facts[::-1]))
        async with reading(stack, shop) as reader:
            payout = await reader.get(f"/{key(shop)}")
            compared = await reader.compare()
        assert [sale["sale_id"] for sale in payout["items"][0]["sales"]] == [str(one.sale)]
        seen.append(
            (
                [line["matching"] for line in payout["items"]],
                payout["sums"],
                differing(compared),
                compared["totals"],
            )
        )
    assert seen[0] == seen[1]
    assert seen[0][0] == ["matched", "unknown_order"]
    assert seen[0][2] == {("O-2", "GBP"): ("unknown_here", Decimal(4))}


async def test_a_payout_shows_its_lines_their_sales_and_what_has_none(stack: Stack, shop: Shop) -> None:
    first, sold = order(shop, "O-1", "20.00", title="Blue coat", sku="COAT")
    second = shop.another()
    lines = (
        covers(1, "O-1", "30.00"),
        covers(2, "O-1", "-5.00", "REFUND"),
        covers(3, "O-9", "7.50"),
        covers(4, None, "-1.25", "NON_SALE_CHARGE"),
        covers(5, None, "-2.00", "ADJUSTMENT", "USD"),
    )
    await stack.hear(sold, second.line(order_id="O-1", line_id="L-2", title="Red hat"), settled(shop, *lines))
    async with reading(stack, shop) as reader:
        whole = await reader.get(f"/{key(shop)}")
        some = await reader.get(f"/{key(shop)}", limit=2)
        rest = await reader.get(f"/{key(shop)}", limit=3, cursor=some["next"])
        loose = await reader.get(f"/{key(shop)}", matching=["unknown_order", "no_order"])
        matched = await reader.get(f"/{key(shop)}", matching="matched")
        bad = await reader.client.get(f"/v1/payouts/{key(shop)}", params={"cursor": encode_cursor("one")})
        none = await reader.client.get(f"/v1/payouts/{uuid4()}")
    assert (bad.status_code, none.status_code) == (422, 404)
    assert (whole["payout_id"], whole["lines"], whole["revision"]) == ("P-1", 5, 1)
    assert {
        (sum["currency"], sum["matching"], sum["lines"], Decimal(sum["amount"])) for sum in whole["sums"]
    } == {
        ("GBP", "matched", 2, Decimal("25.00")),
        ("GBP", "unknown_order", 1, Decimal("7.50")),
        ("GBP", "no_order", 1, Decimal("-1.25")),
        ("USD", "no_order", 1, Decimal("-2.00")),
    }
    assert {sale["title"] for sale in whole["items"][0]["sales"]} == {"Blue coat", "Red hat"}
    assert {sale["sale_id"] for sale in whole["items"][1]["sales"]} == {str(first.sale), str(second.sale)}
    assert some["items"] + rest["items"] == whole["items"]
    assert rest["next"] is None
    assert [line["transaction_id"] for line in loose["items"]] == ["T-3", "T-4", "T-5"]
    assert [line["transaction_id"] for line in matched["items"]] == ["T-1", "T-2"]


async def test_a_restated_payout_replaces_its_lines_and_an_older_one_does_not(
    stack: Stack, shop: Shop
) -> None:
    _, sold = order(shop, "O-1", "20.00")
    newer = settled(shop, covers(1, "O-1", "17.00"), revision=2)
    older = settled(shop, covers(1, "O-1", "16.00"), covers(2, None, "9.00"))
    for facts in ((older, newer, older), (newer, older)):
        await stack.hear(sold, *facts)
        async with reading(stack, shop) as reader:
            payout = await reader.get(f"/{key(shop)}")
            compared = await reader.compare()
        assert (payout["revision"], [line["amount"]["amount"] for line in payout["items"]]) == (
            2,
            ["17.000000"],
        )
        assert compared["items"] == []
        assert Decimal(total(compared)["paid"]) == Decimal("17.00")


async def test_payouts_page_the_last_first_and_filter(stack: Stack, shop: Shop) -> None:
    other = Shop(tenant=shop.tenant)
    await stack.hear(*(settled(shop, payout_id=f"P-{day}", days=day) for day in range(5)))
    await stack.hear(settled(other, payout_id="P-9", days=9), settled(Shop(), payout_id="P-x", days=1))
    async with reading(stack, shop) as reader:
        first = await reader.get("", limit=4)
        rest = await reader.get("", limit=4, cursor=first["next"])
        mine = await reader.get("", account_id=reader.account)
        until = (SOLD_AT + timedelta(days=3)).isoformat()
        between = await reader.get("", since=(SOLD_AT + timedelta(days=1)).isoformat(), until=until)
        bad = await reader.client.get("/v1/payouts", params={"cursor": "nonsense"})
    assert [p["payout_id"] for p in first["items"] + rest["items"]] == [
        "P-9",
        "P-4",
        "P-3",
        "P-2",
        "P-1",
        "P-0",
    ]
    assert rest["next"] is None
    assert {p["payout_id"] for p in mine["items"]} == {f"P-{day}" for day in range(5)}
    assert [p["payout_id"] for p in between["items"]] == ["P-2", "P-1"]
    assert bad.status_code == 422


async def test_what_agrees_differs_is_not_paid_out_yet_or_unknown(stack: Stack, shop: Shop) -> None:
    sold = [
        order(shop, "AGREES", "20.00", shipping_price=money("3.50"))[1],
        order(shop, "DIFFERS", "20.00")[1],
        order(shop, "NO-FEES", "20.00", None)[1],
        order(shop, "WAITS", "12.00", "2.00", sold_at=SOLD_AT + timedelta(days=8))[1],
        order(shop, "LATER", "99.00", sold_at=SOLD_AT + timedelta(days=40))[1],
    ]
    lines = (
        covers(1, "AGREES", "20.50"),
        covers(2, "DIFFERS", "16.49"),
        covers(3, "NO-FEES", "17.00"),
        covers(4, "STRANGE", "5.00"),
        covers(5, "LATER", "96.00"),
        covers(6, None, "-0.35", "NON_SALE_CHARGE"),
    )
    await stack.hear(*sold, settled(shop, *lines))
    stack.clock.now = SOLD_AT + timedelta(days=9)
    async with reading(stack, shop) as reader:
        found = await reader.compare()
    assert differing(found) == {
        ("DIFFERS", "GBP"): ("differs", Decimal("-0.51")),
        ("NO-FEES", "GBP"): ("fees_unknown", Decimal("-3.00")),
        ("WAITS", "GBP"): ("not_paid_out_yet", Decimal("-10.00")),
        ("STRANGE", "GBP"): ("unknown_here", Decimal("5.00")),
    }
    by_order = {item["order_id"]: item for item in found["items"]}
    assert {name for name, item in by_order.items() if item["provisional"]} == {"WAITS"}
    assert by_order["STRANGE"]["ours"] is None
    assert by_order["STRANGE"]["sale_ids"] == []
    sums = total(found)
    assert (sums["orders"], sums["differing"]) == (4, 4)
    assert (sums["ours"]["sales"], sums["ours"]["fees_unknown"]) == (4, 1)
    assert amounts(sums["ours"], "gross", "fees", "net") == (
        Decimal("75.50"),
        Decimal("8.00"),
        Decimal("67.50"),
    )
    assert amounts(sums, "paid", "difference") == (Decimal("53.99"), Decimal("-13.51"))
    counted = {name: (sums[name]["count"], Decimal(sums[name]["amount"])) for name in COUNTED}
    assert counted == {
        "not_paid_out_yet": (1, Decimal("10.00")),
        "unknown_here": (1, Decimal("5.00")),
        "without_order": (1, Decimal("-0.35")),
    }


COUNTED = ("not_paid_out_yet", "unknown_here", "without_order")


async def test_refunds_and_cancellations_are_compared_by_what_is_left(stack: Stack, shop: Shop) -> None:
    refunded, first = order(shop, "REFUNDED", "20.00")
    cancelled, second = order(shop, "CANCELLED", "20.00", None, payment=Payment.UNPAID)
    late, third = order(shop, "LATE-REFUND", "20.00")
    await stack.hear(first, second, third)
    refund = Refund(refund_id="R1", amount=money("5.00"), quantity=0, at=SOLD_AT + timedelta(days=1))
    same = {"shipping_price": None, "price": money("20.00"), "order_number": None}
    fees = (Fee(kind="FINAL_VALUE_FEE", amount=money("3.00")),)
    await stack.hear(
        refunded.line(SaleRefunded, 2, order_id="REFUNDED", refunds=(refund,), fees=fees, **same),
        late.line(SaleRefunded, 2, order_id="LATE-REFUND", refunds=(refund,), fees=fees, **same),
        cancelled.line(
            SaleCancelled,
            2,
            order_id="CANCELLED",
            cancelled_quantity=1,
            payment=Payment.UNPAID,
            fees=(),
            **same,
        ),
        settled(shop, covers(1, "REFUNDED", "17.00"), covers(2, "LATE-REFUND", "17.00")),
        settled(shop, covers(3, "REFUNDED", "-5.00", "REFUND"), payout_id="P-2", days=10),
    )
    async with reading(stack, shop) as reader:
        found = await reader.compare()
    assert differing(found) == {("LATE-REFUND", "GBP"): ("differs", Decimal("5.00"))}
    (item,) = found["items"]
    assert amounts(item["ours"], "gross", "fees", "refunds", "net") == tuple(map(Decimal, (20, 3, 5, 12)))
    assert amounts(total(found)["ours"], "refunds", "net") == (Decimal(30), Decimal(24))


async def test_lines_of_one_order_are_compared_together(stack: Stack, shop: Shop) -> None:
    first, one = order(shop, "O-1", "10.00", "1.00")
    second, two = order(shop, "O-1", "20.00", "2.00", line_id="L-2")
    await stack.hear(one, two, settled(shop, covers(1, "O-1", "28.00"), covers(2, "O-1", "-1.50", "FEE")))
    async with reading(stack, shop) as reader:
        (item,) = (await reader.compare())["items"]
    assert set(item["sale_ids"]) == {str(first.sale), str(second.sale)}
    assert (item["ours"]["sales"], Decimal(item["ours"]["net"])) == (2, Decimal("27.00"))
    assert (Decimal(item["paid"]), Decimal(item["difference"])) == (Decimal("26.50"), Decimal("-0.50"))


async def test_currencies_are_never_added_together(stack: Stack, shop: Shop) -> None:
    _, pounds = order(shop, "GBP-1", "20.00")
    _, dollars = order(shop, "USD-1", "30.10", "3.01", currency="USD")
    _, changed = order(shop, "CHANGED", "10.00", "1.00", currency="USD")
    lines = (
        covers(1, "GBP-1", "17.00"),
        covers(2, "USD-1", "27.00", currency="USD"),
        covers(3, "CHANGED", "7.20"),
        covers(4, None, "-1.00", "ADJUSTMENT", "EUR"),
    )
    await stack.hear(pounds, dollars, changed, settled(shop, *lines))
    async with reading(stack, shop) as reader:
        found = await reader.compare()
        only = await reader.compare(currency="USD")
        wrong = await reader.client.get("/v1/payouts/comparison", params={"currency": "pounds"})
    assert wrong.status_code == 422
    assert differing(found) == {
        ("USD-1", "USD"): ("differs", Decimal("-0.09")),
        ("CHANGED", "USD"): ("differs", Decimal("-9.00")),
        ("CHANGED", "GBP"): ("differs", Decimal("7.20")),
    }
    assert [one["currency"] for one in found["totals"]] == ["EUR", "GBP", "USD"]
    assert amounts(total(found, "USD")["ours"], "gross", "fees", "net") == (
        Decimal("40.10"),
        Decimal("4.01"),
        Decimal("36.09"),
    )
    assert Decimal(total(found, "GBP")["difference"]) == Decimal("7.20")
    assert total(found, "EUR")["without_order"] == {"count": 1, "amount": "-1.000000"}
    assert [one["currency"] for one in only["totals"]] == ["USD"]
    assert set(differing(only)) == {("USD-1", "USD"), ("CHANGED", "USD")}


@pytest.mark.parametrize(("platform", "paid"), [("shopify", "21.00"), ("ebay", "17.00"), ("depop", "17.00")])
async def test_tax_is_owed_where_the_platform_pays_it_out(
    stack: Stack, shop: Shop, platform: str, paid: str
) -> None:
    where = Platform(platform)
    _, sold = order(shop, "O-1", "20.00", tax=money("4.00"), platform=where)
    await stack.hear(sold, settled(shop, covers(1, "O-1", paid), platform=where))
    async with reading(stack, shop) as reader:
        found = await reader.compare()
    assert found["items"] == []
    ours = total(found)["ours"]
    assert amounts(ours, "net", "owed") == (Decimal(17), Decimal(paid))


async def test_a_removed_sale_is_owed_nothing_but_still_known(stack: Stack, shop: Shop) -> None:
    one, sold = order(shop, "O-1", "20.00")
    await stack.hear(sold, settled(shop, covers(1, "O-1", "17.00")))
    async with reading(stack, shop) as reader:
        assert (await reader.compare())["items"] == []
        await reader.client.post("/v1/sales/remove", json={"sale_ids": [str(one.sale)]})
        found = await reader.compare()
    assert differing(found) == {("O-1", "GBP"): ("differs", Decimal("17.00"))}
    assert total(found)["ours"]["sales"] == 0


async def test_a_restated_fee_settles_the_difference(stack: Stack, shop: Shop) -> None:
    one, sold = order(shop, "O-1", "20.00", None)
    await stack.hear(sold, settled(shop, covers(1, "O-1", "16.80")))
    fees = (Fee(kind="FINAL_VALUE_FEE", amount=money("3.20")),)
    async with reading(stack, shop) as reader:
        assert differing(await reader.compare()) == {("O-1", "GBP"): ("fees_unknown", Decimal("-3.20"))}
        more = {"shipping_price": None, "price": money("20.00"), "fees": fees, "order_number": None}
        await stack.hear(one.line(SaleUpdated, 2, order_id="O-1", **more))
        assert (await reader.compare())["items"] == []


async def test_differing_orders_page_with_totals_of_all(stack: Stack, shop: Shop) -> None:
    dice = random.Random(7)
    facts: list[Fact] = []
    lines = []
    for number in range(60):
        at = SOLD_AT + timedelta(hours=number // 3)
        facts.append(order(shop, f"O-{number:02}", "20.00", sold_at=at)[1])
        if number % 2:
            lines.append(covers(number, f"O-{number:02}", "17.00" if number % 3 else "18.00"))
    lines += [covers(100 + number, f"X-{number}", "1.00") for number in range(5)]
    facts += [settled(shop, *lines[:20]), settled(shop, *lines[20:], payout_id="P-2", days=5)]
    dice.shuffle(facts)
    await stack.hear(*facts)
    async with reading(stack, shop) as reader:
        whole = await reader.compare(limit=200)
        pages, cursor = [], None
        while True:
            page = await reader.compare(limit=7, **({"cursor": cursor} if cursor else {}))
            assert page["totals"] == whole["totals"]
            pages += page["items"]
            if (cursor := page["next"]) is None:
                break
        bad = [
            await reader.client.get(
                "/v1/payouts/comparison",
                params={
                    "account_id": reader.account,
                    "since": SOLD_AT.isoformat(),
                    "until": (SOLD_AT + timedelta(days=1)).isoformat(),
                    "cursor": found,
                },
            )
            for found in (
                "nonsense",
                encode_cursor("then", "O", "GBP"),
                encode_cursor("2026-01-01", "O", "GBP"),
            )
        ]
    assert [answer.status_code for answer in bad] == [422, 422, 422]
    assert pages == whole["items"]
    reasons = [item["reason"] for item in pages]
    assert {name: reasons.count(name) for name in set(reasons)} == {
        "not_paid_out_yet": 30,
        "differs": 10,
        "unknown_here": 5,
    }
    assert [item["at"] for item in pages] == sorted((item["at"] for item in pages), reverse=True)
    sums = total(whole)
    assert (sums["orders"], sums["differing"]) == (60, 45)
    assert Decimal(sums["difference"]) == Decimal(10 * 1 - 30 * 17)
    listed = sum(Decimal(item["difference"]) for item in pages if item["reason"] != "unknown_here")
    assert listed == Decimal(sums["difference"])


@pytest.mark.parametrize("days", [0, -1, 401])
async def test_a_period_that_is_none_or_too_long_is_refused(stack: Stack, shop: Shop, days: int) -> None:
    async with stack.client(shop.tenant) as client:
        answer = await client.get(
            "/v1/payouts/comparison",
            params={
                "account_id": str(shop.account),
                "since": SOLD_AT.isoformat(),
                "until": (SOLD_AT + timedelta(days=days)).isoformat(),
            },
        )
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_period")


async def test_another_tenant_sees_no_payout_and_matches_no_sale(stack: Stack, shop: Shop) -> None:
    stranger = Shop(account=shop.account)
    _, sold = order(stranger, "O-1", "20.00")
    await stack.hear(sold, settled(shop, covers(1, "O-1", "17.00")))
    async with reading(stack, stranger) as reader:
        assert (await reader.get(""))["items"] == []
        assert (await reader.client.get(f"/v1/payouts/{key(shop)}")).status_code == 404
    async with reading(stack, shop) as reader:
        assert (await reader.get(f"/{key(shop)}"))["items"][0]["matching"] == "unknown_order"
        assert differing(await reader.compare()) == {("O-1", "GBP"): ("unknown_here", Decimal(17))}


async def test_the_books_hold_the_payout_beside_its_lines(stack: Stack, shop: Shop) -> None:
    _, sold = order(shop, "O-1", "20.00")
    await stack.hear(sold, settled(shop, covers(1, "O-1", "17.00"), covers(2, None, "-0.50", "FEE")))
    balances = await stack.balances(shop.tenant)
    assert balances["bank"] == Decimal("16.50")
    async with stack.database.bus((shop.tenant,)) as uow:
        lines = (await uow.conn.execute(text("select sum(amount) from payout_lines"))).scalar_one()
    assert lines == balances["bank"]


async def test_two_revisions_at_once_leave_the_newer_ones_lines(stack: Stack, shop: Shop) -> None:
    for round_ in range(5):
        payout_id = f"P-{round_}"
        older = settled(shop, covers(1, "O-1", "16.00"), covers(2, None, "9.00"), payout_id=payout_id)
        newer = settled(shop, covers(1, "O-1", "17.00"), payout_id=payout_id, revision=2)
        await asyncio.gather(stack.hear(older), stack.hear(newer), stack.hear(older))
        async with reading(stack, shop) as reader:
            payout = await reader.get(f"/{key(shop, payout_id)}")
        assert (payout["revision"], [line["amount"]["amount"] for line in payout["items"]]) == (
            2,
            ["17.000000"],
        )


async def test_an_order_of_any_length_is_kept_and_matched(stack: Stack, shop: Shop) -> None:
    long = "".join(random.Random(1).choices("0123456789ABCDEFÜ", k=9_000))
    _, sold = order(shop, long, "20.00")
    await stack.hear(sold, settled(shop, covers(1, long, "17.00")))
    async with reading(stack, shop) as reader:
        assert [line["matching"] for line in (await reader.get(f"/{key(shop)}"))["items"]] == ["matched"]
        assert (await reader.compare())["items"] == []
