"""A consignment shop's month through the whole product, to the cent: intake, sales on three platforms, payout, late refund,
clawback, statement."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from pypdf import PdfReader
from soldwire_local.stage.browser import receipt_json
from soldwire_local.stage.shop import until

from tests.e2e.conftest import Stack

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]

Json = dict[str, Any]
LEDGER, INVENTORY = "sales-ledger", "inventory"
AT_ONCE = {"return_days": 0, "from_the_beginning": True}
TERMS: dict[str, Json] = {
    "ANN": {"rate": {"kind": "fixed", "percent": "40"}, "base": "before_fees"},
    "BOB": {
        "rate": {"kind": "fixed", "percent": "30"},
        "minimum_fee": {"amount": "2.00", "currency": "GBP"},
        "base": "after_fees",
    },
    "CAT": {
        "rate": {
            "kind": "tiers",
            "bands": [{"from_price": "0", "percent": "50"}, {"from_price": "40", "percent": "40"}],
        },
        "base": "before_fees",
    },
}
INTAKE = (
    ("jacket", "50.00", "ANN"),
    ("scarf", "30.00", "ANN"),
    ("coat", "80.00", "ANN"),
    ("boots", "25.00", "BOB"),
    ("dress", "45.50", "CAT"),
)


def gbp(amount: str) -> Json:
    return {"amount": amount, "currency": "GBP"}


@dataclass
class Month:
    """The shop's desk: what its keeper does with the two services, and the consignors by code."""

    stack: Stack
    mark: str
    consignors: dict[str, str]

    def code(self, who: str) -> str:
        return f"{who}-{self.mark}"

    def sku(self, what: str) -> str:
        return f"{self.mark}-{what.upper()}-1"

    async def get(self, service: str, path: str, **query: Any) -> Any:
        return await self.stack.shop.services.get(service, path, **query)

    async def post(self, service: str, path: str, body: Json | None = None) -> Any:
        return await self.stack.shop.services.post(service, path, body)

    async def take_on(self) -> None:
        """Consignors with their terms, then their articles from a file that names them by code."""
        for who, terms in TERMS.items():
            made = await self.post(LEDGER, "/v1/consignors", {"code": self.code(who), "name": who.title()})
            self.consignors[who] = made["consignor_id"]
            await self.post(LEDGER, f"/v1/consignors/{made['consignor_id']}/terms", {**terms, **AT_ONCE})
        lines = ["sku,title,price,currency,quantity,owner,consignor,location"]
        lines += [
            f"{self.sku(what)},{what.title()},{price},GBP,1,consigned,{self.code(who)},Rail 4"
            for what, price, who in INTAKE
        ]

        async def accepted() -> bool:
            """The codes reach inventory over the bus."""
            self.checked = await self.upload("\n".join(lines))
            return bool(self.checked["errors"] == 0)

        await until(accepted, 30, "inventory to know the consignors")
        assert (self.checked["create"], self.checked["change"], self.checked["same"]) == (5, 0, 0)
        await self.post(INVENTORY, f"/v1/imports/{self.checked['id']}/apply")

    async def upload(self, sheet: str) -> Json:
        services = self.stack.shop.services
        token = services.token(INVENTORY)
        answer = await services.plain(
            "POST",
            INVENTORY,
            "/v1/imports",
            content=sheet.encode(),
            headers={"authorization": f"Bearer {token}", "content-type": "text/csv"},
        )
        assert answer.status_code == 201, answer.text
        found: Json = answer.json()
        return found

    async def list_everywhere(self) -> None:
        platforms = ("shopify", "ebay", "depop")
        for what, price, _ in INTAKE:
            prefix = f"{self.mark}-{what.upper()}-"
            await self.stack.shop.stock(
                platforms, count=1, sku_prefix=prefix, title=what.title(), price=price, quantity=1
            )
        await self.stack.browser.upload_listings()
        await self.stack.shop.refresh("articles")
        for what, _, _ in INTAKE:
            await self.stack.shop.linked(self.sku(what), 3)

    async def sell(self, platform: str, what: str) -> Json:
        """A buyer takes it; the ledger's sale once inventory has said whose it was."""
        sold = await self.stack.sell(platform, self.sku(what))
        if platform == "depop":
            receipts = await self.stack.browser.read_sold()
            mine = [one for one in receipts if one.receipt_id == str(sold["order_id"])]
            await self.stack.browser.post_receipts([receipt_json(one) for one in mine])
        [sale] = await self.stack.shop.sales(str(sold["order_id"]), 1)

        async def shared() -> bool:
            self.sale = await self.get(LEDGER, f"/v1/sales/{sale['sale_id']}")
            return bool(self.sale["consignor_share"])

        await until(shared, 30, f"the share of {what}")
        return {**self.sale, "order": str(sold["order_id"])}

    async def run(self, *whose: str) -> Json:
        """Draw, approve, pay."""
        consignors = [self.consignors[who] for who in whose]
        drawn = await self.post(LEDGER, "/v1/payout-runs", {"currency": "GBP", "consignor_ids": consignors})
        run = f"/v1/payout-runs/{drawn['run_id']}"
        await self.post(LEDGER, f"{run}/approve")
        paid: Json = await self.post(
            LEDGER, f"{run}/pay", {"method": "bank transfer", "reference": f"{self.mark} {len(whose)}"}
        )
        return paid


