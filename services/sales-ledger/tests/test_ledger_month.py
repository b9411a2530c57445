"""A consignment month, end to end within the ledger; every figure was worked out by hand.

Anna pays 40 %. Bela pays 50 % below 50.00 a piece, 40 % from 50.00 on and 30 % from 200.00 on, at least 3.00 a piece. Cleo
pays 60 % at 20.00 falling evenly to 20 % at 120.00, after the marketplace's fees.

| sale | whose | where   | price  | fees      | left of it after            | rate | commission | share  |
|------|-------|---------|--------|-----------|-----------------------------|------|------------|--------|
| 1    | Anna  | eBay    | 64.00  | 8.16      | 64.00                       | 40 % | 25.60      | 38.40  |
| 2    | Anna  | Depop   | 33.34  | 3.33 late | 29.34 (4.00 refunded)       | 40 % | 11.74      | 17.60  |
| 3    | Bela  | Shopify | 120.00 | 3.78      | 60.00 (1 of 2 sent back)    | 40 % | 24.00      | 36.00  |
| 4    | Bela  | Depop   | 5.00   | 0.50      | 5.00                        | 50 % | 3.00 least | 2.00   |
| 5    | Cleo  | eBay    | 70.00  | 8.40 late | 44.00 (20.00 back, fee 6.00)| 40 % | 17.60      | 26.40  |
| 6    | Cleo  | Shopify | 95.00  | 3.05      | 91.95                       | 30 % | 27.59      | 64.36  |
| 7    | own   | eBay    | 20.00  | 2.60      |                             |      |            |        |
| 8    | Anna  | Shopify | 50.00  | 1.70      | 50.00                       | 40 % | 20.00      | 30.00  |
| 9    | Bela  | Depop   | 210.00 | 21.00     | 210.00                      | 30 % | 63.00      | 147.00 |

The first run pays 38.40 + 17.60 to Anna, 72.00 + 2.00 to Bela, 36.96 + 64.36 to Cleo: 231.32. Then one piece of sale 3 comes
back (36.00 of Bela's) and 20.00 of sale 5 (10.56 of Cleo's, whose fee fell by 2.40). The second pays Anna 30.00 and Bela
147.00 − 36.00; Cleo has nothing to set her 10.56 against, and waits.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from ledger_shop import Shop, Stack, gbp
from pypdf import PdfReader
from soldwire_contracts.ledger import SalePaid
from soldwire_contracts.sales import Fee, Refund, SaleRefunded, SaleUpdated
from soldwire_contracts.values import OwnerKind, Payment, Platform, SaleStatus

pytestmark = pytest.mark.bus

SHOPIFY, EBAY, DEPOP = UUID(int=101), UUID(int=102), UUID(int=103)
ACCOUNTS = {SHOPIFY: Platform.SHOPIFY, EBAY: Platform.EBAY, DEPOP: Platform.DEPOP}
TIERS = {
    "kind": "tiers",
    "bands": [
        {"from_price": "0", "percent": "50"},
        {"from_price": "50", "percent": "40"},
        {"from_price": "200", "percent": "30"},
    ],
}
LINEAR = {"kind": "linear", "low_price": "20", "low_percent": "60", "high_price": "120", "high_percent": "20"}


def march(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 3, 1, hour, tzinfo=UTC) + timedelta(days=day - 1)


def fees(amount: str) -> tuple[Fee, ...]:
    return (Fee(kind="fee", amount=gbp(amount)),)


class Month:
    """The shop, its consignors and what it hears."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.tenant = uuid4()
        self.consignors: dict[str, UUID] = {}
        self.sales: dict[int, tuple[Shop, dict[str, Any]]] = {}

    async def intake(self) -> None:
        """Three consignors and what was agreed with each, on the first of the month."""
        self.stack.clock.now = march(1, 8)
        for name, code, agreed in (
            ("Anna", "A-001", {"rate": {"kind": "fixed", "percent": "40"}}),
            ("Bela", "B-002", {"rate": TIERS, "minimum_fee": {"amount": "3.00", "currency": "GBP"}}),
            ("Cleo", "C-003", {"rate": LINEAR, "base": "after_fees", "return_days": 7}),
        ):
            self.consignors[name] = await self.stack.consignor(self.tenant, code, name)
            await self.stack.agree(self.tenant, self.consignors[name], **agreed, from_the_beginning=False)

    async def sell(self, day: int, number: int, whose: str, where: UUID, price: str, **more: Any) -> None:
        """A sale on a marketplace, and inventory's word on it a moment after."""
        at = self.stack.clock.now = march(day)
        shop = Shop(self.tenant, where, self.consignors.get(whose, uuid4()), sale=UUID(int=number))
        said = {
            "platform": ACCOUNTS[where],
            "order_id": f"O-{number}",
            "order_number": f"#{number:04}",
            "title": f"Article {number}",
            "price": gbp(price),
            "shipping_price": None,
            "fees": (),
            "sold_at": at,
            "accepted_at": at,
            **more,
        }
        self.sales[number] = (shop, said)
        owner = OwnerKind.CONSIGNED if whose in self.consignors else OwnerKind.OWN
        await self.stack.hear(shop.line(**said), shop.sold(owner))

    async def hear_more(self, day: int, number: int, kind: Any, revision: int, **more: Any) -> None:
        self.stack.clock.now = march(day)
        shop, said = self.sales[number]
        said.update(more)
        await self.stack.hear(shop.line(kind, revision, **said))

    async def get(self, path: str, **query: Any) -> Any:
        return await self.stack.call(self.tenant, "GET", path, **query)

    async def post(self, path: str, body: object, *, expect: int = 200) -> Any:
        return await self.stack.call(self.tenant, "POST", path, body, expect=expect)

    async def confirm_all(self) -> set[int]:
        body = {"filter": {"status": ["not_paid_unconfirmed"]}, "reason": "counted"}
        return {UUID(a["sale_id"]).int for a in (await self.post("/v1/sales/confirm-all", body))["items"]}

    async def pay_run(self, day: int) -> Any:
        self.stack.clock.now = march(day)
        run = await self.post("/v1/payout-runs", {"currency": "GBP"}, expect=201)
        path = f"/v1/payout-runs/{run['run_id']}"
        await self.post(f"{path}/approve", {})
        return await self.post(f"{path}/pay", {"method": "bank transfer", "reference": f"BACS {day}"})

    async def shares(self) -> dict[int, tuple[str, str]]:
        """Commission and share by sale."""
        items = (await self.get("/v1/sales", owner="consigned"))["items"]
        found = {UUID(s["sale_id"]).int: (s["commission"], s["consignor_share"]) for s in items}
        return {n: (c["amount"], s["amount"]) if c else ("", "") for n, (c, s) in sorted(found.items())}

    async def books(self) -> dict[str, str]:
        names = {f"consigned:{i}": name for name, i in self.consignors.items()}
        names |= {f"marketplace:{account}": platform.value for account, platform in ACCOUNTS.items()}
        found = await self.get("/v1/books/balances")
        assert sum(Decimal(b["amount"]) for b in found) == 0
        return {
            names.get(b["account"], b["account"]): f"{Decimal(b['amount']):.2f}"
            for b in found
            if Decimal(b["amount"])
        }

    async def statement(self, whose: str) -> Any:
        period = {"since": march(1, 0).isoformat(), "until": march(62, 0).isoformat(), "currency": "GBP"}
        return await self.get(f"/v1/consignors/{self.consignors[whose]}/statement", **period)


