"""Fees that a marketplace never tells, of a sale that was paid elsewhere: a person gives them, and everything follows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from itertools import permutations
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from kit.migrations import upgrade
from ledger_sales import NOW, consigned, fee, money, stock, terms
from ledger_shop import Clock, Shop, Stack, gbp
from sales_ledger.app import build
from sales_ledger.config import Settings
from sales_ledger.domain import (
    Base,
    IllegalMoveError,
    OwnerKind,
    Sale,
    due,
    give_fees,
    net_of,
    remove,
    restatements,
    share_of,
    ungive_fees,
    unknown_because,
    waits_for_fees,
)
from soldwire_contracts.ledger import SaleRecorded
from soldwire_contracts.sales import Fee, SaleUpdated
from soldwire_contracts.values import OwnerKind as SaidOwner
from soldwire_contracts.values import Platform
from testkit.plugin import FreshDatabase
from testkit.services import settings_for

AFTER = terms("40", base=Base.AFTER_FEES)
FEES = "/v1/sales/fees"
MIGRATIONS = Path(__file__).parents[1] / "migrations"


def waiting(**more: Any) -> Sale:
    return consigned(money("64.00"), [AFTER], **more)


@pytest.mark.parametrize(
    ("amount", "commission", "share"), [("0", "25.60", "38.40"), ("8.16", "22.34", "33.50")]
)
def test_fees_given_part_the_price(amount: str, commission: str, share: str) -> None:
    sale = waiting()
    assert (share_of(sale), waits_for_fees(sale)) == (None, True)
    given = give_fees(sale, Decimal(amount))
    found = share_of(given)
    assert found is not None
    assert (str(found.commission.amount), str(found.amount.amount)) == (commission, share)
    assert not waits_for_fees(given)
    line = given.reckoned
    assert line is not None
    net = net_of(line)
    assert net is not None
    assert net.amount == Decimal("64.00") - Decimal(amount)
    assert waits_for_fees(ungive_fees(given))
    assert due(ungive_fees(given)) == due(sale)


def test_what_the_marketplace_tells_at_last_counts_instead() -> None:
    given = give_fees(waiting(), Decimal("8.00"))
    assert given.line is not None
    told = given.with_line(replace(given.line, revision=2, fees=(fee("8.16"),)))
    plain = waiting().with_line(replace(given.line, revision=2, fees=(fee("8.16"),)))
    assert due(told) == due(plain)
    assert share_of(told) == share_of(plain)
    assert restatements(told) == restatements(plain) == [], "told for the first time restates nothing"


def test_fees_told_in_another_currency_are_no_use_to_a_share_and_are_given_in_the_sales_own() -> None:
    sale = waiting(fees=(fee("1.00", "USD"),))
    assert waits_for_fees(sale)
    why = unknown_because(sale)
    assert why is not None
    assert "in another currency" in why
    given = give_fees(sale, Decimal("0.80"))
    assert (share_of(given), due(given)) == (
        share_of(give_fees(waiting(), Decimal("0.80"))),
        due(give_fees(waiting(), Decimal("0.80"))),
    )
    assert (waits_for_fees(given), due(ungive_fees(given))) == (False, due(sale))


@pytest.mark.parametrize("told", [{"cancelled_quantity": 1}, {"payment": "refunded"}])
def test_a_sale_of_which_nothing_is_left_waits_for_none(told: dict[str, Any]) -> None:
    sale = waiting()
    assert sale.line is not None
    assert not waits_for_fees(sale.with_line(replace(sale.line, revision=2, **told)))


def test_whichever_is_said_first_the_books_end_the_same() -> None:
    """The marketplace's revisions, whose it was, and a person's word, in any order."""

    def give(sale: Sale) -> Sale:
        try:
            return give_fees(sale, Decimal("8.00"))
        except IllegalMoveError:
            return sale

    whole = waiting()
    assert whole.line is not None
    line = whole.line
    for last in ((), (fee("8.16"),)):
        steps: list[Callable[[Sale], Sale]] = [
            lambda sale: sale.with_line(replace(line, revision=2, title="Coat")),
            lambda sale, last=last: sale.with_line(replace(line, revision=3, fees=last)),  # type: ignore[misc]
            lambda sale: sale.with_stock(stock(OwnerKind.CONSIGNED, whole.owned.consignor_id, 2)),
            give,
        ]
        ends = []
        for order in permutations(steps):
            sale = replace(whole, stock=None)
            for step in order:
                sale = step(sale)
            ends.append((due(sale), share_of(sale)))
        assert all(end == ends[0] for end in ends)


@pytest.mark.parametrize(
    ("sale", "amount", "why"),
    [
        (waiting(fees=(fee("8.16"),)), "0", "has said the fees: 8.16 GBP"),
        (waiting(platform="elsewhere"), "0", "has no fees"),
        (waiting(), "64.01", "more than this sale brought"),
        (waiting(), "0.001", "not counted that finely"),
        (consigned(money(1000, "JPY"), [AFTER]), "0.5", "not counted that finely"),
        (give_fees(waiting(), Decimal("1.00")), "1", "that already"),
        (give_fees(waiting(), Decimal("1.00")), "0", "given as 1.00 GBP; take them back first"),
        (replace(waiting(), test=True), "0", "test order"),
        (remove(waiting(), NOW, still_have_it=True), "0", "was removed"),
        (replace(waiting(), run_id=UUID(int=9)), "0", "payout run"),
        (replace(waiting(), line=None), "0", "no such sale"),
    ],
)
def test_where_it_is_refused(sale: Sale, amount: str, why: str) -> None:
    with pytest.raises(IllegalMoveError, match=why):
        give_fees(sale, Decimal(amount))


def test_there_is_nothing_to_take_back_of_fees_nobody_gave() -> None:
    with pytest.raises(IllegalMoveError, match="Nobody gave"):
        ungive_fees(waiting())
    given = give_fees(waiting(), Decimal(0))
    assert given.line is not None
    with pytest.raises(IllegalMoveError, match="has said the fees"):
        ungive_fees(replace(given, line=replace(given.line, revision=2, fees=(fee("8.16"),))))


async def opened(stack: Stack, shop: Shop, *sales: Shop, **more: object) -> None:
    shop.consignor = await stack.consignor(shop.tenant, "C-1")
    await stack.agree(shop.tenant, base="after_fees", return_days=0)
    for one in sales:
        one.consignor = shop.consignor
        paid_elsewhere = one.line(platform=Platform.SHOPIFY, fees=(), shipping_price=None, **more)
        await stack.hear(paid_elsewhere, one.sold(SaidOwner.CONSIGNED))


async def give(stack: Stack, shop: Shop, *sales: Shop, expect: int = 200, **said: object) -> Any:
    body = {"sale_ids": [str(one.sale) for one in sales], **said}
    return await stack.call(shop.tenant, "POST", FEES, body, expect=expect)


async def shown(stack: Stack, one: Shop) -> Any:
    return await stack.call(one.tenant, "GET", f"/v1/sales/{one.sale}")


@pytest.mark.bus
async def test_a_sale_that_waits_is_found_given_and_paid(stack: Stack, shop: Shop) -> None:
    other = shop.another()
    await opened(stack, shop, shop, other)
    await stack.confirm(shop.tenant, shop.sale, other.sale)
    sale = await shown(stack, shop)
    assert (sale["waits_for_fees"], sale["fees"], sale["net"], sale["consignor_share"]) == (
        True,
        *(None,) * 3,
    )
    assert "say that there are none" in sale["share_unknown"]
    listed = await stack.call(shop.tenant, "GET", "/v1/sales", waits_for_fees=True)
    assert {item["sale_id"] for item in listed["items"]} == {str(shop.sale), str(other.sale)}
    assert (await stack.balances(shop.tenant))["unassigned"] == -50

    (answer,) = await give(stack, shop, shop, fees="0", reason="paid by bank transfer")
    assert answer == {"sale_id": str(shop.sale), "status": "not_paid", "refusal": None}
    sale = await shown(stack, shop)
    assert (sale["waits_for_fees"], sale["share_unknown"]) == (False, None)
    assert (sale["fees"]["amount"], sale["net"]["amount"]) == ("0", "25.00")
    assert (sale["commission"]["amount"], sale["consignor_share"]["amount"]) == ("10.00", "15.00")
    await give(stack, shop, other, fees="1.25")
    assert await stack.balances(shop.tenant) == {
        "marketplace": Decimal("48.75"),
        "commission": Decimal("-19.50"),
        "consigned": Decimal("-29.25"),
    }, "the consignor bears what was kept, so that none of it is the shop's"
    assert (await stack.call(shop.tenant, "GET", "/v1/sales", waits_for_fees=True))["items"] == []
    last = [fact for fact in await stack.said("sale.recorded") if isinstance(fact, SaleRecorded)][-1]
    assert (last.sale_id, last.fees, last.consignor_share) == (other.sale, gbp("1.25"), gbp("14.25"))
    run = await stack.call(shop.tenant, "POST", "/v1/payout-runs", {"currency": "GBP"}, expect=201)
    assert run["total"] == "29.25"
    changes = (await stack.call(shop.tenant, "GET", f"/v1/sales/{shop.sale}/timeline"))["changes"]
    assert [(c["what"], c["detail"], c["reason"]) for c in changes][-1] == (
        "give_fees",
        "0",
        "paid by bank transfer",
    )


@pytest.mark.bus
async def test_given_again_it_changes_nothing_and_an_undo_waits_again(stack: Stack, shop: Shop) -> None:
    await opened(stack, shop, shop)
    await give(stack, shop, shop, fees="1.25")
    before = await shown(stack, shop)
    (again,) = await give(stack, shop, shop, fees="1.25")
    assert again["refusal"] == "Its fees are that already."
    assert await shown(stack, shop) == before
    (other,) = await give(stack, shop, shop, fees="0")
    assert "take them back first" in other["refusal"]
    assert await shown(stack, shop) == before
    await give(stack, shop, shop, undo=True)
    await give(stack, shop, shop, fees="2.00")
    assert (await shown(stack, shop))["fee_lines"] == [
        {"kind": "given", "amount": {"amount": "2.00", "currency": "GBP"}}
    ]
    await give(stack, shop, shop, undo=True)
    sale = await shown(stack, shop)
    assert (sale["waits_for_fees"], sale["fees"]) == (True, None)
    assert await stack.balances(shop.tenant) == {"marketplace": 25, "unassigned": -25}


@pytest.mark.bus
async def test_known_fees_are_not_given_and_told_ones_win(stack: Stack, shop: Shop) -> None:
    known = shop.another()
    await opened(stack, shop, shop)
    await stack.hear(known.line(fees=(Fee(kind="final", amount=gbp("3.21")),)))
    answers = await give(stack, shop, shop, known, fees="0")
    assert [a["refusal"] for a in answers] == [
        None,
        "Its marketplace has said the fees: 3.21 GBP. Those count.",
    ]
    told = (Fee(kind="shopify_payments", amount=gbp("1.00")),)
    await stack.hear(shop.line(SaleUpdated, 2, platform=Platform.SHOPIFY, fees=told, shipping_price=None))
    sale = await shown(stack, shop)
    assert (sale["fees"]["amount"], [line["kind"] for line in sale["fee_lines"]]) == (
        "1.00",
        ["shopify_payments"],
    )
    assert (sale["commission"]["amount"], sale["consignor_share"]["amount"]) == ("9.60", "14.40")
    (late,) = await give(stack, shop, shop, undo=True)
    assert "1.00 GBP" in late["refusal"]


@pytest.mark.bus
async def test_totals_count_what_was_given(stack: Stack, shop: Shop) -> None:
    other = shop.another()
    await opened(stack, shop, shop, other)

    async def totals(**asked: object) -> tuple[int, Decimal, int]:
        (found,) = await stack.call(shop.tenant, "GET", "/v1/sales/totals", **asked)
        return found["count"], Decimal(found["net"]), found["fees_unknown"]

    assert await totals() == (2, 0, 2)
    await give(stack, shop, shop, fees="1.00")
    assert await totals() == (2, 24, 1)
    assert (await totals(waits_for_fees=True))[::2] == (1, 1)
    assert await totals(waits_for_fees=False) == (1, 24, 0)
    row = (await _csv(stack, shop)).splitlines()
    assert sum("24.00" in line for line in row[1:]) == 1


async def _csv(stack: Stack, shop: Shop) -> str:
    async with stack.client(shop.tenant) as client:
        return (await client.get("/v1/sales/export.csv")).text


@pytest.mark.bus
@pytest.mark.parametrize(
    "said",
    [
        {},
        {"fees": "-1"},
        {"fees": "1e30"},
        {"fees": "NaN"},
        {"fees": "some"},
        {"fees": "1.00", "undo": True},
        {"fees": "1.00", "reason": "x" * 501},
    ],
)
async def test_what_is_no_amount_is_refused(stack: Stack, shop: Shop, said: dict[str, object]) -> None:
    await opened(stack, shop, shop)
    await give(stack, shop, shop, expect=422, **said)
    assert (await shown(stack, shop))["waits_for_fees"]


@pytest.mark.bus
async def test_who_may_only_look_gives_none(stack: Stack, shop: Shop) -> None:
    await opened(stack, shop, shop)
    async with stack.client(shop.tenant, "viewer") as client:
        answer = await client.post(FEES, json={"sale_ids": [str(shop.sale)], "fees": "0"})
    assert answer.status_code == 403


@pytest.mark.bus
async def test_two_people_at_once_and_the_marketplace_leave_one_truth(stack: Stack, shop: Shop) -> None:
    await opened(stack, shop, shop)
    told = (Fee(kind="shopify_payments", amount=gbp("1.00")),)
    await asyncio.gather(
        give(stack, shop, shop, fees="0"),
        give(stack, shop, shop, fees="2.00"),
        stack.hear(shop.line(SaleUpdated, 2, platform=Platform.SHOPIFY, fees=told, shipping_price=None)),
    )
    sale = await shown(stack, shop)
    assert (sale["fees"]["amount"], sale["consignor_share"]["amount"]) == ("1.00", "14.40")
    assert await stack.balances(shop.tenant) == {
        "marketplace": 24,
        "commission": Decimal("-9.60"),
        "consigned": Decimal("-14.40"),
    }


@pytest.mark.bus
async def test_a_database_of_the_version_before_knows_what_waits(database: FreshDatabase) -> None:
    address = database("sales-ledger")
    service = build(settings_for(Settings, address), Clock())
    stack, shop = Stack(service, service.database, Clock()), Shop()
    known = shop.another()
    await opened(stack, shop, shop)
    await stack.hear(known.line(), known.sold(SaidOwner.OWN))
    await service.database.dispose()
    owner = await asyncpg.connect(address.owner)
    await owner.execute("alter table sales drop column fees_given, drop column waits_for_fees")
    await owner.execute("update alembic_version set version_num = '0005'")
    await owner.close()
    for _ in range(2):
        await asyncio.to_thread(upgrade, MIGRATIONS, address.owner)
    listed = await stack.call(shop.tenant, "GET", "/v1/sales", waits_for_fees=True)
    assert [item["sale_id"] for item in listed["items"]] == [str(shop.sale)]
    await give(stack, shop, shop, fees="0")
    assert (await shown(stack, shop))["consignor_share"]["amount"] == "15.00"
    await service.database.dispose()
