"""Marketplaces, inventory and several people at once on the same few sales, on PostgreSQL; afterwards everything adds up."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from ledger_shop import SOLD_AT, Shop, Stack, gbp
from sales_ledger import store
from sales_ledger.domain import due, restate, share_of
from soldwire_contracts import Fact
from soldwire_contracts.sales import Fee, SaleUpdated
from soldwire_contracts.stock import Owner
from soldwire_contracts.values import OwnerKind
from sqlalchemy import text

pytestmark = [pytest.mark.bus, pytest.mark.long]

SALES, ROUNDS, AT_ONCE = 8, 8, 12
RUNS = "/v1/payout-runs"


@dataclass
class Market:
    """A shop with two consignors and a few sales, whose facts and commands come by chance and all at once."""

    stack: Stack
    dice: random.Random
    shop: Shop
    consignors: list[UUID]
    sales: list[Shop]
    revisions: dict[UUID, int] = field(default_factory=dict)
    answers: list[tuple[str, int]] = field(default_factory=list)

    def act(self) -> Awaitable[None]:
        """One of all that can happen."""
        acts: list[Callable[[], Awaitable[None]]] = [
            *(self.marketplace, self.inventory, self.confirm, self.confirm_all, self.remove),
            *(self.owner, self.fees, self.draw, self.move, self.move, self.pay_what_is_due),
        ]
        return self.dice.choice(acts)()

    def revision(self, sale: Shop) -> int:
        self.revisions[sale.sale] = self.revisions.get(sale.sale, 1) + 1
        return self.revisions[sale.sale]

    async def hear(self, fact: Fact) -> None:
        await self.stack.hear(fact)

    async def ask(self, what: str, path: str, body: object, verb: str = "POST") -> Any:
        async with self.stack.client(self.shop.tenant) as client:
            answer = await client.request(verb, path, json=body)
        self.answers.append((what, answer.status_code))
        return answer.json()

    def some(self) -> list[str]:
        return [str(one.sale) for one in self.dice.sample(self.sales, 3)]

    async def marketplace(self) -> None:
        one, dice = self.dice.choice(self.sales), self.dice
        refunds = tuple(one.refund(number, "3.00") for number in range(dice.randrange(9)))
        price = dice.choice(["25.00", "25.00", "19.99"])
        known = tuple(Fee(kind="FINAL_VALUE_FEE", amount=gbp(amount)) for amount in ("3.21", "2.00"))
        fee = dice.choice([(), known[:1], known[1:]])
        await self.hear(
            one.line(SaleUpdated, self.revision(one), price=gbp(price), fees=fee, refunds=refunds)
        )

    async def inventory(self) -> None:
        one, kind = (
            self.dice.choice(self.sales),
            self.dice.choice([OwnerKind.CONSIGNED] * 3 + list(OwnerKind)),
        )
        consignor = self.dice.choice(self.consignors) if kind is OwnerKind.CONSIGNED else None
        word = {"owner": Owner(kind=kind, consignor_id=consignor), "revision": self.revision(one)}
        await self.hear(one.sold(kind).model_copy(update=word))

    async def confirm(self) -> None:
        undo = self.dice.random() < 0.3
        await self.ask("confirm", "/v1/sales/confirm", {"sale_ids": self.some(), "undo": undo})

    async def confirm_all(self) -> None:
        await self.ask("confirm all", "/v1/sales/confirm-all", {"filter": {}})

    async def remove(self) -> None:
        undo = self.dice.random() < 0.6
        await self.ask("remove", "/v1/sales/remove", {"sale_ids": self.some()[:1], "undo": undo})

    async def owner(self) -> None:
        said: dict[str, Any] = self.dice.choice(
            [
                {"undo": True},
                {"owner": "own"},
                {"owner": "consigned", "consignor_id": str(self.consignors[0])},
            ]
        )
        await self.ask("owner", "/v1/sales/owner", {"sale_ids": self.some()[:2], **said})

    async def fees(self) -> None:
        said: dict[str, Any] = self.dice.choice([{"undo": True}, {"fees": "0"}, {"fees": "1.25"}])
        await self.ask("fees", "/v1/sales/fees", {"sale_ids": self.some()[:2], **said})

    async def draw(self) -> None:
        await self.ask("draw", RUNS, {"currency": "GBP"})

    async def pay_what_is_due(self) -> None:
        """A person who goes all the way, whatever others do meanwhile."""
        run = await self.ask("draw", RUNS, {"currency": "GBP"})
        for what, body in (("approve", {}), ("pay", {"method": "cash", "reference": "till"})):
            if "run_id" in run:
                await self.ask(what, f"{RUNS}/{run['run_id']}/{what}", body)

    async def move(self) -> None:
        runs = (await self.stack.call(self.shop.tenant, "GET", RUNS, limit=3))["items"]
        if not runs:
            return
        likely = {"draft": ["approve"], "approved": ["pay", "pay", "cancel"], "paid": ["unpay", "pay"]}
        run = self.dice.choice(runs)
        what = self.dice.choice([*likely.get(run["state"], ["pay"]), "cancel"])
        body = {"method": "cash", "reference": "till"} if what == "pay" else {}
        await self.ask(what, f"{RUNS}/{run['run_id']}/{what}", body)


async def opened(stack: Stack, seed: int) -> Market:
    shop = Shop()
    consignors = [await stack.consignor(shop.tenant, code) for code in ("C-1", "C-2")]
    await stack.agree(shop.tenant, return_days=0, base="after_fees")
    sales = []
    for number in range(SALES):
        one = Shop(shop.tenant, shop.account, consignors[number % 2], article=uuid4())
        sales.append(one)
        await stack.hear(one.line(), one.sold(OwnerKind.CONSIGNED))
    stack.clock.now = SOLD_AT + timedelta(days=1)
    return Market(stack, random.Random(seed), shop, consignors, sales)


@pytest.mark.parametrize("seed", range(1))
async def test_whatever_comes_at_once_ends_in_books_runs_and_totals_that_agree(
    stack: Stack, seed: int
) -> None:
    market = await opened(stack, seed)
    for _ in range(ROUNDS):
        await asyncio.gather(*(market.act() for _ in range(AT_ONCE)))
        stack.clock.forward(seconds=20)
        await stack.sweep()
        await agrees(market)
    assert {status for _, status in market.answers} <= {200, 201, 409}, market.answers
    await in_the_end_everybody_is_paid(market)


async def in_the_end_everybody_is_paid(market: Market) -> None:
    """Once it is quiet again: what open runs held is free, and one more run leaves nothing due to anybody."""
    stack, tenant = market.stack, market.shop.tenant
    for state in ("draft", "approved"):
        for run in (await stack.call(tenant, "GET", RUNS, state=state))["items"]:
            await stack.call(tenant, "POST", f"{RUNS}/{run['run_id']}/cancel", {})
    await market.confirm_all()
    await market.pay_what_is_due()
    await agrees(market)
    waiting = (await stack.call(tenant, "GET", f"{RUNS}/due"))["items"]
    assert all(Decimal(one["sum"]) <= 0 and Decimal(one["in_runs"]) == 0 for one in waiting)


async def agrees(market: Market) -> None:
    """The books hold what is due of each sale, runs what is theirs, the bank what was paid, the totals what is listed."""
    stack, tenant = market.stack, market.shop.tenant
    async with stack.database.bus((tenant,)) as uow:
        sales = await store.lock(uow, [one.sale for one in market.sales])
        posted = await store.posted(uow, list(sales))
        rows = await uow.conn.execute(
            text(
                "select r.id, r.state, r.total, coalesce(sum(l.amount), 0) as sum, "
                "array_agg(l.sale_id) filter (where l.is_open) as open "
                "from payout_runs r left join payout_run_lines l on l.run_id = r.id group by r.id"
            )
        )
        runs = rows.all()
    for sale_id, sale in sales.items():
        assert restate(sale, posted.get(sale_id, {}), "again") == []
        assert all(sum(kind.values()) == 0 for kind in due(sale).values())
    for consignor in market.consignors:
        his = [sale for sale in sales.values() if sale.owned.consignor_id == consignor]
        shares = sum((share.amount.amount for sale in his if (share := share_of(sale))), Decimal(0))
        paid = sum((sale.paid_amount.amount for sale in his if sale.paid_amount), Decimal(0))
        account = f"consigned:{consignor}"
        kinds = [kind for of_sale in posted.values() for kind in of_sale.values()]
        assert -sum(kind.get((account, "GBP"), Decimal(0)) for kind in kinds) == shares - paid
    open_in = {sale_id: row.id for row in runs for sale_id in row.open or ()}
    assert open_in == {sale_id: sale.run_id for sale_id, sale in sales.items() if sale.run_id}
    assert all(row.total == row.sum for row in runs)
    assert all((row.open is not None) == (row.state in ("draft", "approved")) for row in runs if row.sum)
    bank = -(await stack.balances(tenant)).get("bank", Decimal(0))
    assert bank == sum((row.total for row in runs if row.state == "paid"), Decimal(0))
    listed = (await stack.call(tenant, "GET", "/v1/sales", limit=200))["items"]
    (total,) = await stack.call(tenant, "GET", "/v1/sales/totals")
    assert (total["count"], Decimal(total["net"])) == (
        SALES,
        sum(Decimal(sale["net"]["amount"]) for sale in listed if sale["net"]),
    )