def pays(run: Any) -> dict[str, tuple[str, str, str]]:
    """By consignor, (due, taken back, sum)."""
    return {c["name"]: (c["due"], c["clawbacks"], c["sum"]) for c in run["consignors"]}


async def sell_in_march(month: Month) -> None:
    await month.sell(2, 1, "Anna", EBAY, "64.00", fees=fees("8.16"), shipping_price=gbp("3.95"))
    await month.sell(3, 3, "Bela", SHOPIFY, "120.00", quantity=2, fees=fees("3.78"))
    await month.sell(4, 5, "Cleo", EBAY, "70.00")
    await month.sell(5, 2, "Anna", DEPOP, "33.34")
    await month.sell(6, 4, "Bela", DEPOP, "5.00", fees=fees("0.50"))
    await month.sell(7, 7, "own", EBAY, "20.00", fees=fees("2.60"))
    await month.sell(8, 6, "Cleo", SHOPIFY, "95.00", fees=fees("3.05"))
    assert await month.shares() == {
        1: ("25.60", "38.40"),
        2: ("13.34", "20.00"),
        3: ("48.00", "72.00"),
        4: ("3.00", "2.00"),
        5: ("", ""),
        6: ("27.59", "64.36"),
    }
    waiting = await month.get(f"/v1/sales/{UUID(int=5)}")
    assert "has not said its fees" in waiting["share_unknown"]
    assert (await month.books())["unassigned"] == "-70.00"

    await month.hear_more(9, 5, SaleUpdated, 2, fees=fees("8.40"))
    await month.hear_more(10, 2, SaleUpdated, 2, fees=fees("3.33"))
    refund = Refund(refund_id="R-2", amount=gbp("4.00"), quantity=0, at=march(12))
    partly = Payment.PARTLY_REFUNDED
    await month.hear_more(12, 2, SaleRefunded, 3, refunds=(refund,), payment=partly)
    assert {n: s for n, s in (await month.shares()).items() if n in (2, 5)} == {
        2: ("11.74", "17.60"),
        5: ("24.64", "36.96"),
    }
    assert await month.confirm_all() == {1, 2, 3, 4, 5, 6}
    await month.sell(20, 8, "Anna", SHOPIFY, "50.00", fees=fees("1.70"))
    assert await month.confirm_all() == {8}