def sums(run: Json) -> dict[str, tuple[Decimal, Decimal, Decimal]]:
    return {
        one["name"].upper(): (Decimal(one["due"]), Decimal(one["clawbacks"]), Decimal(one["sum"]))
        for one in run["consignors"]
    }


def money(value: Json) -> Decimal:
    assert value["currency"] == "GBP"
    return Decimal(value["amount"])


async def test_a_consignment_month_to_the_cent(stack: Stack) -> None:
    begun = datetime.now(UTC) - timedelta(minutes=1)
    month = Month(stack, f"M{uuid4().hex[:6].upper()}", {})
    await month.take_on()
    await month.list_everywhere()

    sold = {
        "jacket": await month.sell("shopify", "jacket"),
        "boots": await month.sell("ebay", "boots"),
        "scarf": await month.sell("depop", "scarf"),
        "dress": await month.sell("shopify", "dress"),
    }
    shares = {what: (money(s["commission"]), money(s["consignor_share"])) for what, s in sold.items()}
    assert shares == {
        "jacket": (Decimal("20.00"), Decimal("30.00")),
        "boots": (Decimal("6.54"), Decimal("15.26")),  # 25.00 less eBay's 12.8 %, of that 30 %
        "scarf": (Decimal("12.00"), Decimal("18.00")),
        "dress": (Decimal("18.20"), Decimal("27.30")),  # from 40.00 on 40 %
    }
    assert {sale["status"] for sale in sold.values()} == {"not_paid_unconfirmed"}

    answers = await month.post(
        LEDGER, "/v1/sales/confirm", {"sale_ids": [sale["sale_id"] for sale in sold.values()]}
    )
    assert {answer["status"] for answer in answers} == {"not_paid"}
    first = await month.run("ANN", "BOB", "CAT")
    assert sums(first) == {
        "ANN": (Decimal(48), Decimal(0), Decimal(48)),
        "BOB": (Decimal("15.26"), Decimal(0), Decimal("15.26")),
        "CAT": (Decimal("27.30"), Decimal(0), Decimal("27.30")),
    }
    assert Decimal(first["total"]) == Decimal("90.56")

    jacket = sold["jacket"]
    await stack.control.order("shopify", jacket["order"], "refund", amount="10.00", note="a stain")

    async def refunded() -> bool:
        now = await month.get(LEDGER, f"/v1/sales/{jacket['sale_id']}")
        return bool(now["consignor_share"] == gbp("24.00"))

    await until(refunded, 30, "the refund to reach the books")
    coat = await month.sell("ebay", "coat")
    await month.post(LEDGER, "/v1/sales/confirm", {"sale_ids": [coat["sale_id"]]})
    second = await month.run("ANN")
    assert sums(second) == {"ANN": (Decimal(48), Decimal(-6), Decimal(42))}

    period = {"since": begun.isoformat(), "until": datetime.now(UTC).isoformat(), "currency": "GBP"}
    ann = f"/v1/consignors/{month.consignors['ANN']}"
    statement = await month.get(LEDGER, f"{ann}/statement", **period)
    assert (Decimal(statement["opening"]), Decimal(statement["closing"])) == (Decimal(0), Decimal(0))
    booked = sorted((line["what"], Decimal(line["amount"])) for line in statement["lines"])
    assert booked == sorted(
        [
            ("sale", Decimal(50)),
            ("commission", Decimal(-20)),
            ("sale", Decimal(30)),
            ("commission", Decimal(-12)),
            ("payout", Decimal(-30)),
            ("payout", Decimal(-18)),
            ("refund", Decimal(-10)),
            ("commission", Decimal(4)),
            ("sale", Decimal(80)),
            ("commission", Decimal(-32)),
            ("clawback", Decimal(6)),
            ("payout", Decimal(-48)),
        ]
    )
    mine = {sold["jacket"]["sale_id"], sold["scarf"]["sale_id"], coat["sale_id"]}
    assert {line["sale_id"] for line in statement["lines"]} == mine
    services = stack.shop.services
    headers = {"authorization": f"Bearer {services.token(LEDGER)}"}
    printed = await services.plain("GET", LEDGER, f"{ann}/statement.pdf", params=period, headers=headers)
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(printed.content)).pages)
    assert "Ann" in text
    assert str(coat["order_number"]) in text

    [balance] = [
        each
        for each in await month.get(LEDGER, "/v1/books/balances")
        if each["account"] == f"consigned:{month.consignors['ANN']}"
    ] or [{"amount": "0"}]
    assert Decimal(balance["amount"]) == 0