async def pay_march(month: Month) -> None:
    run = await month.pay_run(25)
    assert run["total"] == "231.32"
    assert pays(run) == {
        "Anna": ("56.00", "0.00", "56.00"),
        "Bela": ("74.00", "0.00", "74.00"),
        "Cleo": ("101.32", "0.00", "101.32"),
    }
    due = {d["name"]: d for d in (await month.get("/v1/payout-runs/due"))["items"]}
    assert {n: (d["due"], d["later"], d["next_due_at"]) for n, d in due.items()} == {
        "Anna": ("0.00", "30.00", "2026-04-03T12:00:00Z")
    }
    assert (await month.books())["bank"] == "-231.32"


async def refund_after_the_payout(month: Month) -> None:
    back = Refund(refund_id="R-3", amount=gbp("60.00"), quantity=1, at=march(28))
    await month.hear_more(28, 3, SaleRefunded, 2, refunds=(back,), payment=Payment.PARTLY_REFUNDED)
    back = Refund(refund_id="R-5", amount=gbp("20.00"), quantity=0, at=march(28))
    await month.hear_more(28, 5, SaleRefunded, 3, refunds=(back,), fees=fees("6.00"))
    due = {d["name"]: d["clawbacks"] for d in (await month.get("/v1/payout-runs/due"))["items"]}
    assert due == {"Anna": "0.00", "Bela": "-36.00", "Cleo": "-10.56"}
    await month.sell(32, 9, "Bela", DEPOP, "210.00", fees=fees("21.00"))
    assert await month.confirm_all() == {9}


async def pay_april(month: Month) -> None:
    run = await month.pay_run(51)
    assert run["total"] == "141.00"
    assert pays(run) == {"Anna": ("30.00", "0.00", "30.00"), "Bela": ("147.00", "-36.00", "111.00")}
    assert [(out["name"], out["amount"]) for out in run["left_out"]] == [("Cleo", "-10.56")]


async def test_a_consignment_month_to_the_cent(stack: Stack) -> None:
    month = Month(stack)
    await month.intake()
    await sell_in_march(month)
    await pay_march(month)
    await refund_after_the_payout(month)
    await pay_april(month)

    assert await month.books() == {
        "ebay": "121.19",
        "shopify": "196.47",
        "depop": "219.51",
        "bank": "-372.32",
        "Cleo": "10.56",
        "commission": "-192.53",
        "sales": "-20.00",
        "shipping": "-3.95",
        "fees": "41.07",
    }
    said = [s for s in await stack.said("sale.paid") if isinstance(s, SalePaid)]
    assert sorted((s.sale_id.int, str(s.paid_amount.amount)) for s in said if s.paid_amount) == [
        (1, "38.40"),
        (2, "17.60"),
        (3, "36.00"),
        (3, "72.00"),
        (4, "2.00"),
        (5, "36.96"),
        (6, "64.36"),
        (8, "30.00"),
        (9, "147.00"),
    ]
    assert {s.status for s in said} == {SaleStatus.PAID}
    own = await month.get(f"/v1/sales/{UUID(int=7)}")
    assert (own["status"], own["due"]) == ("complete", None)


async def test_the_months_statements_trace_each_line_to_its_sale(stack: Stack) -> None:
    month = Month(stack)
    await month.intake()
    await sell_in_march(month)
    await pay_march(month)
    await refund_after_the_payout(month)
    await pay_april(month)

    cleo = await month.statement("Cleo")
    assert [(e["order_number"], e["what"], e["amount"], e["balance"]) for e in cleo["lines"]] == [
        ("#0006", "sale", "95.00", "95.00"),
        ("#0006", "fees", "-3.05", "91.95"),
        ("#0006", "commission", "-27.59", "64.36"),
        ("#0005", "sale", "70.00", "134.36"),
        ("#0005", "fees", "-8.40", "125.96"),
        ("#0005", "commission", "-24.64", "101.32"),
        ("#0005", "payout", "-36.96", "64.36"),
        ("#0006", "payout", "-64.36", "0.00"),
        ("#0005", "refund", "-20.00", "-20.00"),
        ("#0005", "fees", "2.40", "-17.60"),
        ("#0005", "commission", "7.04", "-10.56"),
    ]
    bela = await month.statement("Bela")
    assert [(e["order_number"], e["what"], e["amount"], e["balance"]) for e in bela["lines"]] == [
        ("#0003", "sale", "120.00", "120.00"),
        ("#0003", "commission", "-48.00", "72.00"),
        ("#0004", "sale", "5.00", "77.00"),
        ("#0004", "commission", "-3.00", "74.00"),
        ("#0003", "payout", "-72.00", "2.00"),
        ("#0004", "payout", "-2.00", "0.00"),
        ("#0003", "refund", "-60.00", "-60.00"),
        ("#0003", "commission", "24.00", "-36.00"),
        ("#0009", "sale", "210.00", "174.00"),
        ("#0009", "commission", "-63.00", "111.00"),
        ("#0003", "clawback", "36.00", "147.00"),
        ("#0009", "payout", "-147.00", "0.00"),
    ]
    anna = await month.statement("Anna")
    assert (anna["opening"], anna["closing"], len(anna["lines"])) == ("0.00", "0.00", 11)
    for statement in (anna, bela, cleo):
        for entry in statement["lines"]:
            sale = await month.get(f"/v1/sales/{entry['sale_id']}")
            assert (sale["order_number"], sale["title"]) == (entry["order_number"], entry["title"])
        detail = await month.get(f"/v1/consignors/{statement['consignor_id']}")
        assert detail["balances"] == [{"amount": statement["closing"], "currency": "GBP"}]
    await printed_as_it_is_told(month, cleo)


async def printed_as_it_is_told(month: Month, told: Any) -> None:
    query = {"since": told["since"], "until": told["until"], "currency": "GBP", "title": "Second Spring Ltd"}
    async with month.stack.client(month.tenant) as client:
        answer = await client.get(f"/v1/consignors/{told['consignor_id']}/statement.pdf", params=query)
    page = PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
    assert "Second Spring Ltd" in page
    assert "Cleo (C-003)" in page
    for entry in told["lines"]:
        assert entry["sale_id"] in page
        assert entry["balance"].replace("-", "−") in page
    assert "−10.56" in page.split("Closing balance")[1]
